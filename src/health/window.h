#pragma once

#include <deque>
#include <vector>

#include "health/memory_slope.h"
#include "health/period.h"

namespace huidu::health {

struct WindowOptions {
  Span sampling_period{1000};
  Span longest{60'000};         // what Over() can look back
  Span memory_warm_up{60'000};  // memory counts only so long after the version's first request
};

// What a version did over some time.
struct Figures {
  Period sum;
  std::vector<GaugeSample> memory_mb;  // after the warm-up
  std::vector<GaugeSample> gpu_memory_mb;
};

// The newest sampling periods of one version, and the sum of all since the beginning. Its time line is the time that
// was observed: the sum of the lengths of what it was given. A calendar that jumps does not disturb it.
//
// A period may come in parts (a driver that looks at once when something fails); they are joined into whole ones.
//
// Runs on: one thread at a time.
// Lives:   a value. Memory: at most kMaxPeriods periods.
class Window {
 public:
  static constexpr size_t kMaxPeriods = 3600;

  Window() = default;
  explicit Window(const WindowOptions& options) : options_(options) {}

  // Adds the time that follows what it has. True: with it a sampling period is whole, which is periods().back().
  bool Add(const Period& period);

  // The newest periods, with the one that is not whole yet, until they last `span`.
  Figures Over(Span span) const;
  // Since the beginning. Gauge samples are those of the newest periods.
  Figures All() const;

  const std::deque<Period>& periods() const { return periods_; }  // oldest first
  const Period& total() const { return total_; }
  const WindowOptions& options() const { return options_; }

  // What a file must hold to build the same window again.
  struct Saved {
    std::vector<Period> periods;
    Period total;
    Span observed{0};
    std::optional<Span> first_request;
    bool open = false;
    bool operator==(const Saved&) const = default;
  };
  Saved Save() const;
  static Window Restore(const WindowOptions& options, Saved saved);

 private:
  Figures Newest(size_t count) const;

  WindowOptions options_;
  std::deque<Period> periods_;
  Period total_;
  Span observed_{0};                   // end of the newest period on the time line
  std::optional<Span> first_request_;  // on the time line
  bool open_ = false;                  // the newest period is not whole
};

}  // namespace huidu::health
