#include "front/rollout/stored_baselines.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "rollout/state_json.h"

namespace huidu::front {
namespace {

using health::Period;
using health::Time;
using nlohmann::json;

constexpr char kPrefix[] = "baseline/";

std::string KeyOf(const std::string& model, const std::string& hash) { return StrCat(kPrefix, model, "/", hash); }

int64_t Millis(Time time) { return time.time_since_epoch().count(); }

// What tells how good answers are; the number of requests or a gauge's last value says nothing of another day, and
// golden samples may be other ones by now.
bool HasBaseline(health::Metric metric) {
  using enum health::Metric;
  return metric == kErrorRate || metric == kOverloadRate || health::IsLatency(metric) || metric == kQueueP50Ms ||
         metric == kQueueP99Ms || metric == kAccuracy || metric == kScore;
}

bool IsEmpty(const Period& period) {
  return std::all_of(health::kPeriodCounters.begin(), health::kPeriodCounters.end(),
                     [&](const health::PeriodCounter& field) { return period.*field.counter == 0; });
}

void Warn(const absl::Status& status) {
  if (!status.ok()) log::Warning("baselines are kept in memory only", {{"reason", std::string(Text(status))}});
}

}  // namespace

json StoredBaselines::ToJson(const Entry& entry) {
  return {{"older", rollout::ToJson(entry.older)},
          {"older_end", Millis(entry.older_end)},
          {"newer", rollout::ToJson(entry.newer)},
          {"newer_end", Millis(entry.newer_end)}};
}

bool StoredBaselines::FromJson(const json& document, Entry& entry) {
  if (!document.is_object()) return false;
  for (const char* name : {"older_end", "newer_end"}) {
    if (!document.contains(name) || !document[name].is_number_integer()) return false;
  }
  const auto older = rollout::PeriodFromJson(document.value("older", json()));
  const auto newer = rollout::PeriodFromJson(document.value("newer", json()));
  if (!older.ok() || !newer.ok()) return false;
  entry.older = *older;
  entry.newer = *newer;
  entry.older_end = Time(health::Span(document["older_end"].get<int64_t>()));
  entry.newer_end = Time(health::Span(document["newer_end"].get<int64_t>()));
  return true;
}

void StoredBaselines::Restore(Time now) {
  const auto kept = store_.List(kPrefix);
  if (!kept.ok()) return Warn(kept.status());
  for (const auto& [key, text] : *kept) {
    const size_t slash = key.rfind('/');
    const std::string model = key.substr(sizeof(kPrefix) - 1, slash - std::min(slash, sizeof(kPrefix) - 1));
    Entry entry;
    if (!FromJson(json::parse(text, nullptr, /*allow_exceptions=*/false), entry)) {
      log::Warning("a stored baseline cannot be read; it begins anew", {{"key", key}});
      continue;
    }
    models_[model][key.substr(slash + 1)] = std::move(entry);
  }
  for (auto& [model, contents] : models_) Forget(model, contents, now);
}

void StoredBaselines::Add(const std::string& model, const std::string& content_hash, const Period& period, Time now) {
  if (content_hash.empty() || IsEmpty(period) || !period.Plausible()) return;
  Contents& contents = models_[model];
  Entry& entry = contents[content_hash];
  if (IsEmpty(entry.newer)) {
    entry.newer.start = now;
  } else if (now - entry.newer.start >= kHalf) {
    entry.older = std::exchange(entry.newer, Period{.start = now});
    entry.older_end = entry.newer_end;
  }
  const Time start = entry.newer.start;
  entry.newer.Append(period);
  entry.newer.start = start;
  entry.newer.in_flight.reset();
  entry.newer.memory_mb.reset();
  entry.newer.gpu_memory_mb.reset();
  entry.newer_end = now;
  entry.changed = true;
  Forget(model, contents, now);
}

void StoredBaselines::Save() {
  for (auto& [model, contents] : models_) {
    for (auto& [hash, entry] : contents) {
      if (std::exchange(entry.changed, false)) Warn(store_.Put(KeyOf(model, hash), ToJson(entry).dump()));
    }
  }
}

void StoredBaselines::Forget(const std::string& model, Contents& contents, Time now) {
  for (auto it = contents.begin(); it != contents.end();) {
    if (now - it->second.newer_end <= kOldest) {
      ++it;
      continue;
    }
    Delete(model, it->first);
    it = contents.erase(it);
  }
  while (contents.size() > kMaxContents) {
    const auto oldest = std::min_element(contents.begin(), contents.end(), [](const auto& a, const auto& b) {
      return a.second.newer_end < b.second.newer_end;
    });
    Delete(model, oldest->first);
    contents.erase(oldest);
  }
}

void StoredBaselines::Delete(const std::string& model, const std::string& content_hash) {
  Warn(store_.Delete(KeyOf(model, content_hash)));
}

Period StoredBaselines::Sum(const Entry& entry, Time now) {
  Period sum;
  if (now - entry.older_end <= kOldest) sum.Append(entry.older);
  if (now - entry.newer_end <= kOldest) sum.Append(entry.newer);
  return sum;
}

rollout::Baselines StoredBaselines::Of(const std::string& model, const std::string& content_hash, Time now) const {
  rollout::Baselines baselines;
  const auto contents = models_.find(model);
  if (contents == models_.end()) return baselines;
  const auto found = contents->second.find(content_hash);
  if (found == contents->second.end()) return baselines;
  const health::Figures figures{.sum = Sum(found->second, now), .memory_mb = {}, .gpu_memory_mb = {}};
  for (const health::MetricInfo& info : health::kMetrics) {
    if (!HasBaseline(info.metric)) continue;
    const auto figure = health::Evaluate(info.metric, figures);
    if (figure && figure->samples >= kMinSamples) baselines[info.metric] = *figure;
  }
  return baselines;
}

json StoredBaselines::Describe(const std::string& model, const std::string& content_hash, Time now) const {
  const rollout::Baselines figures = Of(model, content_hash, now);
  if (figures.empty()) return nullptr;
  const Entry& entry = models_.at(model).at(content_hash);
  const bool has_older = !IsEmpty(entry.older) && now - entry.older_end <= kOldest;
  return {{"from", UtcTimestamp(has_older ? entry.older.start : entry.newer.start)},
          {"to", UtcTimestamp(entry.newer_end)},
          {"figures", rollout::ToJson(figures)}};
}

}  // namespace huidu::front
