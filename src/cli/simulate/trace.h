#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "health/period.h"

namespace huidu::cli {

// What both versions did until a moment, since the row before.
struct TraceRow {
  double seconds = 0;
  health::Period stable, candidate;
};

// Recorded figures, by time.
struct Trace {
  std::vector<TraceRow> rows;
  health::Span step{0};  // the usual time from row to row

  double first_seconds() const { return rows.front().seconds; }
  double last_seconds() const { return rows.back().seconds; }
};

inline constexpr size_t kMaxTraceBytes = size_t{64} << 20;

// Reads a CSV file with a header. `file` is its name for error messages, which are "file:line:column: what is wrong"
// (InvalidArgument). docs/reference/rollout-rules.md lists the columns. Empty fields and absent columns are no data.
absl::StatusOr<Trace> ParseTrace(std::string_view text, std::string_view file);

// Latencies that have these quantiles (share of requests, milliseconds), rising in both: what is between two of them is
// interpolated in the logarithm, what is below the first or above the last counts as these. So a window of such rows
// has the right P50 and P99, but its P99.9 is at most the greatest P99.
health::LatencyHistogram HistogramOf(uint64_t requests, const std::vector<std::pair<double, double>>& quantiles);

}  // namespace huidu::cli
