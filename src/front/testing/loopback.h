#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/engine.h"
#include "front/table/serving_table.h"
#include "worker/data_loop.h"

// For unit tests of everything between the network and a worker: the real channel, arenas, messages and worker loop,
// with the model replaced by a function and the worker's process by its threads.
namespace huidu::front::testing {

// An io_context with a thread that runs it.
class IoThread {
 public:
  IoThread();
  ~IoThread();
  boost::asio::io_context& context() { return context_; }
  // Returns after `work` has run on the thread.
  void Run(std::function<void()> work);

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  std::thread thread_;
};

using ModelFunction = std::function<absl::Status(std::span<const tensor::View>, engine::OutputSink&)>;

// A model that gives FP32 "y" = FP32 "x" + `plus`, shape [-1,4].
engine::Signature PlusSignature();
ModelFunction Plus(float plus);

// A servable with workers that live in this process.
class LoopbackVersion {
 public:
  LoopbackVersion(IoThread& io, std::string model, std::string version, engine::Signature signature,
                  ModelFunction function, size_t arena_bytes = 16 << 20);
  ~LoopbackVersion();

  const std::shared_ptr<Servable>& servable() const { return servable_; }
  void AddWorker(int instances = 1);
  // As a crash of the oldest worker: its end of the socket closes before it has answered. Returns after its threads
  // have ended, so the model's function must not block for ever.
  void KillFirstWorker();

 private:
  struct Worker {
    ipc::Fd data;
    std::shared_ptr<WorkerChannel> channel;
    std::unique_ptr<worker::DataLoop> loop;
  };
  IoThread& io_;
  ModelFunction function_;
  std::shared_ptr<ipc::Arena> requests_;
  std::shared_ptr<Servable> servable_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

// A table with one model: its live version first, the others after it.
std::shared_ptr<const ServingTable> MakeTable(const std::vector<std::shared_ptr<Servable>>& versions);
// The same while something is tried out. Gives the split what it lacks: the slots of its parts, and sequences.
std::shared_ptr<const ServingTable> MakeTable(const std::vector<std::shared_ptr<Servable>>& versions, Split split,
                                              RoutingRules rules = {});

}  // namespace huidu::front::testing
