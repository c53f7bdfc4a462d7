#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "ipc/arena.h"
#include "ipc/messages.h"
#include "tensor/tensor.h"

// The words that protocols, router and workers share about one inference.
namespace huidu::front {

// Tensors of one request. Their bytes stand in the request arena of the version that the request was admitted to.
// Lives: shared by the caller and by the worker channel that runs it, until the last of them is done with the bytes:
// a request that ran out of time may still be read by its worker.
struct Payload {
  ipc::Block block;
  std::vector<ipc::InputRef> inputs;     // offsets are into the arena, not the block; each input once
  std::vector<uint16_t> wanted_outputs;  // indices into the signature's outputs; empty: all
};

// One output tensor, readable as long as the Answer lives.
struct Output {
  uint16_t index = 0;  // into the signature's outputs
  tensor::DataType type = tensor::DataType::kFp32;
  tensor::Shape shape;
  std::span<const std::byte> data;  // written by the worker and still writable by it: read each byte once
};

// Gives the blocks of an answer back to its worker when the answer is no longer needed.
class ResponseLease {
 public:
  virtual ~ResponseLease() = default;
};

// What a worker said.
struct Answer {
  absl::Status status;
  std::vector<Output> outputs;  // empty unless status is OK
  std::shared_ptr<const ResponseLease> lease;
  uint64_t queue_ns = 0;
  uint64_t infer_ns = 0;
  bool worker_lost = false;  // the worker died or was killed before it answered: safe to run elsewhere
  bool rescinded = false;    // taken away from the worker before it answered: safe to run elsewhere
};

using AnswerHandler = absl::AnyInvocable<void(Answer)>;

}  // namespace huidu::front
