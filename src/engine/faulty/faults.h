#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"

// Faults on purpose, for tests and demonstrations: what is to go wrong, and, for one run of a model, whether it does.
// Plain data and pure functions; nothing here breaks anything.
namespace huidu::engine::faulty {

inline constexpr char kFaultsFile[] = "faults.json";
inline constexpr size_t kMaxFaultsBytes = 64 << 10;

// Which runs a fault befalls. Runs and seconds are counted from the moment at which the file was read, warm-up
// included.
struct When {
  double rate = 1;             // share of the runs, drawn by seed and run number: the same file gives the same runs
  int64_t at_request = 0;      // only this run, counted from 1; 0: any
  int64_t after_requests = 0;  // none of the first so many runs
  double after_seconds = 0;    // none before
};

// Memory that is taken and never given back. What time has made due is taken at the next run.
struct LeakFault {
  When when;
  double mb_per_request = 0;
  double mb_per_second = 0;
  double max_mb = 4096;  // a leak ends the version, not the machine
};

enum class Degrade { kZero, kRotate, kMultiply };

// The content of faults.json. Every part is optional; a part that is not there never happens:
//   {"seed": 7,
//    "latency":  {"ms": 200, "rate": 0.5, "after_requests": 100},
//    "error":    {"rate": 0.03, "after_seconds": 10},     Internal
//    "crash":    {"at_request": 500},                     abort()
//    "hang":     {"at_request": 500},                     the run never ends
//    "leak":     {"mb_per_second": 20, "max_mb": 512},    host memory
//    "gpu_leak": {"mb_per_request": 1},                   as the stand-in for NVML reports it
//    "degrade":  {"how": "rotate", "rate": 0.2}}          zero | rotate | multiply (with "factor")
// Lives: as a value; replaced as a whole.
struct Faults {
  struct Latency {
    When when;
    std::chrono::microseconds time{0};
  };
  struct Degraded {
    When when;
    Degrade how = Degrade::kZero;
    double factor = 1;
  };
  uint64_t seed = 0;
  std::optional<Latency> latency;
  std::optional<When> error;
  std::optional<When> crash;
  std::optional<When> hang;
  std::optional<LeakFault> leak;
  std::optional<LeakFault> gpu_leak;
  std::optional<Degraded> degrade;
};

// What is to go wrong with one run.
struct Plan {
  std::chrono::microseconds latency{0};
  bool fail = false;
  bool crash = false;
  bool hang = false;
  uint64_t leak_bytes = 0;                    // in all so far, by these faults
  uint64_t gpu_leak_bytes = 0;                // likewise
  const Faults::Degraded* degrade = nullptr;  // inside the Faults that were asked
};

// Errors: InvalidArgument naming the field. Unknown fields are refused: a fault that does not happen because of a
// typing error would make a test prove nothing.
absl::StatusOr<Faults> ParseFaults(std::string_view json);

// `run`: counted from 1; `age`: since these faults were read. The same arguments give the same plan.
Plan Decide(const Faults& faults, int64_t run, Duration age);

}  // namespace huidu::engine::faulty
