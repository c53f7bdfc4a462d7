#include "front/supervisor/memory_usage.h"

#include <fstream>
#include <limits>
#include <string>

#include "base/strings.h"

namespace huidu::front {

std::optional<MemoryUsage> ReadMemoryUsage(int pid) {
  std::ifstream status(StrCat("/proc/", pid, "/status"));
  MemoryUsage usage;
  int found = 0;
  std::string name;
  while (found < 3 && status >> name) {
    uint64_t* const figure = name == "RssAnon:"    ? &usage.anonymous_bytes
                             : name == "RssFile:"  ? &usage.file_bytes
                             : name == "RssShmem:" ? &usage.shared_bytes
                                                   : nullptr;
    if (uint64_t kilobytes = 0; figure != nullptr && status >> kilobytes) {
      *figure = kilobytes << 10;
      ++found;
    }
    status.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
  }
  if (found < 3) return std::nullopt;
  return usage;
}

}  // namespace huidu::front
