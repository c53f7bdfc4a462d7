#include "front/rollout/check_history.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "rollout/span_text.h"

namespace huidu::front {
namespace {

using health::Span;
using nlohmann::json;

constexpr char kPrefix[] = "check/";
// Clocks of two machines may be so far apart.
constexpr Span kClockSkew = std::chrono::minutes(5);

std::string KeyOf(const std::string& model, const RecordedCheck& check) {
  return StrCat(kPrefix, model, "/", check.content_hash, "/", check.dataset_sha256);
}

bool Counts(const RecordedCheck& check, const rollout::RequireCheck& wanted) {
  return wanted.dataset.empty() || wanted.dataset == check.dataset || wanted.dataset == check.dataset_sha256;
}

absl::Status Forget(state::Store& store, const std::string& key) {
  const absl::Status status = store.Delete(key);
  if (!status.ok()) log::Warning("an old check stays in the store", {{"reason", std::string(Text(status))}});
  return status;
}

}  // namespace

void CheckHistory::Restore() {
  const auto kept = store_.List(kPrefix);
  if (!kept.ok()) {
    log::Error("recorded checks cannot be read", {{"reason", std::string(Text(kept.status()))}});
    return;
  }
  for (const auto& [key, text] : *kept) {
    const std::string model = key.substr(sizeof(kPrefix) - 1, key.find('/', sizeof(kPrefix) - 1) - sizeof(kPrefix) + 1);
    absl::StatusOr<RecordedCheck> check = StoredCheckFromJson(json::parse(text, nullptr, /*allow_exceptions=*/false));
    if (check.ok()) {
      checks_[model][key] = *std::move(check);
    } else {
      log::Error("a recorded check cannot be read and does not count",
                 {{"key", key}, {"reason", std::string(Text(check.status()))}});
    }
  }
  for (auto& [model, checks] : checks_) DropOld(model);
}

bool CheckHistory::Expired(const RecordedCheck& check) const {
  return clock_() - check.time > rollout::kLongestCheckAge;
}

absl::Status CheckHistory::Add(const std::string& model, RecordedCheck check) {
  if (check.time - clock_() > kClockSkew) {
    return absl::InvalidArgumentError(StrCat("time: ", TimeText(check.time), " is in the future; here it is ",
                                             TimeText(clock_()), ". Set the clocks; nothing was changed"));
  }
  if (Expired(check)) {
    return absl::InvalidArgumentError(StrCat("time: ", TimeText(check.time), " is more than ",
                                             rollout::FormatSpan(rollout::kLongestCheckAge),
                                             " ago, for which checks are kept; check anew"));
  }
  const std::string key = KeyOf(model, check);
  auto& checks = checks_[model];
  if (const auto found = checks.find(key); found != checks.end() && found->second.time > check.time) {
    return absl::FailedPreconditionError(StrCat("a later check of this content on data set '", check.dataset,
                                                "' is recorded, of ", TimeText(found->second.time),
                                                "; nothing was changed"));
  }
  HUIDU_RETURN_IF_ERROR(store_.Put(key, ToJson(check).dump()));
  checks[key] = std::move(check);
  DropOld(model);
  return absl::OkStatus();
}

void CheckHistory::DropOld(const std::string& model) {
  auto& checks = checks_[model];
  for (auto i = checks.begin(); i != checks.end();) {
    const bool drop = Expired(i->second);
    if (drop) (void)Forget(store_, i->first);
    i = drop ? checks.erase(i) : std::next(i);
  }
  while (checks.size() > kMostPerModel) {
    const auto oldest = std::min_element(checks.begin(), checks.end(),
                                         [](const auto& a, const auto& b) { return a.second.time < b.second.time; });
    (void)Forget(store_, oldest->first);
    checks.erase(oldest);
  }
}

std::vector<RecordedCheck> CheckHistory::List(const std::string& model) const {
  std::vector<RecordedCheck> list;
  if (const auto found = checks_.find(model); found != checks_.end()) {
    for (const auto& [key, check] : found->second) {
      if (!Expired(check)) list.push_back(check);
    }
  }
  std::stable_sort(list.begin(), list.end(),
                   [](const RecordedCheck& a, const RecordedCheck& b) { return a.time > b.time; });
  return list;
}

absl::StatusOr<RecordedCheck> CheckHistory::Admit(const std::string& model, const std::string& content_hash,
                                                  const rollout::RequireCheck& wanted) const {
  const std::string on = wanted.dataset.empty() ? "" : StrCat(" on data set '", wanted.dataset, "'");
  const auto refuse = [&](const std::string& why) {
    return absl::FailedPreconditionError(StrCat("a passed check", on, ": ", why));
  };
  const std::vector<RecordedCheck> list = List(model);
  const auto last = std::find_if(list.begin(), list.end(), [&](const RecordedCheck& check) {
    return check.content_hash == content_hash && Counts(check, wanted);
  });
  if (last == list.end()) return refuse(StrCat("none is recorded for content hash ", content_hash));
  if (!last->passed) {
    return refuse(StrCat("the last one of this content, at ", TimeText(last->time), " on data set '", last->dataset,
                         "', did not pass: ", WhyNotPassed(*last)));
  }
  if (!last->Compared()) {
    return refuse(StrCat("the last one of this content, at ", TimeText(last->time), " on data set '", last->dataset,
                         "', compared its answers with nothing: it had neither a baseline nor expected answers, or "
                         "does not say so"));
  }
  const Span age = clock_() - last->time;
  if (age > wanted.max_age) {
    return refuse(StrCat("the last one of this content, at ", TimeText(last->time), ", is ", rollout::ReadableSpan(age),
                         " old; max_age is ", rollout::ReadableSpan(wanted.max_age)));
  }
  return *last;
}

}  // namespace huidu::front
