#pragma once

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/support/byte_buffer.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "bench/input.h"
#include "bench/recorder.h"

namespace huidu::bench {

// Keeps a number of ModelInfer calls in flight. Messages are bytes that were encoded once and are never decoded, so
// that the load costs little beside the server: only status and trailing metadata of an answer are looked at.
//
// Runs on: the thread that calls Run(), which returns when every call is answered or given up.
// Errors:  Unavailable if the server cannot be connected to; failed calls are the recorder's.
class GrpcLoad {
 public:
  struct Options {
    std::string server;  // host:port
    std::string model;
    std::vector<Input> inputs;
    int calls = 1;     // in flight
    int channels = 1;  // connections that they share evenly
    bool expect_version = true;
  };

  GrpcLoad(Options options, Recorder& recorder);
  ~GrpcLoad();

  absl::Status Run();

 private:
  struct Call;

  absl::Status Connect();
  void Begin(size_t index);
  void OnEnd(size_t index, TimePoint now);
  void CancelAll();

  const Options options_;
  Recorder& recorder_;
  grpc::ByteBuffer request_;
  grpc::CompletionQueue queue_;
  std::vector<std::unique_ptr<grpc::GenericStub>> stubs_;
  std::vector<std::unique_ptr<Call>> calls_;  // by index; empty: not in flight
  size_t in_flight_ = 0;
};

}  // namespace huidu::bench
