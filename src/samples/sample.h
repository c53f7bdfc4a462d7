#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "samples/policy.h"
#include "tensor/tensor.h"

namespace huidu::samples {

// One tensor with bytes of its own.
struct SampleTensor {
  std::string name;
  tensor::DataType type = tensor::DataType::kFp32;
  tensor::Shape shape;
  std::vector<uint64_t> lod;  // row offsets of sequences; empty where the model has none
  std::string data;           // as in tensor::View
  // A mask took the bytes away: how many there were, and their keyed hash, by which equal tensors are still seen.
  bool removed = false;
  uint64_t removed_bytes = 0;
  std::string removed_hash;
};

// One request that is kept, with what came of it.
struct Sample {
  std::string id;       // of the sample: 20 hexadecimal digits, later ones sort after earlier ones
  int64_t time_ms = 0;  // Unix
  std::string model;
  std::string version;  // whose sample it is: the one that failed, was slow, was wrong
  std::string content_hash;
  ReasonSet reasons;
  std::string request_id;
  std::string user;       // in clear, only in memory: never written
  std::string user_hash;  // keyed, see KeyedHash; empty: no user was named
  std::string route;      // why the version was asked, as in x-huidu-route
  std::string error;      // empty if the version answered
  uint64_t total_ns = 0;
  uint64_t queue_ns = 0;
  uint64_t inference_ns = 0;
  std::optional<std::string> expected;  // the right answer, where feedback said it
  std::vector<SampleTensor> inputs;
  std::vector<SampleTensor> outputs;  // of `version`
  // Where another version answered the user: which, and what.
  std::string answered_by;
  std::vector<SampleTensor> answer;
};

// A sample whose tensors are larger than this together is not kept.
inline constexpr size_t kMaxSampleBytes = size_t{16} << 20;
inline constexpr size_t kMaxErrorBytes = 4096;

// Of all tensors, as they are in memory.
size_t TensorBytes(const Sample& sample);

// Whether a text may be a sample's id. Only such a text becomes the name of a file.
bool IsSampleId(std::string_view text);

// An id for a sample of this moment.
std::string NewSampleId(int64_t time_ms);

// The elements of a BYTES tensor. Data that does not keep to the shape gives the elements before the fault.
std::vector<std::string_view> Elements(const SampleTensor& tensor);

}  // namespace huidu::samples
