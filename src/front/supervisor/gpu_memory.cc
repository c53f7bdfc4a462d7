#include "front/supervisor/gpu_memory.h"

#include <dlfcn.h>

#include <cstdlib>
#include <vector>

#include "base/log.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

// The part of NVML's interface that is used here; names and numbers are those of its public header.
using Device = void*;
struct ProcessInfo {  // nvmlProcessInfo_t of the functions that end in _v2 and _v3
  unsigned int pid;
  unsigned long long used_gpu_memory;
  unsigned int gpu_instance_id;
  unsigned int compute_instance_id;
};
static_assert(sizeof(ProcessInfo) == 24);
constexpr int kSuccess = 0;
constexpr int kInsufficientSize = 7;
constexpr unsigned long long kNotAvailable = ~0ULL;  // a driver that does not count memory by process

constexpr char kDefaultLibrary[] = "libnvidia-ml.so.1";
constexpr unsigned int kMaxDevices = 1024;
constexpr size_t kMaxProcesses = 1 << 16;  // on one device
constexpr int kTries = 5;                  // the number of processes may grow between two calls

std::string LibraryName() {
  const char* name = std::getenv(GpuMemory::kLibraryVariable);
  return name != nullptr && *name != '\0' ? name : kDefaultLibrary;
}

}  // namespace

// The loaded library. The driver is told when it is no longer needed.
struct GpuMemory::Library {
  void* handle = nullptr;
  bool initialized = false;
  int (*init)() = nullptr;
  int (*shutdown)() = nullptr;
  int (*device_count)(unsigned int*) = nullptr;
  int (*device_by_index)(unsigned int, Device*) = nullptr;
  int (*processes)(Device, unsigned int*, ProcessInfo*) = nullptr;

  ~Library() {
    if (initialized) shutdown();
    if (handle != nullptr) dlclose(handle);
  }

  // The reason if it cannot be used, else empty.
  std::string Open(const std::string& name) {
    handle = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle == nullptr) return dlerror();
    if (!Find("nvmlInit_v2", init) || !Find("nvmlShutdown", shutdown) || !Find("nvmlDeviceGetCount_v2", device_count) ||
        !Find("nvmlDeviceGetHandleByIndex_v2", device_by_index) ||
        !Find("nvmlDeviceGetComputeRunningProcesses_v3", processes)) {
      return StrCat(name, " lacks functions of NVML; it is older than driver 510, or no NVML");
    }
    const int code = init();
    initialized = code == kSuccess;
    return initialized ? "" : StrCat("nvmlInit_v2 of ", name, " gives error ", code);
  }

  template <typename Function>
  bool Find(const char* name, Function& function) {
    function = reinterpret_cast<Function>(dlsym(handle, name));
    return function != nullptr;
  }

  // The processes of one device; nothing if it does not say.
  std::optional<std::vector<ProcessInfo>> ProcessesOf(Device device) const {
    std::vector<ProcessInfo> infos(64);
    for (int i = 0; i < kTries; ++i) {
      auto count = static_cast<unsigned int>(infos.size());
      const int code = processes(device, &count, infos.data());
      if (code == kSuccess && count <= infos.size()) {
        infos.resize(count);
        return infos;
      }
      if (code != kInsufficientSize || count > kMaxProcesses) return std::nullopt;
      infos.resize(std::max<size_t>(infos.size(), count) + 16);
    }
    return std::nullopt;
  }

  bool Add(unsigned int index, Reading& reading) const {
    Device device = nullptr;
    if (device_by_index(index, &device) != kSuccess) return false;
    const auto infos = ProcessesOf(device);
    if (!infos) return false;
    for (const ProcessInfo& info : *infos) {
      if (info.used_gpu_memory != kNotAvailable) reading[static_cast<int>(info.pid)] += info.used_gpu_memory;
    }
    return true;
  }
};

GpuMemory::GpuMemory() {
  auto library = std::make_unique<Library>();
  if (const std::string reason = library->Open(LibraryName()); !reason.empty()) {
    log::Info("GPU memory is not measured", {{"reason", reason}});
    return;
  }
  library_ = std::move(library);
}

GpuMemory::~GpuMemory() = default;

std::optional<GpuMemory::Reading> GpuMemory::Read() {
  unsigned int devices = 0;
  if (library_ == nullptr || library_->device_count(&devices) != kSuccess || devices > kMaxDevices) return std::nullopt;
  Reading reading;
  for (unsigned int i = 0; i < devices; ++i) {
    if (!library_->Add(i, reading)) return std::nullopt;
  }
  return reading;
}

uint64_t BytesOf(const GpuMemory::Reading& reading, int pid) {
  const auto found = reading.find(pid);
  return found == reading.end() ? 0 : found->second;
}

}  // namespace huidu::front
