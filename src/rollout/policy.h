#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "health/metric.h"

// What a rollout should do, as plain data with every default filled in. docs/reference/rollout-rules.md explains it to
// users.
namespace huidu::rollout {

using health::Span;
using health::Time;

inline constexpr uint32_t kWhole = 10'000;  // shares are in basis points: 100 is 1 %

enum class StageKind {
  kInternal,  // internal users only
  kShadow,    // and copies of requests, whose answers nobody gets
  kShare,     // and a share of the users
};

// The candidate's content must have passed a check (`huidu check --record`) before its rollout begins, or before a
// stage ends.
struct RequireCheck {
  Span max_age = std::chrono::hours(24 * 7);
  std::string dataset;  // name or sha256 of the only data set that counts; empty: any
};

struct Stage {
  std::string name;
  StageKind kind = StageKind::kShare;
  uint32_t share = 0;         // of the users; kShare only
  uint32_t shadow_share = 0;  // of the requests that stable answers: copied to the candidate; not in kInternal
  // The stage ends when all of these hold and its required rules are good.
  Span min_duration{0};
  uint64_t min_requests = 0;       // that the candidate answered in this stage
  bool wait_for_approval = false;  // a person must approve
  std::vector<std::string> gates;  // checks from outside that must pass
  std::optional<RequireCheck> require_check;
  // When it lasts so long without that, the rollout ends and stable keeps the traffic. Always set: a rollout ends.
  Span max_duration = std::chrono::hours(24);
};

enum class Test {
  kAbsolute,    // the candidate's figure against `limit`
  kRelative,    // the candidate's figure against stable's, see `comparison`
  kSequential,  // single events against stable's, or against `limit`; valid at every look; see sequential.h
};

enum class Comparison {
  kDifference,  // bad: worse than stable's figure by more than `limit`
  kFactor,      // bad: worse than stable's figure times `limit`
};

enum class Against { kStable, kLimit };  // kSequential

struct Rule {
  std::string name;
  health::Metric metric = health::Metric::kErrorRate;
  Test test = Test::kAbsolute;
  health::BadWhen bad_when = health::BadWhen::kAbove;
  // kAbsolute: in the metric's unit. kRelative: by `comparison`. kSequential against stable: by how much more of the
  // candidate's events may be bad (0.01: one in a hundred); against the limit: that share itself.
  double limit = 0;
  Comparison comparison = Comparison::kDifference;  // kRelative
  Against against = Against::kStable;               // kSequential

  // kAbsolute and kRelative: the time the figure is made of. 0: one sampling period, joined with the next ones until it
  // has min_samples. kWholeRollout: all since the rollout began. kSequential looks at every event whatever the window;
  // there it is the time of the figures that status pages show.
  Span window{60'000};
  uint32_t periods = 1;      // how often in a row the figure must be bad, at whole sampling periods
  uint64_t min_samples = 0;  // with fewer there is no verdict; kSequential: fewer candidate events in the stage
  double alpha = 0.001;      // kSequential: the chance that a good candidate is ever called bad by this rule
  bool required = false;     // must be GOOD before a SHADOW or SHARE stage ends
};

// No check is kept for longer.
inline constexpr Span kLongestCheckAge = std::chrono::hours(24 * 90);

inline constexpr Span kWholeRollout = Span::max();

struct Policy {
  std::string candidate;  // version id
  std::vector<Stage> stages;
  std::vector<Rule> rules;
  std::vector<std::string> start_gates;  // must pass before the first stage begins
  std::optional<RequireCheck> require_check;
  Span sampling_period{1000};
  Span bake_time = std::chrono::minutes(10);  // how long both versions stay watched after the promotion
  Span memory_warm_up{60'000};                // memory growth counts only so long after a version's first request
  Span max_pause = std::chrono::hours(24);    // a longer pause, or wait for the start gates, ends the rollout
};

// The rules that hold unless a policy says otherwise.
std::vector<Rule> DefaultRules();

}  // namespace huidu::rollout
