#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "front/router/sample_sink.h"
#include "front/shadow/shadow_runner.h"
#include "samples/sample_writer.h"

namespace huidu::front {

// Decides which requests are kept, and hands copies of them to the writer. What it does on a user's path is a few
// compares, and for a request that is kept the copying of its bytes, which are bounded (samples::kMaxSampleBytes).
//
// Where NEGATIVE_FEEDBACK is a reason, every answered request of the model is copied into memory for a while, for it is
// judged later.
//
// Runs on: any thread, see SampleSink.
// Lives:   longer than the router and the shadow runner. Borrows the writer.
class SampleCapture final : public SampleSink {
 public:
  struct Options {
    size_t remembered_bytes = size_t{32} << 20;  // a model, for feedback
    std::function<TimePoint()> now;              // empty: the clock
    std::function<double()> chance;              // in [0, 1); empty: random
  };

  SampleCapture(samples::SampleWriter& writer, Options options) : writer_(writer), options_(std::move(options)) {}

  // What is kept from now on, by model; a policy without reasons is like none. What is remembered of a model whose
  // policy did not change stays.
  void SetPolicies(const std::map<std::string, samples::Policy>& policies);

  bool Wants(std::string_view model) const override;
  void OnFinished(const FinishedRequest& request) override;
  void OnNegativeFeedback(std::string_view model, std::string_view request_id,
                          std::optional<std::string> expected) override;
  // On the shadow runner's thread.
  void OnDisagreement(const Disagreement& disagreement);

 private:
  struct Model;
  using Models = std::map<std::string, std::shared_ptr<Model>, std::less<>>;

  std::shared_ptr<Model> Find(std::string_view model) const;
  bool MayKeep(Model& model, const Servable& whose, const Servable& answered, size_t bytes);
  static bool MasksFit(Model& model, const Servable& servable);
  void Keep(Model& model, std::shared_ptr<const samples::Sample> sample, samples::ReasonSet reasons,
            std::optional<std::string> expected = std::nullopt);
  bool Dropped(const std::string& model, std::string_view why);

  samples::SampleWriter& writer_;
  const Options options_;
  std::atomic<bool> any_{false};  // a model keeps samples: most servers need no lock
  mutable std::mutex mutex_;      // guards the pointer
  std::shared_ptr<const Models> models_ = std::make_shared<const Models>();
};

}  // namespace huidu::front
