#include "notify/notifier.h"

#include <pthread.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_format.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "notify/signature.h"
#include "notify/url.h"

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLongWait{60'000};  // nothing is due; Wake() ends it
constexpr size_t kMaxWords = 200;

int64_t UnixSeconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

bool Accepted(const PostResult& result) { return result.status >= 200 && result.status < 300; }

// Whether another attempt may have another end.
bool MayChange(const PostResult& result) {
  return result.status == 0 || result.status >= 500 || result.status == 408 || result.status == 429;
}

std::string Describe(const PostResult& result) {
  return result.status == 0 ? StrCat("no answer: ", result.error) : StrCat("status ", result.status);
}

// What the other side says of its decision, as one line of bounded length.
std::string Words(const PostResult& result) {
  std::string words = result.body.substr(0, kMaxWords);
  for (char& letter : words) {
    if (static_cast<unsigned char>(letter) < ' ') letter = ' ';
  }
  return words.empty() ? "" : StrCat(": ", words);
}

}  // namespace

struct Notifier::Question {
  GateQuestion question;
  GateCallback callback;
  int failures = 0;
  TimePoint due;
};

Notifier::Notifier(Options options)
    : options_(std::move(options)),
      process_id_(absl::StrFormat("%016x", std::random_device()() * uint64_t{0x100000001} ^ std::random_device()())),
      outbox_(options_.capacity, options_.retry),
      random_(std::random_device()()) {
  if (!options_.command.arguments.empty()) command_ = std::make_unique<AlertCommand>(options_.command);
  thread_ = std::thread([this] { Run(); });
}

Notifier::~Notifier() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  transfers_.Wake();
  thread_.join();
}

void Notifier::Post(Event event) {
  const auto shared = std::make_shared<const Event>(std::move(event));
  if (command_ != nullptr) command_->Post(shared);
  uint64_t dropped = 0;
  {
    std::lock_guard lock(mutex_);
    ++last_id_;
    for (size_t target = 0; target < options_.webhooks.size(); ++target) {
      if (!outbox_.Add({.id = last_id_, .target = target, .event = shared, .due = Now()})) ++dropped;
    }
  }
  CountDropped(dropped);
  transfers_.Wake();
}

absl::Status Notifier::Gate(GateQuestion question, GateCallback callback) {
  HUIDU_RETURN_IF_ERROR(CheckUrl(question.url));
  auto shared = std::make_shared<Question>();
  shared->question = std::move(question);
  shared->callback = std::move(callback);
  shared->due = Now();
  {
    std::lock_guard lock(mutex_);
    if (open_gates_ >= options_.max_gates) {
      return absl::ResourceExhaustedError(StrCat(open_gates_, " gates are waiting for their answers already"));
    }
    ++open_gates_;
    questions_.push_back(std::move(shared));
  }
  transfers_.Wake();
  return absl::OkStatus();
}

Notifier::Stats Notifier::stats() const { return {delivered_, failed_, dropped_, retries_}; }

void Notifier::Run() {
  pthread_setname_np(pthread_self(), "huidu-notify");
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (stop_) return;
    }
    transfers_.Run(StartDue());
  }
}

milliseconds Notifier::StartDue() {
  while (std::optional<Delivery> delivery = NextDelivery()) Deliver(*std::move(delivery));
  while (SharedQuestion question = NextQuestion()) Ask(std::move(question));
  std::lock_guard lock(mutex_);
  TimePoint next = Now() + kLongWait;
  if (deliveries_in_flight_ < options_.max_in_flight) next = std::min(next, outbox_.NextDue().value_or(next));
  for (const SharedQuestion& question : questions_) next = std::min(next, question->due);
  return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(next - Now()));
}

std::optional<Delivery> Notifier::NextDelivery() {
  std::lock_guard lock(mutex_);
  if (deliveries_in_flight_ >= options_.max_in_flight) return std::nullopt;
  return outbox_.TakeDue(Now());
}

Notifier::SharedQuestion Notifier::NextQuestion() {
  std::lock_guard lock(mutex_);
  const auto due = std::find_if(questions_.begin(), questions_.end(),
                                [now = Now()](const SharedQuestion& question) { return question->due <= now; });
  if (due == questions_.end()) return nullptr;
  SharedQuestion question = std::move(*due);
  questions_.erase(due);
  return question;
}

std::vector<std::string> Notifier::Headers(const std::string& secret, const std::string& body) const {
  const int64_t timestamp = UnixSeconds();
  std::vector<std::string> headers = {StrCat("X-Huidu-Timestamp: ", timestamp)};
  if (!secret.empty()) headers.push_back(StrCat("X-Huidu-Signature: ", Sign(secret, timestamp, body)));
  return headers;
}

void Notifier::Deliver(Delivery delivery) {
  const Webhook& webhook = options_.webhooks[delivery.target];
  PostRequest request{.url = webhook.url, .body = delivery.event->json, .timeout = options_.timeout};
  request.headers = Headers(webhook.secret, request.body);
  request.headers.push_back(StrCat("X-Huidu-Event: ", delivery.event->kind));
  request.headers.push_back(StrCat("X-Huidu-Delivery: ", process_id_, "-", delivery.id));
  ++deliveries_in_flight_;
  transfers_.Start(std::move(request), [this, delivery = std::move(delivery)](const PostResult& result) mutable {
    --deliveries_in_flight_;
    OnDelivered(std::move(delivery), result);
  });
}

void Notifier::OnDelivered(Delivery delivery, const PostResult& result) {
  if (Accepted(result)) {
    ++delivered_;
  } else if (MayChange(result)) {
    TryAgain(std::move(delivery), Describe(result));
  } else {
    ++failed_;
    log::Warning("webhook refused the event", {{"event", delivery.event->kind},
                                               {"receiver", PublicPart(options_.webhooks[delivery.target].url)},
                                               {"reason", Describe(result)}});
  }
}

void Notifier::TryAgain(Delivery delivery, const std::string& reason) {
  const std::string receiver = PublicPart(options_.webhooks[delivery.target].url);
  const std::string kind = delivery.event->kind;
  const double spread = Spread();
  Outbox::Again again = Outbox::Again::kWaits;
  {
    std::lock_guard lock(mutex_);
    again = outbox_.Retry(std::move(delivery), Now(), spread);
  }
  if (again == Outbox::Again::kGivenUp) {
    ++failed_;
    log::Warning("webhook did not take the event in any attempt",
                 {{"event", kind}, {"receiver", receiver}, {"reason", reason}});
    return;
  }
  ++retries_;
  if (again == Outbox::Again::kWaitsInsteadOfAnother) CountDropped(1);
}

// Of a flood, the log has a line whenever the number has another binary digit.
void Notifier::CountDropped(uint64_t count) {
  const uint64_t before = dropped_.fetch_add(count);
  if (std::bit_width(before) == std::bit_width(before + count)) return;
  log::Warning("too many events wait for their webhooks: the oldest are dropped",
               {{"dropped", StrCat(before + count)}});
}

void Notifier::Ask(SharedQuestion question) {
  const GateQuestion& asked = question->question;
  PostRequest request{.url = asked.url, .body = asked.json, .timeout = asked.timeout};
  request.headers = Headers(asked.secret, request.body);
  request.headers.push_back("X-Huidu-Event: gate");
  transfers_.Start(std::move(request),
                   [this, question = std::move(question)](const PostResult& result) { OnAnswer(question, result); });
}

void Notifier::OnAnswer(const SharedQuestion& question, const PostResult& result) {
  const std::string why = StrCat(PublicPart(question->question.url), ": ", Describe(result), Words(result));
  const RetryPolicy& retry = question->question.retry;
  if (result.status == 0 && ++question->failures < retry.attempts) {
    question->callback(GateVerdict::kPending, why);
    question->due = Now() + RetryDelay(retry, question->failures, Spread());
    std::lock_guard lock(mutex_);
    questions_.push_back(question);
    return;
  }
  {
    std::lock_guard lock(mutex_);
    --open_gates_;
  }
  question->callback(Accepted(result) ? GateVerdict::kPassed : GateVerdict::kFailed, why);
}

}  // namespace huidu::notify
