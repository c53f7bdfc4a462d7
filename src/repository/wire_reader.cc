#include "repository/wire_reader.h"

#include "base/status.h"
#include "base/strings.h"

namespace huidu::repository {
namespace {

// How a field is written, protobuf's numbers.
constexpr uint32_t kVarint = 0;
constexpr uint32_t kFixed64 = 1;
constexpr uint32_t kLengthDelimited = 2;
constexpr uint32_t kFixed32 = 5;

constexpr int kMostVarintBytes = 10;

}  // namespace

absl::Status WireReader::Broken(uint64_t offset) const {
  return absl::InvalidArgumentError(StrCat(file_.name(), " is damaged or cut off at byte ", offset));
}

absl::StatusOr<uint64_t> WireReader::ReadVarint(uint64_t* offset, uint64_t end) const {
  uint64_t value = 0;
  for (int i = 0; i < kMostVarintBytes && *offset < end; ++i) {
    uint8_t byte = 0;
    HUIDU_RETURN_IF_ERROR(file_.Read((*offset)++, &byte, 1));
    value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
    if (byte < 0x80) return value;
  }
  return Broken(*offset);
}

absl::StatusOr<bool> WireReader::Next() {
  if (position_ == end_) return false;
  const uint64_t start = position_;
  HUIDU_ASSIGN_OR_RETURN(const uint64_t tag, ReadVarint(&position_, end_));
  number_ = static_cast<uint32_t>(tag >> 3);
  if (number_ == 0 || tag > UINT32_MAX) return Broken(start);
  is_bytes_ = (tag & 7) == kLengthDelimited;
  uint64_t length = 0;
  switch (tag & 7) {
    case kVarint: {
      HUIDU_ASSIGN_OR_RETURN(varint_, ReadVarint(&position_, end_));
      break;
    }
    case kLengthDelimited: {
      HUIDU_ASSIGN_OR_RETURN(length, ReadVarint(&position_, end_));
      break;
    }
    case kFixed64: length = 8; break;
    case kFixed32: length = 4; break;
    default: return Broken(start);
  }
  begin_ = position_;
  if (length > end_ - position_) return Broken(start);
  position_ += length;
  return true;
}

}  // namespace huidu::repository
