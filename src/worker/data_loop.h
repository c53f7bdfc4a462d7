#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "ipc/arena.h"
#include "ipc/messages.h"

namespace huidu::worker {

// Serves the data socket: takes requests, runs them on the model's instances, writes answers into the response arena.
//
// One thread an instance, and the threads take turns at the socket (leader and followers: Schmidt et al., 2000): the
// one that holds the turn receives a datagram, keeps the first request for itself and passes the turn on, so a request
// is run by the thread that received it, without a hand-over. A request that is cancelled before it begins is not run;
// one that has begun runs to its end.
//
// Runs on: its own threads, between the constructor and the destructor.
// Lives:   as long as the socket is open. The destructor shuts the socket down and joins.
// Errors:  a failed inference is an answer with its status; a damaged message or a closed socket ends the loop.
class DataLoop {
 public:
  DataLoop(int data_fd, std::shared_ptr<const ipc::ArenaView> requests, std::shared_ptr<ipc::Arena> responses,
           const engine::Signature& signature, std::vector<std::unique_ptr<engine::Instance>> instances);
  ~DataLoop();

 private:
  void Serve(engine::Instance& instance);
  bool NextRequest(ipc::InferRequest& request);
  bool Receive(bool wait);
  bool Take(const ipc::Frame& frame);
  void Cancel(uint64_t id);
  void Process(engine::Instance& instance, const ipc::InferRequest& request);
  void Send(const ipc::InferResponse& response);
  absl::Status RunModel(engine::Instance& instance, const ipc::InferRequest& request, ipc::InferResponse& response);

  const int data_fd_;
  const std::shared_ptr<const ipc::ArenaView> requests_;
  const std::shared_ptr<ipc::Arena> responses_;
  const engine::Signature& signature_;
  const std::vector<std::unique_ptr<engine::Instance>> instances_;

  std::mutex turn_;  // guards the receiving side: everything below
  std::vector<std::byte> receive_buffer_;
  std::deque<ipc::InferRequest> waiting_;
  bool closed_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace huidu::worker
