#include "state/write_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "base/status.h"

namespace huidu::state {
namespace {

absl::Status SystemError(std::string_view doing, const std::string& path) {
  const std::string reason = std::generic_category().message(errno);
  return absl::UnavailableError(StrCat(doing, " ", path, ": ", reason));
}

absl::Status WriteAll(int fd, std::string_view contents, const std::string& path) {
  while (!contents.empty()) {
    const ssize_t written = write(fd, contents.data(), contents.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError("writing", path);
    contents.remove_prefix(static_cast<size_t>(written));
  }
  return fsync(fd) == 0 ? absl::OkStatus() : SystemError("writing", path);
}

// Makes the rename itself last; a file system that cannot do this has the file all the same.
void SyncFolder(const std::string& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

}  // namespace

absl::Status WriteFileAtomically(const std::string& path, std::string_view contents) {
  std::string temporary = StrCat(path, ".XXXXXX");
  const int fd = mkostemp(temporary.data(), O_CLOEXEC);
  if (fd < 0) return SystemError("creating a file beside", path);
  absl::Status status = WriteAll(fd, contents, path);
  if (status.ok() && fchmod(fd, 0644) != 0) status = SystemError("setting permissions of", path);
  close(fd);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) status = SystemError("renaming to", path);
  if (!status.ok()) {
    unlink(temporary.c_str());
    return status;
  }
  const std::string folder = std::filesystem::path(path).parent_path().string();
  SyncFolder(folder.empty() ? "." : folder);
  return absl::OkStatus();
}

}  // namespace huidu::state
