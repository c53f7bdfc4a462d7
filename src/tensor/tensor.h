#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tensor/data_type.h"

namespace huidu::tensor {

// Sizes that no request, answer or model may exceed. They bound what a hostile peer can make us allocate.
inline constexpr size_t kMaxRank = 16;
inline constexpr size_t kMaxTensors = 256;
inline constexpr size_t kMaxNameLength = 1024;
inline constexpr size_t kMaxExample = 16 * 1024;

// One dimension that a model leaves open.
inline constexpr int64_t kDynamic = -1;

using Shape = std::vector<int64_t>;

// "[1,3,48,320]"; open dimensions print as -1.
std::string ToString(std::span<const int64_t> shape);

// Product of the dimensions. Error: a negative dimension, or a product that does not fit into int64.
absl::StatusOr<int64_t> ElementCount(std::span<const int64_t> shape);

// Bytes of a tensor of a fixed-size type. Error: as ElementCount, or kBytes, which has no fixed size.
absl::StatusOr<size_t> ByteSize(DataType type, std::span<const int64_t> shape);

// What a model says of one of its inputs or outputs.
struct Spec {
  std::string name;
  DataType type = DataType::kFp32;
  Shape shape;            // kDynamic where open
  bool any_rank = false;  // the model gives no shape at all: everything is accepted
  int32_t lod_level = 0;  // Paddle's sequence models: > 0 if rows are grouped into sequences
  // A kBytes input's element that the model can take (a small picture, a sentence), at most kMaxExample long: a version
  // is warmed up with it. Empty: none is known.
  std::string example;
  // What an element of a kBytes input is: "image/*", "text/plain"; empty: anything.
  std::string media_type;
};

// A tensor whose bytes live elsewhere (the shared arena, a request's body). Little-endian, row-major, no padding.
// kBytes elements are a 4-byte little-endian length and the bytes each, one after the other.
struct View {
  DataType type = DataType::kFp32;
  Shape shape;
  std::span<const std::byte> data;
  // Row offsets of the sequences, [0, …, rows]; empty where the model has no LoD input.
  std::vector<uint64_t> lod;
};

// Checks a tensor against a model's spec. Error: InvalidArgument naming the tensor, what came and what was expected.
absl::Status Check(const Spec& spec, DataType type, std::span<const int64_t> shape);

// Checks that `data` holds exactly the elements of `shape`; walks the length prefixes of kBytes.
absl::Status CheckBytes(std::string_view name, DataType type, std::span<const int64_t> shape,
                        std::span<const std::byte> data);

}  // namespace huidu::tensor
