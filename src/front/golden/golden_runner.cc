#include "front/golden/golden_runner.h"

#include <pthread.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/text_file.h"
#include "front/router/router.h"

namespace huidu::front {
namespace {

constexpr std::chrono::milliseconds kPoll{5};       // for room in a busy version
constexpr std::chrono::seconds kLongestAnswer{30};  // a sample is not worth more
constexpr KeepLimits kWhole{.max_bytes = 1 << 20, .max_values = 1 << 16, .max_tensor_bytes = 64 << 20};

bool HasRoom(const Servable& version) {
  return version.HasWorker() && version.in_flight() <= version.max_queue() / 2 &&
         version.requests().bytes_in_use() <= version.requests().size() / 2;
}

}  // namespace

// Runs on: the runner's thread, but for `ended` and `due`, which the mutex guards.
struct GoldenRunner::Watched {
  std::string model;
  GoldenOrder order;
  TimePoint due = Now();
  bool ended = false;
  std::string text;  // of the file, as it was read last
  std::vector<GoldenSample> samples;
  std::string told;  // the last fault that was logged

  void Tell(std::string fault) {
    if (fault == told) return;
    log::Warning("golden samples are not run", {{"model", model}, {"file", order.file}, {"reason", fault}});
    told = std::move(fault);
  }
};

// A sample that is out. Lives: shared with the handler of its answer, which may come after the runner is gone.
struct GoldenRunner::Asked {
  Ticket place;
  std::optional<Answer> answer;
};

GoldenRunner::GoldenRunner(ReadSample read_sample)
    : read_sample_(std::move(read_sample)),
      changed_(std::make_shared<std::condition_variable>()),
      mutex_(std::make_shared<std::mutex>()),
      thread_([this] { Run(); }) {}

GoldenRunner::~GoldenRunner() {
  {
    const std::lock_guard lock(*mutex_);
    stopping_ = true;
    changed_->notify_all();
  }
  thread_.join();
}

void GoldenRunner::Watch(const std::string& model, GoldenOrder order) {
  auto watched = std::make_shared<Watched>();
  watched->model = model;
  watched->order = std::move(order);
  const std::lock_guard lock(*mutex_);
  if (const auto& earlier = watched_[model]; earlier != nullptr) earlier->ended = true;
  watched_[model] = std::move(watched);
  changed_->notify_all();
}

void GoldenRunner::Unwatch(const std::string& model) {
  const std::lock_guard lock(*mutex_);
  const auto found = watched_.find(model);
  if (found == watched_.end()) return;
  found->second->ended = true;
  watched_.erase(found);
  changed_->notify_all();
}

bool GoldenRunner::Ended(const Watched& watched) const { return stopping_ || watched.ended; }

void GoldenRunner::Run() {
  pthread_setname_np(pthread_self(), "huidu-golden");
  std::unique_lock lock(*mutex_);
  while (!stopping_) {
    const auto next = std::min_element(watched_.begin(), watched_.end(),
                                       [](const auto& a, const auto& b) { return a.second->due < b.second->due; });
    if (next == watched_.end()) {
      changed_->wait(lock);
    } else if (next->second->due > Now()) {
      changed_->wait_until(lock, next->second->due);
    } else {
      const std::shared_ptr<Watched> watched = next->second;
      lock.unlock();
      RunRound(watched);
      lock.lock();
      watched->due = Now() + watched->order.interval;
    }
  }
}

void GoldenRunner::RunRound(const std::shared_ptr<Watched>& watched) {
  if (!Load(*watched)) return;
  for (const GoldenSample& sample : watched->samples) {
    {
      const std::lock_guard lock(*mutex_);
      if (Ended(*watched)) return;
    }
    RunSample(*watched, sample);
  }
}

// A file that has become wrong keeps its last good samples from being run: nobody knows which of them still hold.
bool GoldenRunner::Load(Watched& watched) const {
  absl::StatusOr<std::string> text = config::ReadFile(watched.order.file, kMaxGoldenBytes);
  if (text.ok() && *text == watched.text) return !watched.samples.empty();
  watched.samples.clear();
  watched.text = text.value_or("");
  if (!text.ok()) {
    watched.Tell(std::string(Text(text.status())));
    return false;
  }
  absl::StatusOr<std::vector<GoldenSample>> samples = ParseGolden(*text);
  if (!samples.ok()) {
    watched.Tell(std::string(Text(samples.status())));
    return false;
  }
  watched.samples = *std::move(samples);
  watched.told.clear();
  return true;
}

void GoldenRunner::RunSample(Watched& watched, const GoldenSample& sample) {
  for (size_t i = 0; i < watched.order.versions.size(); ++i) {
    const std::shared_ptr<Servable>& version = watched.order.versions[i];
    if (!WaitForRoom(watched, *version)) continue;
    absl::StatusOr<std::shared_ptr<Payload>> payload = read_sample_(*version, sample.request);
    if (payload.ok()) {
      Ask(watched, version, *std::move(payload), sample);
    } else if (absl::IsInvalidArgument(payload.status())) {
      if (i == 0) return watched.Tell(StrCat("stable does not take a sample: ", Text(payload.status())));
      version->health().AddGolden(false);  // stable takes it
    }
  }
}

bool GoldenRunner::WaitForRoom(const Watched& watched, const Servable& version) {
  const TimePoint limit = Now() + kPatience;
  std::unique_lock lock(*mutex_);
  while (!HasRoom(version)) {
    if (Ended(watched) || Now() >= limit) return false;
    changed_->wait_for(lock, kPoll);
  }
  return !Ended(watched);
}

void GoldenRunner::Ask(Watched& watched, const std::shared_ptr<Servable>& version,
                       std::shared_ptr<const Payload> payload, const GoldenSample& sample) {
  const std::shared_ptr<WorkerChannel> worker = version->PickWorker();
  if (worker == nullptr || !version->Admit()) return;
  auto asked = std::make_shared<Asked>();
  asked->place = Ticket(version, RouteReason::kForced);
  const auto timeout = std::min<std::chrono::milliseconds>(version->request_timeout(), kLongestAnswer);
  worker->Submit(std::move(payload), Now() + timeout, [asked, mutex = mutex_, changed = changed_](Answer answer) {
    const std::lock_guard lock(*mutex);
    asked->place.LeaveQueue();
    asked->answer = std::move(answer);
    changed->notify_all();
  });
  if (!WaitForAnswer(watched, asked)) return;
  const Answer& answer = *asked->answer;
  const Outcome outcome = OutcomeOf(answer.status, answer.worker_lost);
  // What has no answer because of the load, or because the process died, is no wrong answer; other rules see that.
  if (answer.rescinded || outcome == Outcome::kWorkerLost || outcome == Outcome::kOverload ||
      outcome == Outcome::kDeadline) {
    return;
  }
  absl::StatusOr<bool> right = false;
  if (answer.status.ok()) {
    const auto kept = KeepAnswer(version->signature().outputs, answer.outputs, kWhole);
    right = IsExpected(*kept, sample.expected, sample.tolerance);
  }
  if (!right.ok() && version == watched.order.versions.front()) {
    return watched.Tell(StrCat("a sample's answer cannot be compared: ", Text(right.status())));
  }
  version->health().AddGolden(right.value_or(false));
  answered_.fetch_add(1, std::memory_order_relaxed);
}

bool GoldenRunner::WaitForAnswer(const Watched& watched, const std::shared_ptr<Asked>& asked) {
  std::unique_lock lock(*mutex_);
  changed_->wait(lock, [&] { return asked->answer.has_value() || Ended(watched); });
  return asked->answer.has_value();
}

}  // namespace huidu::front
