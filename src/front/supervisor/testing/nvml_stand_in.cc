// A stand-in for NVIDIA's management library, for machines without a GPU. Two devices, whose processes are:
//  - the lines `DEVICE PID BYTES` of the file that HUIDU_NVML_FIGURES names, read at every call; a line `fail DEVICE`
//    makes that device answer with an error;
//  - on device 0, every process that holds a memory file named huidu-fault-gpu: its size is what the fault-wrapping
//    engine claims to have leaked.
// While the file that HUIDU_NVML_HANG names exists, no device answers: as a driver that hangs.

#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace fs = std::filesystem;

constexpr int kSuccess = 0;
constexpr int kInvalidArgument = 2;
constexpr int kInsufficientSize = 7;
constexpr int kUnknown = 999;
constexpr unsigned int kDevices = 2;
constexpr unsigned int kNoInstance = 0xFFFFFFFF;

struct ProcessInfo {
  unsigned int pid;
  unsigned long long used_gpu_memory;
  unsigned int gpu_instance_id;
  unsigned int compute_instance_id;
};

// False if the device is to fail.
bool AddFromFile(unsigned int device, std::vector<ProcessInfo>& found) {
  const char* path = std::getenv("HUIDU_NVML_FIGURES");
  std::ifstream file(path == nullptr ? "" : path);
  for (std::string line; std::getline(file, line);) {
    if (line == "fail " + std::to_string(device)) return false;
    std::istringstream words(line);
    unsigned int of_device = 0, pid = 0;
    unsigned long long bytes = 0;
    if (words >> of_device >> pid >> bytes && of_device == device) {
      found.push_back({pid, bytes, kNoInstance, kNoInstance});
    }
  }
  return true;
}

// Bytes that a process claims by its open files.
unsigned long long ClaimOf(const fs::path& process) {
  unsigned long long bytes = 0;
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end; fd.increment(error)) {
    std::error_code gone;
    struct stat status {};
    if (fs::read_symlink(fd->path(), gone).string().starts_with("/memfd:huidu-fault-gpu") &&
        stat(fd->path().c_str(), &status) == 0) {
      bytes += static_cast<unsigned long long>(status.st_size);
    }
  }
  return bytes;
}

void AddClaims(std::vector<ProcessInfo>& found) {
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end; process.increment(error)) {
    const unsigned long pid = std::strtoul(process->path().filename().c_str(), nullptr, 10);
    const unsigned long long bytes = pid == 0 ? 0 : ClaimOf(process->path());
    if (bytes > 0) found.push_back({static_cast<unsigned int>(pid), bytes, kNoInstance, kNoInstance});
  }
}

void HangIfToldTo() {
  const char* path = std::getenv("HUIDU_NVML_HANG");
  if (path == nullptr) return;
  const std::string name = path;  // the variable may change meanwhile
  while (fs::exists(name)) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

}  // namespace

#define HUIDU_EXPORT extern "C" __attribute__((visibility("default")))

HUIDU_EXPORT int nvmlInit_v2() { return std::getenv("HUIDU_NVML_NO_DRIVER") == nullptr ? kSuccess : kUnknown; }
HUIDU_EXPORT int nvmlShutdown() { return kSuccess; }

HUIDU_EXPORT int nvmlDeviceGetCount_v2(unsigned int* count) {
  *count = kDevices;
  return kSuccess;
}

HUIDU_EXPORT int nvmlDeviceGetHandleByIndex_v2(unsigned int index, void** device) {
  if (index >= kDevices) return kInvalidArgument;
  *device = reinterpret_cast<void*>(static_cast<size_t>(index) + 1);
  return kSuccess;
}

HUIDU_EXPORT int nvmlDeviceGetComputeRunningProcesses_v3(void* device, unsigned int* count, ProcessInfo* infos) {
  const auto index = static_cast<unsigned int>(reinterpret_cast<size_t>(device) - 1);
  std::vector<ProcessInfo> found;
  HangIfToldTo();
  if (!AddFromFile(index, found)) return kUnknown;
  if (index == 0) AddClaims(found);
  const bool enough = found.size() <= *count;
  *count = static_cast<unsigned int>(found.size());
  if (!enough) return kInsufficientSize;
  for (size_t i = 0; i < found.size(); ++i) infos[i] = found[i];
  return kSuccess;
}
