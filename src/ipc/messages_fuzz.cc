#include "ipc/messages.h"

// A front reads what a worker, and with it a hostile model, sends.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace huidu::ipc;
  const auto bytes = std::as_bytes(std::span(data, size));
  (void)Decode<Hello>(bytes);
  (void)Decode<Load>(bytes);
  (void)Decode<Loaded>(bytes);
  (void)Decode<LoadFailed>(bytes);
  (void)Decode<Pong>(bytes);
  (void)Decode<InferRequest>(bytes);
  (void)Decode<InferResponse>(bytes);
  (void)Decode<Release>(bytes);
  (void)Decode<Cancel>(bytes);
  std::span<const std::byte> rest(bytes);
  while (!rest.empty() && NextFrame(rest).ok()) {
  }
  return 0;
}
