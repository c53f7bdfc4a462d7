#include "engine/faulty/leak.h"

#include <sys/mman.h>
#include <unistd.h>

namespace huidu::engine::faulty {
namespace {

// Mappings are few: what is due is taken in blocks of this size.
constexpr uint64_t kBlock = 1 << 20;

}  // namespace

void HostLeak::GrowTo(uint64_t bytes) {
  const uint64_t due = bytes / kBlock * kBlock;
  if (due <= bytes_) return;
  // Populated: only pages that were touched count as resident.
  void* memory = mmap(nullptr, due - bytes_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
  if (memory != MAP_FAILED) bytes_ = due;
}

void GpuLeak::GrowTo(uint64_t bytes) {
  if (bytes <= bytes_) return;
  if (fd_ < 0) fd_ = memfd_create(kGpuLeakName, MFD_CLOEXEC);
  if (fd_ >= 0 && ftruncate(fd_, static_cast<off_t>(bytes)) == 0) bytes_ = bytes;
}

}  // namespace huidu::engine::faulty
