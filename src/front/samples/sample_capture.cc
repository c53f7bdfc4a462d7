#include "front/samples/sample_capture.h"

#include <random>

#include "base/log.h"
#include "front/samples/copy_request.h"
#include "front/samples/decide.h"
#include "front/samples/rate_limit.h"
#include "front/samples/recent_requests.h"

namespace huidu::front {
namespace {

using samples::Policy;
using samples::Reason;
using samples::ReasonSet;
using samples::Sample;

double RandomChance() {
  thread_local std::minstd_rand random{std::random_device{}()};
  return std::uniform_real_distribution<double>(0, 1)(random);
}

// The first mask that names a tensor which the version has not.
const samples::Mask* MaskOfNothing(const Policy& policy, const Servable& servable) {
  for (const samples::Mask& mask : policy.masks) {
    const int index = mask.output ? servable.OutputIndex(mask.tensor) : servable.InputIndex(mask.tensor);
    if (index < 0) return &mask;
  }
  return nullptr;
}

FinishedRequest WithoutFailure(const FinishedRequest& request) {
  return {request.servable, request.reason,   request.payload, request.answer,
          request.total_ns, request.identity, nullptr,         nullptr};
}

}  // namespace

struct SampleCapture::Model {
  Model(const Policy& from, size_t remembered_bytes)
      : policy(std::make_shared<const Policy>(from)), rate(from.max_per_minute), recent(remembered_bytes) {}

  const std::shared_ptr<const Policy> policy;
  RateLimit rate;
  RecentRequests recent;
  std::atomic<bool> told{false};  // that a mask fits no tensor
};

void SampleCapture::SetPolicies(const std::map<std::string, Policy>& policies) {
  const std::lock_guard lock(mutex_);
  auto models = std::make_shared<Models>();
  std::map<std::string, std::shared_ptr<const Policy>> for_writer;
  for (const auto& [name, policy] : policies) {
    if (policy.reasons.empty()) continue;
    const auto before = models_->find(name);
    const bool same = before != models_->end() && *before->second->policy == policy;
    const auto& model =
        models->emplace(name, same ? before->second : std::make_shared<Model>(policy, options_.remembered_bytes))
            .first->second;
    for_writer[name] = model->policy;
  }
  writer_.SetPolicies(std::move(for_writer));
  any_ = !models->empty();
  models_ = std::move(models);
}

std::shared_ptr<SampleCapture::Model> SampleCapture::Find(std::string_view model) const {
  if (!any_.load(std::memory_order_relaxed)) return nullptr;
  std::shared_ptr<const Models> models;
  {
    const std::lock_guard lock(mutex_);
    models = models_;
  }
  const auto found = models->find(model);
  return found == models->end() ? nullptr : found->second;
}

bool SampleCapture::Wants(std::string_view model) const { return Find(model) != nullptr; }

void SampleCapture::OnFinished(const FinishedRequest& request) {
  const std::shared_ptr<Model> model = Find(request.servable.model());
  if (model == nullptr) return;
  const Policy& policy = *model->policy;
  ReasonSet reasons = Decide(policy, request, options_.chance ? options_.chance() : RandomChance());
  const size_t bytes = BytesOf(request.payload) + BytesOf(request.answer.outputs);
  const Servable& whose = request.failed == nullptr ? request.servable : *request.failed;
  if (!reasons.empty() && !MayKeep(*model, whose, request.servable, bytes)) reasons = {};
  const bool remember = policy.reasons.Has(Reason::kNegativeFeedback) && request.answer.status.ok() &&
                        bytes <= samples::kMaxSampleBytes && MaskOfNothing(policy, request.servable) == nullptr;
  if (reasons.empty() && !remember) return;
  auto copy = std::make_shared<Sample>(CopyRequest(request));
  // With an id of its own, for what may be kept now and again when it is judged: it stays one sample.
  if (remember && !reasons.empty()) copy->id = samples::NewSampleId(copy->time_ms);
  std::shared_ptr<const Sample> sample = std::move(copy);
  if (!reasons.empty()) Keep(*model, sample, reasons);
  if (!remember) return;
  // Feedback is about the answer, and so about the version that gave it.
  if (request.failed != nullptr) sample = std::make_shared<const Sample>(CopyRequest(WithoutFailure(request)));
  model->recent.Add(std::move(sample));
}

void SampleCapture::OnNegativeFeedback(std::string_view name, std::string_view request_id,
                                       std::optional<std::string> expected) {
  const std::shared_ptr<Model> model = Find(name);
  if (model == nullptr || !model->policy->reasons.Has(Reason::kNegativeFeedback)) return;
  std::shared_ptr<const Sample> sample = model->recent.Take(request_id);
  if (sample == nullptr) {
    Dropped(std::string(name), samples::kDroppedForgotten);
  } else if (writer_.paused()) {
    Dropped(sample->model, samples::kDroppedDisk);
  } else if (!model->rate.Take(options_.now ? options_.now() : Now())) {
    Dropped(sample->model, samples::kDroppedRate);
  } else {
    Keep(*model, std::move(sample), {Reason::kNegativeFeedback}, std::move(expected));
  }
}

void SampleCapture::OnDisagreement(const Disagreement& disagreement) {
  const std::shared_ptr<Model> model = Find(disagreement.candidate.model());
  if (model == nullptr || !model->policy->reasons.Has(Reason::kDisagreed) || disagreement.payload == nullptr) return;
  const size_t bytes = BytesOf(*disagreement.payload) + BytesOf(disagreement.actual) + BytesOf(disagreement.expected);
  if (!MayKeep(*model, disagreement.candidate, disagreement.stable, bytes)) return;
  Keep(*model, std::make_shared<const Sample>(CopyDisagreement(disagreement)), {Reason::kDisagreed});
}

// Asked before anything is copied. The rate comes last: what is not kept for another reason takes no place in it.
bool SampleCapture::MayKeep(Model& model, const Servable& whose, const Servable& answered, size_t bytes) {
  const std::string& name = whose.model();
  if (bytes > samples::kMaxSampleBytes) return Dropped(name, samples::kDroppedSize);
  if (!MasksFit(model, whose) || !MasksFit(model, answered)) return Dropped(name, samples::kDroppedMask);
  if (writer_.paused()) return Dropped(name, samples::kDroppedDisk);
  if (!writer_.HasRoom(bytes)) return Dropped(name, samples::kDroppedQueue);
  if (!model.rate.Take(options_.now ? options_.now() : Now())) return Dropped(name, samples::kDroppedRate);
  return true;
}

// What a mask should have hidden may stand in a tensor of another name: such a version's requests are not kept.
bool SampleCapture::MasksFit(Model& model, const Servable& servable) {
  const samples::Mask* const mask = MaskOfNothing(*model.policy, servable);
  if (mask != nullptr && !model.told.exchange(true)) {
    log::Warning("no samples are kept of a version: a mask names a tensor that it has not",
                 {{"model", servable.model()}, {"model_version", servable.version()}, {"tensor", mask->tensor}});
  }
  return mask == nullptr;
}

void SampleCapture::Keep(Model& model, std::shared_ptr<const Sample> sample, ReasonSet reasons,
                         std::optional<std::string> expected) {
  const std::string name = sample->model;
  if (!writer_.Offer({std::move(sample), reasons, std::move(expected), model.policy})) {
    Dropped(name, samples::kDroppedQueue);
  }
}

bool SampleCapture::Dropped(const std::string& model, std::string_view why) {
  writer_.counters().Dropped(model, why);
  return false;
}

}  // namespace huidu::front
