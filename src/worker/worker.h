#pragma once

#include <memory>

#include "absl/functional/any_invocable.h"
#include "engine/engine.h"
#include "ipc/fd.h"
#include "ipc/messages.h"
#include "worker/data_loop.h"

namespace huidu::worker {

// Where the launcher puts what a worker inherits.
inline constexpr int kControlFd = 3;
inline constexpr int kDataFd = 4;
inline constexpr int kRequestsFd = 5;   // the version's request arena, read-only
inline constexpr int kResponsesFd = 6;  // this worker's response arena

// One version in this process: says hello, loads when told, then serves until the front closes the control socket.
//
// Runs on: the main thread (control); a DataLoop has its own threads.
// Lives:   for the process.
class Worker {
 public:
  // What is put around the version's model before it serves; its folder is the second argument.
  using Wrap = absl::AnyInvocable<absl::StatusOr<std::unique_ptr<engine::Model>>(std::unique_ptr<engine::Model>,
                                                                                 const std::string&)>;

  Worker(ipc::Fd control, ipc::Fd data, ipc::Fd requests, ipc::Fd responses, Wrap wrap);

  // Returns when the front has closed the control socket. Error: the front does not keep the protocol.
  absl::Status Run(std::string sandbox);

 private:
  absl::Status Handle(std::span<const std::byte> datagram);
  void LoadAndReport(const ipc::Load& load);
  absl::Status LoadModel(const ipc::Load& load);
  absl::StatusOr<std::unique_ptr<engine::Model>> BuildModel(const ipc::Load& load);
  template <typename Message>
  void Tell(const Message& message);

  const ipc::Fd control_;
  const ipc::Fd data_;
  ipc::Fd requests_;
  ipc::Fd responses_;
  Wrap wrap_;
  std::string engine_version_;
  std::unique_ptr<engine::Model> model_;
  std::unique_ptr<DataLoop> loop_;
};

}  // namespace huidu::worker
