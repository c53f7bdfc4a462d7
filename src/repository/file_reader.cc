#include "repository/file_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::repository {
namespace {

constexpr size_t kWindow = 64 * 1024;
static_assert(std::endian::native == std::endian::little, "numbers in model files are little-endian");

std::string BaseName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

absl::Status SystemError(int error, const std::string& path) {
  return absl::ErrnoToStatus(error, StrCat("cannot read ", path));
}

}  // namespace

absl::StatusOr<FileReader> FileReader::Open(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return SystemError(errno, path);
  FileReader reader(fd, BaseName(path), 0);
  struct stat info {};
  if (::fstat(fd, &info) != 0) return SystemError(errno, path);
  if (!S_ISREG(info.st_mode)) return absl::FailedPreconditionError(StrCat(path, " is not a regular file"));
  reader.size_ = static_cast<uint64_t>(info.st_size);
  return reader;
}

FileReader FileReader::FromMemory(std::string_view content, std::string name) {
  FileReader reader(-1, std::move(name), content.size());
  reader.memory_ = content;
  return reader;
}

FileReader::FileReader(FileReader&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      name_(std::move(other.name_)),
      size_(other.size_),
      memory_(other.memory_),
      window_(std::move(other.window_)),
      window_offset_(other.window_offset_) {}

FileReader::~FileReader() {
  if (fd_ >= 0) ::close(fd_);
}

absl::Status FileReader::Fill(uint64_t offset) {
  window_.resize(std::min<uint64_t>(kWindow, size_ - offset));
  window_offset_ = offset;
  size_t filled = 0;
  while (filled < window_.size()) {
    const ssize_t got =
        ::pread(fd_, window_.data() + filled, window_.size() - filled, static_cast<off_t>(offset + filled));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      window_.clear();
      if (got < 0) return SystemError(errno, name_);
      return absl::UnavailableError(StrCat(name_, " became shorter while it was read"));
    }
    filled += static_cast<size_t>(got);
  }
  return absl::OkStatus();
}

absl::Status FileReader::Read(uint64_t offset, void* to, size_t bytes) {
  if (offset > size_ || bytes > size_ - offset) {
    return absl::OutOfRangeError(
        StrCat(name_, " is cut off: ", bytes, " bytes are expected at ", offset, ", the file has ", size_));
  }
  auto* out = static_cast<char*>(to);
  if (fd_ < 0) {
    std::copy_n(memory_.data() + offset, bytes, out);
    return absl::OkStatus();
  }
  while (bytes > 0) {
    if (offset < window_offset_ || offset >= window_offset_ + window_.size()) HUIDU_RETURN_IF_ERROR(Fill(offset));
    const size_t skip = offset - window_offset_;
    const size_t part = std::min(bytes, window_.size() - skip);
    std::copy_n(window_.data() + skip, part, out);
    offset += part;
    out += part;
    bytes -= part;
  }
  return absl::OkStatus();
}

absl::StatusOr<uint32_t> FileReader::ReadU32(uint64_t offset) {
  uint32_t value = 0;
  HUIDU_RETURN_IF_ERROR(Read(offset, &value, sizeof(value)));
  return value;
}

absl::StatusOr<uint64_t> FileReader::ReadU64(uint64_t offset) {
  uint64_t value = 0;
  HUIDU_RETURN_IF_ERROR(Read(offset, &value, sizeof(value)));
  return value;
}

absl::StatusOr<std::string> FileReader::ReadString(uint64_t offset, uint64_t bytes, uint64_t max_bytes) {
  if (bytes > max_bytes) {
    return absl::ResourceExhaustedError(StrCat(name_, ": ", bytes, " bytes; at most ", max_bytes, " are read"));
  }
  // Before the allocation: a length in a file is only a claim.
  if (offset > size_ || bytes > size_ - offset) return Read(offset, nullptr, bytes);
  std::string text(bytes, '\0');
  HUIDU_RETURN_IF_ERROR(Read(offset, text.data(), bytes));
  return text;
}

}  // namespace huidu::repository
