#include "cli/check/write_report.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>

#include "base/strings.h"

namespace huidu::cli {

// Written in place: the path may be /dev/stdout.
absl::Status WriteReport(const std::string& path, const std::string& text, mode_t mode) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
  bool good = fd >= 0;
  for (std::string_view rest = text; good && !rest.empty();) {
    const ssize_t written = write(fd, rest.data(), rest.size());
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
    good = written > 0 || errno == EINTR;
  }
  const int error = errno;
  if (fd >= 0) good = close(fd) == 0 && good;
  return good ? absl::OkStatus()
              : absl::UnavailableError(StrCat("cannot write ", path, ": ", std::generic_category().message(error)));
}

}  // namespace huidu::cli
