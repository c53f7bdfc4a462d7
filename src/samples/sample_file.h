#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "samples/sample.h"

// A sample as the bytes of its file: "HDSAMPL1", the length of a JSON text (8 bytes, little-endian), the text, the
// bytes of the tensors one after the other, and the XXH3 hash of everything before it (8 bytes). Runs on: any thread;
// pure.
namespace huidu::samples {

// No file of a sample is longer.
inline constexpr size_t kMaxFileBytes = size_t{64} << 20;

// `sample.user` is not in it.
std::string EncodeSample(const Sample& sample);

// Whether every tensor's bytes are those that its shape says. Error: InvalidArgument naming the tensor.
absl::Status CheckSample(const Sample& sample);

// Error: DataLoss with what is wrong. What it gives has passed CheckSample().
absl::StatusOr<Sample> DecodeSample(std::string_view bytes);

// What EncodeSample() puts at the end. For the fuzzer, which would find no other way to the text.
uint64_t SampleChecksum(std::string_view bytes);

}  // namespace huidu::samples
