#include "bench/recorder.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <nlohmann/json.hpp>

#include "base/status.h"

namespace huidu::bench {
namespace {

using nlohmann::json;

Duration Seconds(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}
double InSeconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }
double Ms(double nanos) { return nanos / 1e6; }

uint64_t Nanos(TimePoint from, TimePoint to) {
  return static_cast<uint64_t>(std::max<int64_t>(0, ToNanos(to) - ToNanos(from)));
}

void PrintLine(const json& line) {
  std::puts(line.dump().c_str());
  std::fflush(stdout);
}

}  // namespace

json ToJson(const Histogram& histogram) {
  const auto at = [&](double quantile) { return Ms(static_cast<double>(histogram.Quantile(quantile))); };
  return {{"count", histogram.count()},
          {"mean_ms", Ms(histogram.Mean())},
          {"p50_ms", at(0.5)},
          {"p90_ms", at(0.9)},
          {"p99_ms", at(0.99)},
          {"p999_ms", at(0.999)},
          {"max_ms", Ms(static_cast<double>(histogram.max()))}};
}

void Recorder::Start(TimePoint now) {
  begin_ = now;
  measure_from_ = now + Seconds(options_.warmup_seconds);
  if (options_.requests == 0) end_ = measure_from_ + Seconds(options_.seconds);
  progress_from_ = now;
  if (options_.progress_seconds > 0) next_progress_ = now + Seconds(options_.progress_seconds);
  if (!options_.samples_file.empty()) samples_.reserve(1'000'000);
}

void Recorder::Success(std::string_view version, TimePoint started, TimePoint now) {
  ++answered_;
  Keep(VersionIndex(version, now), started, now);
}

void Recorder::Failure(std::string_view reason, TimePoint started, TimePoint now) {
  constexpr size_t kMaxReasons = 20;
  ++failed_;
  auto known = failures_.find(reason);
  if (known == failures_.end()) {
    known = failures_.emplace(failures_.size() < kMaxReasons ? reason : "others", 0).first;
  }
  ++known->second;
  Keep(kFailed, started, now);
}

void Recorder::Keep(uint16_t version, TimePoint started, TimePoint now) {
  const uint64_t nanos = Nanos(started, now);
  if (finished_ == TimePoint() && now >= measure_from_) {
    ++in_window_;
    latency_.Add(nanos);
  }
  if (!options_.samples_file.empty()) {
    const auto latency = static_cast<uint32_t>(std::min<uint64_t>(nanos, UINT32_MAX));
    samples_.push_back({static_cast<uint64_t>(ToNanos(now)), latency, version, 0});
  }
  if (options_.progress_seconds > 0) {
    since_progress_.Add(nanos);
    if (now >= next_progress_) PrintProgress(now);
  }
}

uint16_t Recorder::VersionIndex(std::string_view name, TimePoint now) {
  if (last_version_ >= versions_.size() || versions_[last_version_].name != name) {
    const auto known = std::ranges::find(versions_, name, &Version::name);
    last_version_ = static_cast<size_t>(known - versions_.begin());
    if (known == versions_.end()) versions_.push_back({std::string(name), 0, now});
    if (options_.progress_seconds > 0) {
      PrintLine({{"event", "version"}, {"version", name}, {"at_ns", ToNanos(now)}});
    }
  }
  ++versions_[last_version_].answers;
  return static_cast<uint16_t>(last_version_);
}

void Recorder::PrintProgress(TimePoint now) {
  json line = ToJson(since_progress_);
  line["event"] = "progress";
  line["elapsed_s"] = InSeconds(now - begin_);
  line["rate"] = static_cast<double>(since_progress_.count()) / InSeconds(now - progress_from_);
  line["requests"] = answered_ + failed_;
  line["failed"] = failed_;
  for (const Version& version : versions_) line["versions"][version.name] = version.answers;
  PrintLine(line);
  since_progress_.Clear();
  progress_from_ = now;
  next_progress_ = now + Seconds(options_.progress_seconds);
}

void Recorder::Finish(TimePoint now) { finished_ = now; }

json Recorder::Report() const {
  const double seconds = InSeconds(finished_ - measure_from_);
  json report = {{"requests", answered_ + failed_},
                 {"answered", answered_},
                 {"failed", failed_},
                 {"failures", failures_},
                 {"measured_seconds", seconds},
                 {"requests_per_second", seconds > 0 ? static_cast<double>(in_window_) / seconds : 0.0},
                 {"measured_from_ns", ToNanos(measure_from_)},
                 {"latency", ToJson(latency_)},
                 {"versions", json::array()}};
  for (const Version& version : versions_) {
    report["versions"].push_back(
        {{"version", version.name}, {"answers", version.answers}, {"first_answer_ns", ToNanos(version.first)}});
  }
  return report;
}

absl::Status Recorder::WriteSamples() const {
  if (options_.samples_file.empty()) return absl::OkStatus();
  std::ofstream file(options_.samples_file, std::ios::binary | std::ios::trunc);
  file.write(reinterpret_cast<const char*>(samples_.data()),
             static_cast<std::streamsize>(samples_.size() * sizeof(Sample)));
  file.close();
  if (!file) return absl::UnavailableError(StrCat("cannot write the samples to ", options_.samples_file));
  return absl::OkStatus();
}

}  // namespace huidu::bench
