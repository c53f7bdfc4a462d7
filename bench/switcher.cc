#include "bench/switcher.h"

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace huidu::bench {

absl::Status Switcher::Open(int epoll, uint64_t tag, TimePoint first_order) {
  if (!enabled()) return absl::OkStatus();
  HUIDU_ASSIGN_OR_RETURN(const sockaddr_in address, ParseAddress(options_.admin));
  HUIDU_RETURN_IF_ERROR(Annotate(connection_.Open(address, epoll, tag), "admin port"));
  for (const std::string& version : options_.versions) {
    const nlohmann::json body = {{"version", version}, {"reason", "benchmark"}};
    requests_.push_back(BuildPost(options_.admin, StrCat("/admin/v1/models/", options_.model, "/switch"), body.dump()));
  }
  due_ = first_order;
  return absl::OkStatus();
}

void Switcher::Order(TimePoint now) {
  const size_t turn = events_.size() % options_.versions.size();
  events_.push_back({.version = options_.versions[turn], .ordered = now});
  waiting_ = true;
  due_ = now + std::chrono::duration_cast<Duration>(std::chrono::duration<double>(options_.every_seconds));
  connection_.Send(requests_[turn], now);  // if it breaks, an event says so
}

absl::Status Switcher::Advance(TimePoint now) {
  switch (connection_.Advance()) {
    case HttpConnection::Progress::kPending: return absl::OkStatus();
    case HttpConnection::Progress::kBroken: return absl::UnavailableError("the admin port closed the connection");
    case HttpConnection::Progress::kAnswered: break;
  }
  Event& event = events_.back();
  event.confirmed = now;
  event.status = connection_.head().status;
  event.body = connection_.body();
  if (event.status != 200) {
    ++refused_;
    waiting_ = false;
  }
  if (connection_.must_reopen()) return absl::UnavailableError("the admin port does not keep the connection alive");
  return absl::OkStatus();
}

void Switcher::OnFirstAnswer(TimePoint now) {
  waiting_ = false;
  events_.back().first_answer = now;
}

nlohmann::json Switcher::Report() const {
  nlohmann::json report = nlohmann::json::array();
  const auto ms = [](const Event& event, TimePoint at) -> nlohmann::json {
    if (at == TimePoint()) return nullptr;
    return std::chrono::duration<double, std::milli>(at - event.ordered).count();
  };
  for (const Event& event : events_) {
    report.push_back({{"version", event.version},
                      {"ordered_ns", ToNanos(event.ordered)},
                      {"confirmed_ms", ms(event, event.confirmed)},
                      {"first_answer_ms", ms(event, event.first_answer)},
                      {"status", event.status},
                      {"body", event.body}});
  }
  return report;
}

}  // namespace huidu::bench
