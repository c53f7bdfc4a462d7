#include "bench/engine_load.h"

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "base/status.h"

namespace huidu::bench {
namespace {

// Memory for answers that is kept from run to run.
class ReusedSink : public engine::OutputSink {
 public:
  bool Wanted(size_t) const override { return true; }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType, std::span<const int64_t>,
                                                size_t bytes) override {
    constexpr size_t kAlignment = 64;
    Buffer& buffer = buffers_[index];
    if (buffer.size < bytes) {
      const size_t rounded = (bytes + kAlignment - 1) / kAlignment * kAlignment;
      buffer = {Memory(static_cast<std::byte*>(std::aligned_alloc(kAlignment, rounded))), rounded};
    }
    if (bytes > 0 && buffer.memory == nullptr) return absl::ResourceExhaustedError("out of memory");
    return std::span(buffer.memory.get(), bytes);
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const { std::free(memory); }
  };
  using Memory = std::unique_ptr<std::byte, Free>;
  struct Buffer {
    Memory memory;
    size_t size = 0;
  };
  std::map<size_t, Buffer> buffers_;
};

// The requests that wait, each as the moment when it came.
class ClosedLoop {
 public:
  ClosedLoop(int callers, Recorder& recorder) : recorder_(recorder) {
    recorder_.Start(Now());
    waiting_.assign(static_cast<size_t>(callers), Now());
  }

  // False when the run is over.
  bool Take(TimePoint& started) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return over_ || !waiting_.empty(); });
    if (over_) return false;
    started = waiting_.front();
    waiting_.pop_front();
    return true;
  }

  void End(const absl::Status& status, TimePoint started) {
    const std::lock_guard lock(mutex_);
    const TimePoint now = Now();
    if (status.ok()) {
      recorder_.Success("", started, now);
    } else {
      recorder_.Failure(Text(status), started, now);
    }
    if (!over_ && recorder_.Done(now)) {
      over_ = true;
      recorder_.Finish(now);
      changed_.notify_all();
    }
    waiting_.push_back(now);
    changed_.notify_one();
  }

 private:
  Recorder& recorder_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<TimePoint> waiting_;
  bool over_ = false;
};

absl::StatusOr<std::vector<tensor::View>> InModelOrder(const engine::Signature& signature,
                                                       std::span<const Input> inputs) {
  std::vector<tensor::View> views;
  for (const tensor::Spec& spec : signature.inputs) {
    const auto input = std::ranges::find(inputs, spec.name, &Input::name);
    if (input == inputs.end()) {
      return absl::InvalidArgumentError(StrCat("the model has an input '", spec.name, "': give it with --input"));
    }
    HUIDU_RETURN_IF_ERROR(tensor::Check(spec, input->type, input->shape));
    views.push_back({.type = input->type, .shape = input->shape, .data = input->data});
  }
  return views;
}

}  // namespace

absl::Status RunEngineLoad(const EngineLoadOptions& options, std::span<const Input> inputs, Recorder& recorder) {
  HUIDU_ASSIGN_OR_RETURN(engine::Engine* const engine, engine::OpenEngine(options.engine));
  HUIDU_ASSIGN_OR_RETURN(const std::unique_ptr<engine::Model> model, engine->Load(options.load));
  HUIDU_ASSIGN_OR_RETURN(const std::vector<tensor::View> views, InModelOrder(model->signature(), inputs));
  std::vector<std::unique_ptr<engine::Instance>> instances;
  for (int i = 0; i < options.load.instances; ++i) {
    HUIDU_ASSIGN_OR_RETURN(instances.emplace_back(), model->NewInstance());
  }

  ClosedLoop loop(options.callers, recorder);
  std::vector<std::jthread> threads;
  for (const auto& instance : instances) {
    threads.emplace_back([&loop, &views, &instance] {
      ReusedSink sink;
      TimePoint started;
      while (loop.Take(started)) loop.End(instance->Run(views, sink), started);
    });
  }
  return absl::OkStatus();
}

}  // namespace huidu::bench
