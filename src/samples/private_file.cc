#include "samples/private_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/strings.h"

namespace huidu::samples {
namespace {

absl::Status SystemError(std::string_view doing, const std::string& path, int error = errno) {
  return absl::UnavailableError(StrCat(doing, " ", path, ": ", std::generic_category().message(error)));
}

struct OpenFile {
  ~OpenFile() {
    if (fd >= 0) close(fd);
  }
  const int fd;
};

absl::Status WriteAll(int fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("writing", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status WriteTo(const std::string& path, std::string_view contents) {
  const OpenFile file{open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)};
  return file.fd < 0 ? SystemError("making", path) : WriteAll(file.fd, contents, path);
}

}  // namespace

absl::Status WritePrivateFile(const std::string& path, std::string_view contents) {
  const std::string temporary = path + ".tmp";
  absl::Status status = WriteTo(temporary, contents);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = SystemError("renaming to", path);
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, size_t max_bytes) {
  const OpenFile file{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)};
  if (file.fd < 0 && errno == ENOENT) return absl::NotFoundError(StrCat(path, " is not there"));
  struct stat about {};
  if (file.fd < 0 || fstat(file.fd, &about) != 0) return SystemError("reading", path);
  if (!S_ISREG(about.st_mode) || static_cast<uint64_t>(about.st_size) > max_bytes) {
    return absl::DataLossError(StrCat(path, " is no regular file of at most ", max_bytes, " bytes"));
  }
  std::string contents(static_cast<size_t>(about.st_size), '\0');
  size_t got = 0;
  while (got < contents.size()) {
    const ssize_t read_now = read(file.fd, contents.data() + got, contents.size() - got);
    if (read_now < 0 && errno == EINTR) continue;
    if (read_now < 0) return SystemError("reading", path);
    if (read_now == 0) break;
    got += static_cast<size_t>(read_now);
  }
  contents.resize(got);
  return contents;
}

absl::Status MakePrivateFolder(const std::string& path) {
  std::error_code error;
  const bool made = std::filesystem::create_directories(path, error);
  if (error) return SystemError("making the folder", path, error.value());
  if (made && chmod(path.c_str(), 0700) != 0) return SystemError("setting permissions of", path);
  return absl::OkStatus();
}

}  // namespace huidu::samples
