#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

// Huidu inside a program of your own: versions of one model side by side, each in a worker process, and a switch between
// them that loses no request. The server is the same parts behind HTTP and gRPC; examples/model_router.cc shows the use.
namespace huidu {

struct RouterTensor {
  std::string name;
  std::string datatype;  // KServe's name: "FP32", "INT64", "BYTES" …
  std::vector<int64_t> shape;
  std::vector<std::byte> data;  // little-endian, row-major; BYTES elements have a 4-byte length each
};

struct RouterAnswer {
  std::string version;  // that answered
  std::vector<RouterTensor> outputs;
};

struct RouterVersion {
  std::string version;
  std::string state;  // "READY", "LOADING", "RECOVERING", "FAILED" …
  std::string reason;
  bool live = false;
};

// Runs on: any thread; every call blocks until it is done, and calls do not wait for each other, so that a switch or an
//          inference goes on while another version loads.
// Lives:   the destructor drains and ends the workers. Build one before your program starts threads that end: workers die
//          with the router's own thread, not with yours.
// Errors:  a refused or failed change leaves what was live as it was; the text says what and why.
class ModelRouter {
 public:
  struct Options {
    std::string model = "model";
    int keep_loaded = 2;          // versions that were live and stay warm, the live one included
    std::string worker_program;   // absolute; empty: huidu-worker beside this program
    std::string inspect_program;  // absolute; empty: huidu beside this program
  };

  static absl::StatusOr<std::unique_ptr<ModelRouter>> Create(Options options);
  ~ModelRouter();

  // Checks, loads and warms the model in `directory` beside the others. It gets no requests yet.
  absl::Status Load(const std::string& version, const std::string& directory);
  // All requests to a version that is READY, at once; those in flight finish where they began.
  // Errors: FailedPrecondition if it is not loaded or not ready.
  absl::Status SwitchTo(const std::string& version);
  // Lets its requests finish, then ends its workers. Error: FailedPrecondition if it is live.
  absl::Status Unload(const std::string& version);

  std::string live() const;  // empty: none
  std::vector<RouterVersion> Versions() const;

  // Answers from the live version, or from `version` if given. Errors: InvalidArgument (names the tensor), NotFound,
  // Unavailable, ResourceExhausted, DeadlineExceeded.
  absl::StatusOr<RouterAnswer> Infer(std::span<const RouterTensor> inputs, const std::string& version = {},
                                     std::chrono::milliseconds timeout = std::chrono::seconds(30));

 private:
  class Impl;
  explicit ModelRouter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace huidu
