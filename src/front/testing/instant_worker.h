#pragma once

#include <memory>

#include "front/channel/worker_channel.h"

namespace huidu::front::testing {

// A worker whose model needs no time and has no outputs, on the caller's thread: what is left is what the front costs.
class InstantWorker {
 public:
  explicit InstantWorker(boost::asio::io_context& io);
  const std::shared_ptr<WorkerChannel>& channel() const { return channel_; }
  // Answers what has come.
  void Answer();

 private:
  ipc::Fd data_;
  std::shared_ptr<WorkerChannel> channel_;
  std::vector<std::byte> receive_buffer_;
};

}  // namespace huidu::front::testing
