#include "bench/http_load.h"

#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/status.h"

namespace huidu::bench {
namespace {

constexpr auto kDrainLimit = std::chrono::seconds(30);
constexpr Duration kLongestWait = std::chrono::milliseconds(100);

// What a failed answer is counted as: its status, and the beginning of its text, which holds the reason.
std::string FailureOf(const HttpConnection& connection) {
  constexpr size_t kMaxText = 200;
  return StrCat("HTTP ", connection.head().status, " ", connection.body().substr(0, kMaxText));
}

}  // namespace

absl::Status HttpLoad::Run() {
  HUIDU_RETURN_IF_ERROR(OpenAll());
  const TimePoint begin = Now();
  recorder_.Start(begin);
  HUIDU_RETURN_IF_ERROR(switcher_.Open(epoll_.get(), connections_.size(), recorder_.measure_from()));
  if (recorder_.options().rate > 0) {
    interval_ = std::chrono::duration_cast<Duration>(std::chrono::duration<double>(1.0 / recorder_.options().rate));
    due_ = begin;
    for (size_t i = 0; i < connections_.size(); ++i) idle_.push_back(i);
  } else {
    for (size_t i = 0; i < connections_.size(); ++i) SendOn(i, Now());
  }
  while (!recorder_.Done(Now())) HUIDU_RETURN_IF_ERROR(Turn());

  recorder_.Finish(Now());
  stopping_ = true;
  const TimePoint limit = Now() + kDrainLimit;
  while (busy_ > 0 && Now() < limit) HUIDU_RETURN_IF_ERROR(Turn());
  for (const HttpConnection& connection : connections_) {
    if (connection.busy()) recorder_.Failure("no answer", connection.started(), Now());
  }
  return absl::OkStatus();
}

absl::Status HttpLoad::OpenAll() {
  HUIDU_ASSIGN_OR_RETURN(address_, ParseAddress(options_.server));
  epoll_ = ipc::Fd(::epoll_create1(EPOLL_CLOEXEC));
  connections_ = std::vector<HttpConnection>(static_cast<size_t>(options_.connections));
  for (size_t i = 0; i < connections_.size(); ++i) {
    HUIDU_RETURN_IF_ERROR(connections_[i].Open(address_, epoll_.get(), i));
  }
  return absl::OkStatus();
}

absl::Status HttpLoad::Turn() {
  const TimePoint before = Now();
  const Duration wait = std::clamp<Duration>(NextDue() - before, Duration::zero(), kLongestWait);
  const timespec timeout{.tv_nsec = std::chrono::nanoseconds(wait).count()};
  std::array<epoll_event, 64> events;
  const int count = ::epoll_pwait2(epoll_.get(), events.data(), events.size(), &timeout, nullptr);
  if (count < 0 && errno != EINTR) return absl::InternalError(StrCat("epoll: ", std::strerror(errno)));
  for (int i = 0; i < count; ++i) HUIDU_RETURN_IF_ERROR(OnEvent(events[static_cast<size_t>(i)].data.u64));
  if (!stopping_) SendDue(Now());
  return absl::OkStatus();
}

TimePoint HttpLoad::NextDue() const {
  if (stopping_) return Now() + kLongestWait;
  const TimePoint request = idle_.empty() ? TimePoint::max() : due_;
  // A minute is as good as for ever, and can be subtracted from.
  return std::min({request, switcher_.due(), Now() + std::chrono::minutes(1)});
}

void HttpLoad::SendDue(TimePoint now) {
  while (due_ <= now && !idle_.empty()) {
    const size_t index = idle_.back();
    idle_.pop_back();
    SendOn(index, due_);
    due_ += interval_;
  }
  if (switcher_.enabled() && switcher_.due() <= now) switcher_.Order(Now());
}

// A send that fails is not looked at here: the connection's next event tells, and counts it.
void HttpLoad::SendOn(size_t index, TimePoint started) {
  ++busy_;
  connections_[index].Send(options_.request, started);
}

absl::Status HttpLoad::OnEvent(uint64_t tag) {
  if (tag == connections_.size()) return switcher_.Advance(Now());
  const HttpConnection::Progress progress = connections_[tag].Advance();
  if (progress == HttpConnection::Progress::kPending) return absl::OkStatus();
  const TimePoint now = Now();
  if (progress == HttpConnection::Progress::kBroken) return OnBroken(tag, now);
  OnAnswer(tag, now);
  if (connections_[tag].must_reopen()) HUIDU_RETURN_IF_ERROR(connections_[tag].Open(address_, epoll_.get(), tag));
  NextOn(tag, now);
  return absl::OkStatus();
}

absl::Status HttpLoad::OnBroken(size_t index, TimePoint now) {
  HttpConnection& connection = connections_[index];
  const bool asked = connection.busy();
  if (asked) {
    recorder_.Failure("connection closed before the answer, or an answer that is not HTTP", connection.started(), now);
    --busy_;
  }
  // An unused connection that the server closes is nobody's loss.
  HUIDU_RETURN_IF_ERROR(connection.Open(address_, epoll_.get(), index));
  if (asked) NextOn(index, now);
  return absl::OkStatus();
}

void HttpLoad::OnAnswer(size_t index, TimePoint now) {
  const HttpConnection& connection = connections_[index];
  const ResponseHead& head = connection.head();
  --busy_;
  if (head.status != 200) return recorder_.Failure(FailureOf(connection), connection.started(), now);
  if (head.model_version.empty() && options_.expect_version) {
    return recorder_.Failure("answer without x-model-version", connection.started(), now);
  }
  recorder_.Success(head.model_version, connection.started(), now);
  switcher_.OnAnswer(head.model_version, now);
}

void HttpLoad::NextOn(size_t index, TimePoint now) {
  if (stopping_ || recorder_.Done(now)) return;
  if (interval_ > Duration::zero()) {
    idle_.push_back(index);
  } else {
    SendOn(index, now);
  }
}

}  // namespace huidu::bench
