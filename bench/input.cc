#include "bench/input.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>
#include <iterator>

#include "base/status.h"

namespace huidu::bench {
namespace {

using tensor::DataType;

// A fixed sequence that looks like noise, the same on every machine.
class Noise {
 public:
  double Next() {  // in [-1, 1)
    state_ = state_ * 6364136223846793005u + 1442695040888963407u;
    return static_cast<double>(state_ >> 11) / static_cast<double>(uint64_t{1} << 52) - 1.0;
  }

 private:
  uint64_t state_ = 2026;
};

template <typename Float>
void FillWithNoise(std::vector<std::byte>& data) {
  Noise noise;
  for (size_t at = 0; at + sizeof(Float) <= data.size(); at += sizeof(Float)) {
    const Float value = static_cast<Float>(noise.Next());
    std::memcpy(&data[at], &value, sizeof(value));
  }
}

// Little-endian integers 0 to `limit` - 1 in turn, whatever their width.
void FillWithDigits(std::vector<std::byte>& data, size_t width, size_t limit) {
  for (size_t i = 0; i * width < data.size(); ++i) data[i * width] = static_cast<std::byte>(i % limit);
}

void Fill(Input& input) {
  const size_t width = tensor::ElementSize(input.type);
  switch (input.type) {
    case DataType::kFp32: return FillWithNoise<float>(input.data);
    case DataType::kFp64: return FillWithNoise<double>(input.data);
    case DataType::kFp16:
    case DataType::kBf16: return;  // zeros
    case DataType::kBool: return FillWithDigits(input.data, width, 2);
    default: return FillWithDigits(input.data, width, 10);
  }
}

absl::Status ReadFile(const std::string& path, Input& input) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(StrCat("input '", input.name, "': cannot open ", path));
  const std::vector<char> content(std::istreambuf_iterator<char>(file), {});
  input.data.resize(content.size());
  std::memcpy(input.data.data(), content.data(), content.size());
  return tensor::CheckBytes(input.name, input.type, input.shape, input.data);
}

// Takes what stands before `mark` off the front of `text`, and the mark; all of it if there is none.
std::string_view TakeUntil(char mark, std::string_view& text) {
  const size_t end = std::min(text.find(mark), text.size());
  const std::string_view taken = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return taken;
}

absl::StatusOr<tensor::Shape> ParseShape(std::string_view text) {
  tensor::Shape shape;
  while (!text.empty()) {
    const std::string_view dim = TakeUntil(',', text);
    int64_t& value = shape.emplace_back(-1);
    const auto result = std::from_chars(dim.data(), dim.data() + dim.size(), value);
    if (result.ptr != dim.data() + dim.size() || value < 0) {
      return absl::InvalidArgumentError(StrCat("'", dim, "' is no dimension"));
    }
  }
  return shape;
}

}  // namespace

absl::StatusOr<Input> ParseInput(std::string_view text) {
  std::string_view rest = text;
  std::string_view description = TakeUntil('@', rest);
  const std::string file(rest);
  const std::string_view name = TakeUntil(':', description);
  const auto type = tensor::FromName(TakeUntil(':', description));
  if (name.empty() || !type || description.empty()) {
    return absl::InvalidArgumentError(
        StrCat("input '", text, "': expected NAME:TYPE:DIM,DIM,… with a KServe type, such as x:FP32:1,16"));
  }
  Input input{.name = std::string(name), .type = *type};
  HUIDU_ASSIGN_OR_RETURN(input.shape, ParseShape(description));
  if (!file.empty()) {
    HUIDU_RETURN_IF_ERROR(ReadFile(file, input));
    return input;
  }
  HUIDU_ASSIGN_OR_RETURN(const size_t bytes, tensor::ByteSize(input.type, input.shape));
  constexpr size_t kMaxBytes = size_t{1} << 30;
  if (bytes > kMaxBytes) return absl::InvalidArgumentError(StrCat("input '", text, "': larger than 1 GiB"));
  input.data.resize(bytes);
  Fill(input);
  return input;
}

}  // namespace huidu::bench
