#include "front/shadow/shadow_runner.h"

#include <optional>
#include <utility>
#include <variant>

#include "base/clock.h"
#include "base/strings.h"
#include "front/router/payload.h"
#include "front/shadow/shadow_copy.h"
#include "front/shadow/shadow_mailbox.h"

namespace huidu::front {

ShadowRunner::ShadowRunner(ShadowOptions options)
    : options_(std::move(options)),
      mailbox_(std::make_shared<ShadowMailbox>(options_.max_waiting, options_.max_bytes)),
      thread_([this] { Run(); }) {}

ShadowRunner::~ShadowRunner() {
  mailbox_->Stop();
  thread_.join();
}

void ShadowRunner::Offer(ShadowRequest request) {
  offered_.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<Servable> candidate = request.candidate;
  if (!mailbox_->Offer(request)) CountDrop(*candidate);
}

void ShadowRunner::SetOptions(const std::string& model, const CompareOptions& options) {
  std::lock_guard lock(options_mutex_);
  compare_options_[model] = options;
}

CompareOptions ShadowRunner::OptionsOf(const std::string& model) const {
  std::lock_guard lock(options_mutex_);
  const auto found = compare_options_.find(model);
  return found == compare_options_.end() ? CompareOptions{} : found->second;
}

ShadowStats ShadowRunner::stats() const {
  return {offered_.load(), dropped_.load(), compared_.load(), agreed_.load(), failed_.load()};
}

void ShadowRunner::Run() {
  while (true) {
    ShadowMailbox::Work work = mailbox_->Next();
    if (auto* const request = std::get_if<ShadowRequest>(&work)) {
      Take(std::move(*request));
    } else if (auto* const copy = std::get_if<std::unique_ptr<ShadowCopy>>(&work)) {
      Finish(std::move(*copy));
    } else {
      return;
    }
  }
}

void ShadowRunner::Take(ShadowRequest request) {
  const size_t bytes = BytesOf(request);
  if (Send(request, bytes)) return;
  mailbox_->Forget(bytes);
  CountDrop(*request.candidate);
}

void ShadowRunner::CountDrop(Servable& candidate) {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  candidate.stats().shadow_dropped.fetch_add(1, std::memory_order_relaxed);
}

bool ShadowRunner::HasRoom(const Servable& candidate, const WorkerChannel& worker, const Payload& payload) const {
  const auto out = out_.find(&candidate);
  if (out != out_.end() && out->second >= options_.max_out) return false;
  // The worker may still have requests whose callers gave up, and which the queue does not count any more.
  const size_t half_queue = candidate.max_queue() / 2;
  if (candidate.in_flight() >= half_queue || worker.outstanding() >= half_queue) return false;
  const size_t half_arena = candidate.requests().size() / 2;
  return candidate.requests().bytes_in_use() + payload.block.bytes().size() <= half_arena;
}

// False: the copy is dropped.
bool ShadowRunner::Send(ShadowRequest& request, size_t bytes) {
  Servable& candidate = *request.candidate;  // kept by the place in its queue, then by the copy
  const std::shared_ptr<WorkerChannel> worker = candidate.PickWorker();
  if (worker == nullptr || !HasRoom(candidate, *worker, *request.payload) || !candidate.Admit()) return false;
  Ticket place(request.candidate, RouteReason::kForced);  // as a forced request, a copy has no other version to go to
  absl::StatusOr<std::shared_ptr<const Payload>> payload = Translate(*request.stable, *request.payload, candidate);
  if (absl::IsResourceExhausted(payload.status())) return false;
  auto copy = std::make_unique<ShadowCopy>(request, std::move(place), bytes);
  request = {};  // gives stable's memory back
  if (payload.ok()) {
    copy->payload = *std::move(payload);
    Submit(*worker, std::move(copy));
  } else {
    CountRefusal(*copy, Text(payload.status()));
    mailbox_->Forget(bytes);
  }
  return true;
}

void ShadowRunner::Submit(WorkerChannel& worker, std::unique_ptr<ShadowCopy> copy) {
  ++out_[&copy->candidate()];
  copy->candidate().stats().shadow_sent.fetch_add(1, std::memory_order_relaxed);
  const std::shared_ptr<const Payload> payload = copy->payload;
  const TimePoint start = copy->ticket.admitted();
  const TimePoint deadline = start + copy->candidate().request_timeout();
  worker.Submit(payload, deadline,
                [mailbox = std::weak_ptr(mailbox_), copy = std::move(copy), start](Answer answer) mutable {
                  copy->ticket.LeaveQueue();
                  copy->total_ns = static_cast<uint64_t>((Now() - start).count());
                  copy->answer = std::move(answer);
                  if (const auto open = mailbox.lock()) open->Return(std::move(copy));
                });
}

void ShadowRunner::Finish(std::unique_ptr<ShadowCopy> copy) {
  const auto out = out_.find(&copy->candidate());
  if (--out->second == 0) out_.erase(out);
  Judge(*copy);
  mailbox_->Forget(copy->bytes);
}

void ShadowRunner::Judge(ShadowCopy& copy) {
  Servable& candidate = copy.candidate();
  const Answer& answer = copy.answer;
  const Outcome outcome = OutcomeOf(answer.status, answer.worker_lost);
  if (answer.rescinded || outcome == Outcome::kOverload) {
    if (!answer.rescinded) candidate.health().Count(outcome);
    CountDrop(candidate);
  } else if (outcome == Outcome::kSuccess) {
    candidate.health().AddLatency(copy.total_ns, answer.queue_ns);
    candidate.health().Count(outcome);
    CompareAnswers(copy);
  } else if (outcome == Outcome::kClientError) {
    CountRefusal(copy, Text(answer.status));
  } else {
    candidate.CountFailure(outcome);
    failed_.fetch_add(1, std::memory_order_relaxed);
  }
}

void ShadowRunner::CompareAnswers(ShadowCopy& copy) {
  const std::optional<std::string> difference =
      FindDifference({copy.stable->signature().outputs, copy.expected.get()},
                     {copy.candidate().signature().outputs, copy.answer.outputs}, OptionsOf(copy.candidate().model()));
  CountComparison(copy, !difference.has_value(), difference.value_or(""));
}

// What stable has answered was no client's error.
void ShadowRunner::CountRefusal(ShadowCopy& copy, std::string_view why) {
  copy.candidate().CountFailure(Outcome::kServerError);
  failed_.fetch_add(1, std::memory_order_relaxed);
  CountComparison(copy, /*agrees=*/false, StrCat("the candidate refuses what stable answers: ", why));
}

void ShadowRunner::CountComparison(ShadowCopy& copy, bool agrees, std::string_view why) {
  VersionStats& stats = copy.candidate().stats();
  copy.candidate().health().AddComparison(agrees);
  (agrees ? stats.shadow_agreed : stats.shadow_differed).fetch_add(1, std::memory_order_relaxed);
  if (agrees) agreed_.fetch_add(1, std::memory_order_relaxed);
  compared_.fetch_add(1, std::memory_order_relaxed);
  if (agrees || !options_.on_disagreement) return;
  options_.on_disagreement({*copy.stable, copy.candidate(), copy.payload.get(), copy.expected.get(),
                            copy.answer.outputs, why, copy.identity.get()});
}

}  // namespace huidu::front
