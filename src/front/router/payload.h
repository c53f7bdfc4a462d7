#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/channel/inference.h"
#include "front/table/servable.h"

namespace huidu::front {

// One input as a client described it, before its bytes are read.
struct InputDescription {
  std::string_view name;
  std::string_view datatype;  // KServe's name
  tensor::Shape shape;
  size_t bytes = 0;           // as the client gave them, or as computed for typed data
  std::vector<uint64_t> lod;  // row offsets of sequences; empty: one sequence, or not a sequence model
};

// Checks the description against the version's signature and reserves its bytes in the version's request arena, each
// tensor aligned to 64. The caller then writes every InputBytes(), calls CheckContents() and hands the payload to
// Router::Run(). An unknown, missing or doubled tensor, a wrong datatype, shape, byte count or LoD is InvalidArgument
// and names the tensor and what was expected; an arena without room is ResourceExhausted.
absl::StatusOr<std::shared_ptr<Payload>> NewPayload(const Servable& servable, std::span<const InputDescription> inputs,
                                                    std::span<const std::string_view> wanted_outputs);

// Where the bytes of inputs()[i] go; i counts the descriptions in the order in which NewPayload() got them.
std::span<std::byte> InputBytes(const Servable& servable, const Payload& payload, size_t i);

// After the bytes are there: the length prefixes of BYTES tensors. Error: InvalidArgument naming the tensor.
absl::Status CheckContents(const Servable& servable, const Payload& payload);

// The same request for another version: tensors by name, bytes copied. Error: its signature does not take it.
absl::StatusOr<std::shared_ptr<const Payload>> Translate(const Servable& from, const Payload& payload,
                                                         const Servable& to);

// Parses the "lod" parameter of an input, "0,3,5". Error: InvalidArgument.
absl::StatusOr<std::vector<uint64_t>> ParseLod(std::string_view text);

}  // namespace huidu::front
