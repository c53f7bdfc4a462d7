#include "config/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "base/strings.h"

namespace huidu::config {
namespace {

struct Closer {
  int fd;
  ~Closer() { ::close(fd); }
};

absl::Status SystemError(const std::string& path, int error) {
  return absl::ErrnoToStatus(error, StrCat("cannot read ", path));
}

}  // namespace

absl::StatusOr<std::string> ReadFile(const std::string& path, size_t max_bytes) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(path, errno);
  const Closer closer{fd};
  struct stat info {};
  if (::fstat(fd, &info) != 0) return SystemError(path, errno);
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(StrCat(path, ": not a regular file"));

  // Read one byte more than allowed: the file may grow between fstat and here.
  std::string content;
  char block[64 * 1024];
  while (content.size() <= max_bytes) {
    const ssize_t got = ::read(fd, block, sizeof(block));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path, errno);
    if (got == 0) return content;
    content.append(block, static_cast<size_t>(got));
  }
  return absl::ResourceExhaustedError(StrCat(path, ": larger than the ", max_bytes, " bytes that are accepted"));
}

}  // namespace huidu::config
