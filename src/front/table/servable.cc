#include "front/table/servable.h"

#include <algorithm>
#include <iterator>

namespace huidu::front {
namespace {

int IndexOf(const std::vector<tensor::Spec>& specs, std::string_view name) {
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace

Servable::Servable(std::string model, std::string version, engine::Signature signature,
                   std::shared_ptr<ipc::Arena> requests, std::string content_hash)
    : model_(std::move(model)),
      version_(std::move(version)),
      content_hash_(std::move(content_hash)),
      signature_(std::move(signature)),
      requests_(std::move(requests)),
      uploads_(std::make_shared<UploadRoom>(requests_ == nullptr ? 0 : requests_->size())) {}

void Servable::SetLimits(const ServableLimits& limits) {
  max_queue_.store(limits.max_queue, std::memory_order_relaxed);
  request_timeout_ms_.store(limits.request_timeout.count(), std::memory_order_relaxed);
  keep_answers_.store(limits.keep_answers, std::memory_order_relaxed);
  on_worker_death_.store(limits.on_worker_death, std::memory_order_relaxed);
}

std::shared_ptr<WorkerChannel> Servable::PickWorker() const {
  std::lock_guard lock(mutex_);
  std::shared_ptr<WorkerChannel> best;
  for (const auto& worker : workers_) {
    if (!worker->open()) continue;
    if (best == nullptr || worker->outstanding() < best->outstanding()) best = worker;
  }
  return best;
}

void Servable::SetOnFailure(std::function<void()> on_failure) {
  std::lock_guard lock(mutex_);
  on_failure_ = std::move(on_failure);
}

void Servable::CountFailure(Outcome outcome) {
  health_.Count(outcome);
  std::lock_guard lock(mutex_);
  if (on_failure_) on_failure_();
}

void Servable::CountWorkerDeath() {
  health_.AddWorkerDeath();
  std::lock_guard lock(mutex_);
  if (on_failure_) on_failure_();
}

void Servable::Rescind() {
  std::vector<std::shared_ptr<WorkerChannel>> workers;
  {
    std::lock_guard lock(mutex_);
    workers = workers_;
  }
  for (const auto& worker : workers) worker->Rescind();
}

void Servable::AddWorker(std::shared_ptr<WorkerChannel> channel) {
  std::vector<Parked> parked;
  {
    std::lock_guard lock(mutex_);
    workers_.push_back(std::move(channel));
    abandoned_ = false;
    parked.swap(parked_);
  }
  for (Parked& request : parked) request.resume(Wait::kWorker);
}

void Servable::RemoveWorker(const std::shared_ptr<WorkerChannel>& channel) {
  std::lock_guard lock(mutex_);
  std::erase(workers_, channel);
}

void Servable::Park(TimePoint deadline, Resume resume) {
  Wait end = Wait::kWorker;
  {
    std::lock_guard lock(mutex_);
    const bool has_worker =
        std::any_of(workers_.begin(), workers_.end(), [](const auto& worker) { return worker->open(); });
    if (!abandoned_ && !has_worker) {
      parked_.push_back({deadline, std::move(resume)});
      return;
    }
    if (!has_worker) end = Wait::kGone;
  }
  resume(end);
}

void Servable::ExpireParked(TimePoint now) {
  std::vector<Parked> late;
  {
    std::lock_guard lock(mutex_);
    const auto first_late =
        std::partition(parked_.begin(), parked_.end(), [now](const Parked& request) { return request.deadline > now; });
    std::move(first_late, parked_.end(), std::back_inserter(late));
    parked_.erase(first_late, parked_.end());
  }
  for (Parked& request : late) request.resume(Wait::kDeadline);
}

void Servable::Abandon() {
  std::vector<Parked> parked;
  {
    std::lock_guard lock(mutex_);
    abandoned_ = true;
    parked.swap(parked_);
  }
  for (Parked& request : parked) request.resume(Wait::kGone);
}

bool Servable::Admit() {
  if (in_flight_.fetch_add(1, std::memory_order_acq_rel) < max_queue() && AtWorkers() < max_queue()) return true;
  Release();
  return false;
}

size_t Servable::AtWorkers() const {
  std::lock_guard lock(mutex_);
  size_t sum = 0;
  for (const auto& worker : workers_) sum += worker->outstanding();
  return sum;
}

int Servable::InputIndex(std::string_view name) const { return IndexOf(signature_.inputs, name); }
int Servable::OutputIndex(std::string_view name) const { return IndexOf(signature_.outputs, name); }

}  // namespace huidu::front
