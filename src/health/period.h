#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "health/latency_histogram.h"

namespace huidu::health {

// The calendar's time: it goes on while the server does not run, and may jump.
using Time = std::chrono::sys_time<std::chrono::milliseconds>;
using Span = std::chrono::milliseconds;

// What one version did in one stretch of time. All counters are increments over that time, never totals.
//
// A request counts once, for the version that was asked first: when stable answers what the candidate failed at, the
// candidate has a server error (or a deadline) and stable has nothing.
struct Period {
  Time start{};
  Span length{0};

  uint64_t requests = 0;       // all that this version was asked, with those below
  uint64_t server_errors = 0;  // failed by the version's fault, also because its worker died
  uint64_t deadlines = 0;      // not answered in time
  uint64_t overloads = 0;      // refused because the version's queue was full
  uint64_t client_errors = 0;  // wrong requests; they never count against a version
  uint64_t worker_deaths = 0;  // unexpected ends of a worker process

  uint64_t labelled = 0;  // feedback that says right or wrong
  uint64_t correct = 0;
  uint64_t golden_labelled = 0;  // golden samples that were run
  uint64_t golden_correct = 0;
  uint64_t compared = 0;  // shadow answers that were compared with stable's
  uint64_t agreed = 0;
  uint64_t scored = 0;  // feedback with a score
  double score_sum = 0;

  LatencyHistogram latency;  // of answered requests, from arrival to answer
  LatencyHistogram queue;    // the part of it before a worker had the request

  // Gauges, as they stood at the end; empty: not measured.
  std::optional<uint64_t> in_flight;
  std::optional<double> memory_mb;      // resident, all workers of the version
  std::optional<double> gpu_memory_mb;  // of the same processes

  // Requests that can tell something about the version.
  uint64_t judged() const;
  uint64_t failures() const { return server_errors + deadlines; }

  // Adds what happened in `later`, which follows this period; its gauges replace these.
  void Append(const Period& later);
  void AppendWithoutHistograms(const Period& later);
  // Whether the counters fit each other; what a driver or a file says need not.
  bool Plausible() const;

  bool operator==(const Period&) const = default;
};

struct PeriodCounter {
  std::string_view name;
  uint64_t Period::*counter;
};
// Every counter by its name, for files and loops.
inline constexpr std::array<PeriodCounter, 13> kPeriodCounters = {{
    {"requests", &Period::requests},
    {"server_errors", &Period::server_errors},
    {"deadlines", &Period::deadlines},
    {"overloads", &Period::overloads},
    {"client_errors", &Period::client_errors},
    {"worker_deaths", &Period::worker_deaths},
    {"labelled", &Period::labelled},
    {"correct", &Period::correct},
    {"golden_labelled", &Period::golden_labelled},
    {"golden_correct", &Period::golden_correct},
    {"compared", &Period::compared},
    {"agreed", &Period::agreed},
    {"scored", &Period::scored},
}};

}  // namespace huidu::health
