#include "task/text/parameter_shapes.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::text {
namespace {

constexpr size_t kMostParameters = 1 << 16;
constexpr uint64_t kMostLodLevels = 8;
constexpr int32_t kMostDescription = 4096;

// Bytes of one value, by the number of its type in framework.proto's VarType; 0 for others.
int64_t WidthOf(uint64_t type) {
  constexpr int64_t kWidths[] = {1, 2, 4, 8, 2, 4, 8};  // BOOL, INT16, INT32, INT64, FP16, FP32, FP64
  constexpr uint64_t kUint8 = 20, kInt8 = 21, kBf16 = 22;
  if (type < std::size(kWidths)) return kWidths[type];
  if (type == kUint8 || type == kInt8) return 1;
  return type == kBf16 ? 2 : 0;
}

// Takes one varint off the front. False if there is none.
bool TakeVarint(std::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes[0]);
    bytes.remove_prefix(1);
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

struct Description {
  uint64_t type = ~uint64_t{0};
  tensor::Shape dims;
};

// The message has two fields: 1, the type, and 2, the dimensions, packed or not.
bool ParseDescription(std::string_view bytes, Description& description) {
  constexpr uint64_t kType = 1 << 3, kDim = 2 << 3, kPackedDims = 2 << 3 | 2;
  uint64_t tag = 0, value = 0;
  while (!bytes.empty()) {
    if (!TakeVarint(bytes, tag) || !TakeVarint(bytes, value)) return false;
    if (tag == kType)
      description.type = value;
    else if (tag == kDim)
      description.dims.push_back(static_cast<int64_t>(value));
    else if (tag != kPackedDims)
      return false;  // a packed field's dimensions follow its length without tags
    for (const size_t rest = tag == kPackedDims && value <= bytes.size() ? bytes.size() - value : bytes.size();
         bytes.size() > rest;) {
      if (!TakeVarint(bytes, value)) return false;
      description.dims.push_back(static_cast<int64_t>(value));
    }
  }
  return WidthOf(description.type) > 0;
}

class Reader {
 public:
  explicit Reader(const std::string& path) : path_(path), file_(path, std::ios::binary | std::ios::ate) {
    if (file_) left_ = file_.tellg();
    file_.seekg(0);
  }

  bool opened() const { return static_cast<bool>(file_); }
  bool AtEnd() const { return left_ == 0; }

  absl::StatusOr<tensor::Shape> Next() {
    uint64_t lod_levels = 0;
    int32_t length = 0;
    if (!Skip(4) || !Read(lod_levels) || lod_levels > kMostLodLevels) return Broken();
    for (uint64_t i = 0; i < lod_levels; ++i) {
      uint64_t bytes = 0;
      if (!Read(bytes) || !Skip(static_cast<int64_t>(bytes))) return Broken();
    }
    if (!Skip(4) || !Read(length) || length <= 0 || length > kMostDescription || length > left_) return Broken();
    std::string bytes(static_cast<size_t>(length), '\0');
    file_.read(bytes.data(), length);
    left_ -= length;
    Description description;
    if (!ParseDescription(bytes, description)) return Broken();
    const absl::StatusOr<int64_t> count = tensor::ElementCount(description.dims);
    if (!count.ok() || *count > left_ || !Skip(*count * WidthOf(description.type))) return Broken();
    return description.dims;
  }

 private:
  template <typename T>
  bool Read(T& value) {
    if (left_ < static_cast<int64_t>(sizeof(T))) return false;
    file_.read(reinterpret_cast<char*>(&value), sizeof(T));
    left_ -= static_cast<int64_t>(sizeof(T));
    return static_cast<bool>(file_);
  }
  bool Skip(int64_t bytes) {
    if (bytes < 0 || bytes > left_) return false;
    file_.seekg(bytes, std::ios::cur);
    left_ -= bytes;
    return static_cast<bool>(file_);
  }
  absl::Status Broken() const {
    return absl::FailedPreconditionError(StrCat(path_, " is no parameter file of Paddle, or it is cut off"));
  }

  const std::string& path_;
  std::ifstream file_;
  int64_t left_ = 0;
};

}  // namespace

absl::StatusOr<std::vector<tensor::Shape>> ReadParameterShapes(const std::string& path) {
  Reader reader(path);
  if (!reader.opened()) {
    const std::string why = StrCat(path, ": ", std::strerror(errno));
    return errno == EACCES ? absl::PermissionDeniedError(why) : absl::NotFoundError(why);
  }
  std::vector<tensor::Shape> shapes;
  while (!reader.AtEnd() && shapes.size() < kMostParameters) {
    HUIDU_ASSIGN_OR_RETURN(tensor::Shape shape, reader.Next());
    shapes.push_back(std::move(shape));
  }
  return shapes;
}

}  // namespace huidu::task::text
