#include "samples/sample_writer.h"

#include <pthread.h>

#include "base/log.h"
#include "base/status.h"
#include "samples/masking.h"
#include "samples/sample_file.h"

namespace huidu::samples {

SampleWriter::SampleWriter(SampleStore& store, Options options)
    : store_(store), options_(std::move(options)), thread_([this] { Run(); }) {}

SampleWriter::~SampleWriter() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

bool SampleWriter::Offer(PendingSample pending) {
  const size_t bytes = TensorBytes(*pending.sample);
  {
    const std::lock_guard lock(mutex_);
    if (!HasRoom(bytes)) return false;
    waiting_bytes_ += bytes;
    waiting_.push_back(std::move(pending));
  }
  changed_.notify_one();
  return true;
}

void SampleWriter::SetPolicies(std::map<std::string, std::shared_ptr<const Policy>> policies) {
  const std::lock_guard lock(mutex_);
  policies_ = std::move(policies);
}

SampleFigures SampleWriter::Figures() const {
  SampleFigures figures = counters_.Get();
  figures.bytes = store_.Bytes();
  return figures;
}

void SampleWriter::Flush() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return waiting_.empty() && !busy_; });
}

int64_t SampleWriter::NowMs() const {
  if (options_.now_ms) return options_.now_ms();
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

void SampleWriter::Run() {
  pthread_setname_np(pthread_self(), "huidu-samples");
  Tidy();
  std::unique_lock lock(mutex_);
  while (true) {
    busy_ = false;
    if (waiting_.empty()) idle_.notify_all();
    changed_.wait_until(lock, next_tidy_, [this] { return stop_ || !waiting_.empty(); });
    if (waiting_.empty() && stop_) return;
    busy_ = true;
    std::optional<PendingSample> pending;
    if (!waiting_.empty()) {
      pending = std::move(waiting_.front());
      waiting_.pop_front();
    }
    lock.unlock();
    EndPauseIfOver();
    if (pending) Write(*pending);
    pending.reset();
    if (Now() >= next_tidy_) Tidy();
    lock.lock();
  }
}

void SampleWriter::EndPauseIfOver() {
  if (paused_ && Now() >= paused_until_) paused_ = false;
}

void SampleWriter::Write(const PendingSample& pending) {
  const std::string& model = pending.sample->model;
  waiting_bytes_ -= TensorBytes(*pending.sample);
  if (paused_) return counters_.Dropped(model, kDroppedDisk);
  Sample sample = *pending.sample;
  sample.reasons = pending.reasons;
  sample.expected = pending.expected;
  if (!CheckSample(sample).ok()) return counters_.Dropped(model, kDroppedInvalid);
  const absl::Status status = Store(std::move(sample), *pending.policy);
  if (absl::IsFailedPrecondition(status)) return counters_.Dropped(model, kDroppedSize);
  OnDisk(status);
  if (!status.ok()) return counters_.Dropped(model, kDroppedDisk);
  counters_.Captured(model, pending.sample->version, pending.reasons);
}

// What is masked here was in this process' memory only.
absl::Status SampleWriter::Store(Sample sample, const Policy& policy) {
  HUIDU_ASSIGN_OR_RETURN(const KeyedHash hash, store_.hash());
  ApplyMasks(sample, policy.masks, hash);
  if (!sample.user.empty()) sample.user_hash = hash.Of(sample.user);
  sample.user.clear();
  if (sample.id.empty()) {
    sample.id = NewSampleId(sample.time_ms);
  } else if (const absl::StatusOr<SampleRow> before = store_.Find(sample.id); before.ok()) {
    sample.reasons.Add(before->reasons);  // kept before, for another reason
  }
  return store_.Put(sample, policy.quota_bytes);
}

// A server that keeps nothing makes no folder.
bool SampleWriter::Used() {
  const std::lock_guard lock(mutex_);
  return !policies_.empty() || store_.Exists();
}

void SampleWriter::Tidy() {
  next_tidy_ = Now() + options_.tidy_every;
  EndPauseIfOver();
  if (paused_ || !Used()) return;
  if (!mended_) {
    const absl::StatusOr<SampleStore::Mended> mended = store_.Mend();
    if (!mended.ok()) return OnDisk(mended.status());
    mended_ = true;
    if (mended->taken_back + mended->deleted > 0) {
      log::Info("samples: files and index brought together",
                {{"taken_back", StrCat(mended->taken_back)}, {"deleted", StrCat(mended->deleted)}});
    }
  }
  std::map<std::string, std::shared_ptr<const Policy>> policies;
  {
    const std::lock_guard lock(mutex_);
    policies = policies_;
  }
  for (const auto& [model, bytes] : store_.Bytes()) {
    const auto policy = policies.find(model);
    const std::chrono::milliseconds keep = policy == policies.end() ? Policy().keep : policy->second->keep;
    OnDisk(store_.DeleteBefore(model, NowMs() - keep.count()));
  }
}

void SampleWriter::OnDisk(const absl::Status& status) {
  if (!status.ok()) {
    paused_until_ = Now() + options_.pause;
    paused_ = true;
  }
  if (failing_ == !status.ok()) return;
  failing_ = !status.ok();
  if (failing_) {
    log::Warning("samples cannot be written: none are kept for a while, requests are answered as ever",
                 {{"reason", std::string(Text(status))}});
  } else {
    log::Info("samples are written again", {});
  }
}

}  // namespace huidu::samples
