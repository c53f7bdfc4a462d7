#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "base/clock.h"
#include "bench/histogram.h"

namespace huidu::bench {

// How long a run goes on, and what is kept of it.
struct RunOptions {
  double seconds = 5.0;         // measured time; ignored if `requests` is given
  uint64_t requests = 0;        // measured requests
  double warmup_seconds = 0;    // before it; requests are sent and checked, not measured
  double rate = 0;              // requests per second, evenly spaced; 0: the next when the last was answered
  double progress_seconds = 0;  // a JSON line on standard output this often; 0: never
  std::string samples_file;     // one Sample a request; empty: none
  const std::atomic<bool>* stop = nullptr;  // ends the measured time early once it is true
};

// What came of one request, as the samples file holds it, in the machine's byte order.
struct Sample {
  uint64_t done_ns;  // CLOCK_MONOTONIC
  uint32_t latency_ns;
  uint16_t version;  // index into the report's "versions"; 65535: it failed
  uint16_t reserved;
};
static_assert(sizeof(Sample) == 16);

// Takes down what came of every request of one run and tells when the run is over.
//
// Use:     Start(), then Success() or Failure() for each request until Done(); requests that are out then are awaited
//          and recorded too: none may be lost. Then Report().
// Runs on: one thread.
class Recorder {
 public:
  explicit Recorder(RunOptions options) : options_(std::move(options)) {}

  void Start(TimePoint now);
  void Success(std::string_view version, TimePoint started, TimePoint now);
  void Failure(std::string_view reason, TimePoint started, TimePoint now);
  bool Done(TimePoint now) const {
    const bool enough = options_.requests != 0 && in_window_ >= options_.requests;
    return enough || now >= end_ || (options_.stop != nullptr && *options_.stop);
  }

  const RunOptions& options() const { return options_; }
  TimePoint measure_from() const { return measure_from_; }
  uint64_t failed() const { return failed_; }

  // Ends the measured time. Rates are requests answered within it; counts are of all requests.
  void Finish(TimePoint now);
  nlohmann::json Report() const;
  // Error: the file cannot be written.
  absl::Status WriteSamples() const;

 private:
  struct Version {
    std::string name;
    uint64_t answers = 0;
    TimePoint first;
  };
  static constexpr uint16_t kFailed = 65535;

  uint16_t VersionIndex(std::string_view name, TimePoint now);
  void Keep(uint16_t version, TimePoint started, TimePoint now);
  void PrintProgress(TimePoint now);

  const RunOptions options_;
  TimePoint begin_, measure_from_;
  TimePoint end_ = TimePoint::max();  // planned
  TimePoint finished_;                // zero: not yet

  Histogram latency_;
  uint64_t answered_ = 0;   // all
  uint64_t failed_ = 0;     // all
  uint64_t in_window_ = 0;  // answered within the measured time
  std::vector<Version> versions_;
  size_t last_version_ = 0;
  std::map<std::string, uint64_t, std::less<>> failures_;
  std::vector<Sample> samples_;

  TimePoint next_progress_ = TimePoint::max();
  TimePoint progress_from_;
  Histogram since_progress_;
};

// {"count", "mean_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms"}
nlohmann::json ToJson(const Histogram& histogram);

}  // namespace huidu::bench
