#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace huidu::repository {

// Reads a file piece by piece at any place, so that gigabytes of parameters need no memory. Not a
// memory map: a file that is cut while it is read gives an error and no SIGBUS.
//
// Runs on: one thread. Lives: owns the descriptor.
// Errors: Read() beyond the end is OutOfRange; Open() NotFound, PermissionDenied,
// FailedPrecondition (not a regular file).
class FileReader {
 public:
  static absl::StatusOr<FileReader> Open(const std::string& path);
  // For bytes that are in memory already; `content` outlives the reader.
  static FileReader FromMemory(std::string_view content, std::string name);

  FileReader(FileReader&& other) noexcept;
  FileReader& operator=(FileReader&&) = delete;
  ~FileReader();

  const std::string& name() const { return name_; }  // without the folder, for messages
  uint64_t size() const { return size_; }

  absl::Status Read(uint64_t offset, void* to, size_t bytes);
  absl::StatusOr<uint32_t> ReadU32(uint64_t offset);  // little-endian
  absl::StatusOr<uint64_t> ReadU64(uint64_t offset);
  // Errors: ResourceExhausted if the piece is larger than `max_bytes`.
  absl::StatusOr<std::string> ReadString(uint64_t offset, uint64_t bytes, uint64_t max_bytes);
  absl::StatusOr<std::string> ReadAll(uint64_t max_bytes) { return ReadString(0, size_, max_bytes); }

 private:
  FileReader(int fd, std::string name, uint64_t size) : fd_(fd), name_(std::move(name)), size_(size) {}
  absl::Status Fill(uint64_t offset);

  int fd_;
  std::string name_;
  uint64_t size_;
  std::string_view memory_;
  // The part of the file that was read last; small reads are mostly neighbours.
  std::vector<char> window_;
  uint64_t window_offset_ = 0;
};

}  // namespace huidu::repository
