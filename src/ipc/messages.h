#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "ipc/wire.h"
#include "task/description.h"
#include "tensor/tensor.h"

// What front and worker say to each other. Control messages (Hello … Pong) travel on the control socket, one a
// datagram; InferRequest, InferResponse, Cancel and Release on the data socket, several a datagram, each in a frame.
// Tensors are never part of a message: they stand in the shared arenas and messages carry their offsets.
//
//   worker  Hello ─▶ front                      the program runs, in its sandbox
//   front   Load ─▶ worker                      at low priority
//   worker  Loaded | LoadFailed ─▶ front
//   front   InferRequest… (warm-up), then Promote ─▶ worker     normal priority from here on
//   front   Ping ─▶ worker ─▶ Pong              as long as it lives
//
// Closing the sockets ends the worker; there is no message for it, so that a dead front ends it too.
namespace huidu::ipc {

inline constexpr uint32_t kProtocolVersion = 4;
// One datagram, and so one message, is at most this long.
inline constexpr size_t kMaxDatagram = 128 * 1024;

enum class MessageType : uint16_t {
  kHello = 1,
  kLoad = 2,
  kLoaded = 3,
  kLoadFailed = 4,
  kPromote = 5,
  kPing = 6,
  kPong = 7,
  kInferRequest = 16,
  kInferResponse = 17,
  kRelease = 18,
  kCancel = 19,
};

struct Hello {
  static constexpr MessageType kType = MessageType::kHello;
  uint32_t protocol = kProtocolVersion;
  std::string sandbox;  // what protects the machine from this worker, for the log
};

struct Load {
  static constexpr MessageType kType = MessageType::kLoad;
  std::string engine;
  std::vector<task::PartOptions> parts;  // one or more
  task::Description task;
};

struct Loaded {
  static constexpr MessageType kType = MessageType::kLoaded;
  std::string engine_version;
  engine::Signature signature;
};

struct LoadFailed {
  static constexpr MessageType kType = MessageType::kLoadFailed;
  int32_t code = 0;  // absl::StatusCode
  std::string message;
};

struct Promote {
  static constexpr MessageType kType = MessageType::kPromote;
};

struct Ping {
  static constexpr MessageType kType = MessageType::kPing;
  uint64_t sequence = 0;
};

struct Pong {
  static constexpr MessageType kType = MessageType::kPong;
  uint64_t sequence = 0;
};

struct InputRef {
  uint16_t index = 0;  // into Signature::inputs
  uint8_t type = 0;    // tensor::DataType
  tensor::Shape shape;
  uint64_t offset = 0;  // into the request arena
  uint64_t bytes = 0;
  std::vector<uint64_t> lod;
};

struct InferRequest {
  static constexpr MessageType kType = MessageType::kInferRequest;
  uint64_t id = 0;
  int64_t sent_ns = 0;      // CLOCK_MONOTONIC, as the deadline
  int64_t deadline_ns = 0;  // a request that waited past it is not run
  std::vector<InputRef> inputs;
  std::vector<uint16_t> outputs;  // the wanted ones; empty: all
};

struct OutputRef {
  uint16_t index = 0;  // into Signature::outputs
  uint8_t type = 0;
  tensor::Shape shape;
  uint64_t offset = 0;  // into the response arena, start of a block
  uint64_t bytes = 0;
};

struct InferResponse {
  static constexpr MessageType kType = MessageType::kInferResponse;
  uint64_t id = 0;
  int32_t code = 0;  // absl::StatusCode; 0: outputs are valid
  std::string message;
  std::vector<OutputRef> outputs;
  uint64_t queue_ns = 0;  // from sent to started: waited for an instance
  uint64_t infer_ns = 0;  // ran
};

// Front gives blocks of the response arena back.
struct Release {
  static constexpr MessageType kType = MessageType::kRelease;
  std::vector<uint64_t> offsets;
};

// Nobody waits for this answer any more. A request that has not begun is not run, and answered with kCancelled at once.
struct Cancel {
  static constexpr MessageType kType = MessageType::kCancel;
  uint64_t id = 0;
};

// Appends one framed message to a datagram.
template <typename Message>
void Append(std::vector<std::byte>& datagram, const Message& message);

// The next frame of a datagram; moves `datagram` past it. Error: InvalidArgument if what is left is no frame.
struct Frame {
  MessageType type;
  std::span<const std::byte> payload;
};
absl::StatusOr<Frame> NextFrame(std::span<const std::byte>& datagram);

// Error: InvalidArgument unless `payload` is exactly one message, within the limits of tensor.h.
template <typename Message>
absl::StatusOr<Message> Decode(std::span<const std::byte> payload);

}  // namespace huidu::ipc
