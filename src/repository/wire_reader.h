#pragma once

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "repository/file_reader.h"

namespace huidu::repository {

// Walks the fields of one protobuf message that may be gigabytes large, without taking it into
// memory: nested messages and bytes are places in the file, to be entered or passed over.
//
// Use:      WireReader fields(file, begin, end); while (*fields.Next()) switch (fields.number()) …
// Runs on:  one thread. Lives: borrows the file.
// Errors:   InvalidArgument if this is no protobuf message, or a field reaches beyond the message's
// end.
class WireReader {
 public:
  WireReader(FileReader& file, uint64_t begin, uint64_t end) : file_(file), position_(begin), end_(end) {}

  // Steps to the next field; false behind the last one.
  absl::StatusOr<bool> Next();

  uint32_t number() const { return number_; }
  bool is_bytes() const { return is_bytes_; }
  uint64_t varint() const { return varint_; }  // of a field that is a number
  // Of a field that is bytes: text, a nested message, packed numbers.
  uint64_t begin() const { return begin_; }
  uint64_t size() const { return position_ - begin_; }
  WireReader Enter() const { return WireReader(file_, begin_, position_); }
  absl::StatusOr<std::string> Text(uint64_t max_bytes) const { return file_.ReadString(begin_, size(), max_bytes); }
  // One number out of packed ones: reads at `*offset`, which it moves on.
  absl::StatusOr<uint64_t> ReadVarint(uint64_t* offset, uint64_t end) const;

 private:
  absl::Status Broken(uint64_t offset) const;

  FileReader& file_;
  uint64_t position_;
  uint64_t end_;
  uint32_t number_ = 0;
  bool is_bytes_ = false;
  uint64_t varint_ = 0;
  uint64_t begin_ = 0;
};

}  // namespace huidu::repository
