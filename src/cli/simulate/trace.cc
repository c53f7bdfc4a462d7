#include "cli/simulate/trace.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "base/status.h"

namespace huidu::cli {
namespace {

using health::LatencyHistogram;
using health::Period;

// Fields of one line of the file: a row of one version.
struct Row {
  double seconds = 0;
  std::string_view version;
  Period period;
  std::vector<std::pair<double, double>> quantiles;
};

constexpr std::array<std::pair<std::string_view, double>, 5> kQuantiles = {
    {{"p50_ms", 0.5}, {"p90_ms", 0.9}, {"p95_ms", 0.95}, {"p99_ms", 0.99}, {"p999_ms", 0.999}}};
constexpr std::string_view kErrors = "errors";  // server_errors under a shorter name

std::string KnownColumns() {
  std::string known = "seconds, version, errors";
  for (const auto& field : health::kPeriodCounters) StrAppend(&known, ", ", field.name);
  for (const auto& [name, q] : kQuantiles) StrAppend(&known, ", ", name);
  return known + ", in_flight, memory_mb, gpu_memory_mb";
}

// Reads the lines one after the other and knows where it is, for messages.
class Reader {
 public:
  Reader(std::string_view text, std::string_view file) : rest_(text), file_(file) {}

  absl::StatusOr<Trace> Read();

 private:
  bool NextLine();
  bool NextField(std::string_view& field);
  absl::Status ReadHeader();
  absl::StatusOr<Row> ReadRow();
  absl::Status ReadField(std::string_view column, std::string_view field, Row& row);
  absl::Status FinishRow(Row& row);
  absl::Status Place(const Row& row, Trace& trace);
  absl::StatusOr<double> Number(std::string_view field) const;
  absl::StatusOr<uint64_t> Count(std::string_view field) const;
  template <typename... Args>
  absl::Status Wrong(const Args&... text) const {
    return absl::InvalidArgumentError(StrCat(file_, ":", line_number_, ":", column_, ": ", text...));
  }

  std::string_view rest_, line_;
  const std::string_view file_;
  size_t line_number_ = 0;
  size_t column_ = 1;       // of the field that was read last
  size_t next_column_ = 1;  // 0: the line is read
  std::vector<std::string_view> header_;
  bool has_stable_ = false, has_candidate_ = false;  // at the newest moment
};

// False at the end. Leaves out empty lines.
bool Reader::NextLine() {
  while (!rest_.empty()) {
    const size_t end = rest_.find('\n');
    line_ = rest_.substr(0, end);
    rest_.remove_prefix(end == std::string_view::npos ? rest_.size() : end + 1);
    if (line_.ends_with('\r')) line_.remove_suffix(1);
    ++line_number_;
    column_ = next_column_ = 1;
    if (!line_.empty()) return true;
  }
  return false;
}

bool Reader::NextField(std::string_view& field) {
  if (next_column_ == 0) return false;
  column_ = next_column_;
  const std::string_view left = line_.substr(column_ - 1);
  const size_t comma = left.find(',');
  field = left.substr(0, comma);
  next_column_ = comma == std::string_view::npos ? 0 : column_ + comma + 1;
  return true;
}

absl::Status Reader::ReadHeader() {
  if (!NextLine()) return Wrong("the file is empty; expected a header line: seconds,version,requests,…");
  const std::string known = KnownColumns();
  std::string_view name;
  while (NextField(name)) {
    const bool is_known = StrCat(", ", known, ", ").find(StrCat(", ", name, ", ")) != std::string::npos;
    if (name.empty() || !is_known) return Wrong("unknown column '", name, "': expected one of ", known);
    if (std::find(header_.begin(), header_.end(), name) != header_.end()) return Wrong("column '", name, "' twice");
    header_.push_back(name);
  }
  for (const std::string_view needed : {"seconds", "version"}) {
    if (std::find(header_.begin(), header_.end(), needed) == header_.end()) return Wrong("no column '", needed, "'");
  }
  return absl::OkStatus();
}

absl::StatusOr<double> Reader::Number(std::string_view field) const {
  double number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size() || !(number >= 0 && number <= 1e15)) {
    return Wrong("'", field, "' is no number of 0 or more");
  }
  return number;
}

absl::StatusOr<uint64_t> Reader::Count(std::string_view field) const {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), number);
  if (error != std::errc() || end != field.data() + field.size() || number > 1'000'000'000'000) {
    return Wrong("'", field, "' is no whole number of 0 or more");
  }
  return number;
}

absl::Status Reader::ReadField(std::string_view column, std::string_view field, Row& row) {
  if (column == "version") {
    if (field != "stable" && field != "candidate") return Wrong("version '", field, "': expected stable or candidate");
    row.version = field;
    return absl::OkStatus();
  }
  if (field.empty()) return column == "seconds" ? Wrong("no time in column 'seconds'") : absl::OkStatus();
  for (const auto& [name, counter] : health::kPeriodCounters) {
    if (column != name && !(column == kErrors && name == "server_errors")) continue;
    HUIDU_ASSIGN_OR_RETURN(row.period.*counter, Count(field));
    return absl::OkStatus();
  }
  HUIDU_ASSIGN_OR_RETURN(const double number, Number(field));
  for (const auto& [name, q] : kQuantiles) {
    if (column == name) row.quantiles.emplace_back(q, number);
  }
  if (column == "seconds") row.seconds = number;
  if (column == "in_flight") row.period.in_flight = static_cast<uint64_t>(number);
  if (column == "memory_mb") row.period.memory_mb = number;
  if (column == "gpu_memory_mb") row.period.gpu_memory_mb = number;
  return absl::OkStatus();
}

absl::Status Reader::FinishRow(Row& row) {
  column_ = 1;
  if (!row.period.Plausible()) {
    return Wrong("the counters do not fit each other: more errors than requests, or more correct than labelled");
  }
  std::sort(row.quantiles.begin(), row.quantiles.end());
  for (size_t i = 1; i < row.quantiles.size(); ++i) {
    if (row.quantiles[i].second < row.quantiles[i - 1].second) {
      return Wrong("the latencies fall from quantile to quantile");
    }
  }
  const Period& period = row.period;
  row.period.latency = HistogramOf(period.judged() - period.failures(), row.quantiles);
  return absl::OkStatus();
}

absl::StatusOr<Row> Reader::ReadRow() {
  Row row;
  size_t read = 0;
  std::string_view field;
  while (NextField(field)) {
    if (read == header_.size()) return Wrong("more fields than the header's ", header_.size());
    HUIDU_RETURN_IF_ERROR(ReadField(header_[read++], field, row));
  }
  if (read < header_.size()) return Wrong(read, " fields; the header has ", header_.size());
  HUIDU_RETURN_IF_ERROR(FinishRow(row));
  return row;
}

absl::Status Reader::Place(const Row& row, Trace& trace) {
  if (!trace.rows.empty() && row.seconds < trace.last_seconds()) {
    return Wrong(row.seconds, " s comes after ", trace.last_seconds(), " s: sort the rows by time");
  }
  if (trace.rows.empty() || row.seconds > trace.last_seconds()) {
    trace.rows.push_back({.seconds = row.seconds});
    has_stable_ = has_candidate_ = false;
  }
  const bool is_stable = row.version == "stable";
  bool& has = is_stable ? has_stable_ : has_candidate_;
  if (has) return Wrong("a second row of ", row.version, " at ", row.seconds, " s");
  has = true;
  (is_stable ? trace.rows.back().stable : trace.rows.back().candidate) = row.period;
  return absl::OkStatus();
}

health::Span UsualStep(const Trace& trace) {
  std::vector<double> gaps;
  for (size_t i = 1; i < trace.rows.size(); ++i) gaps.push_back(trace.rows[i].seconds - trace.rows[i - 1].seconds);
  if (gaps.empty()) return health::Span(1000);
  std::nth_element(gaps.begin(), gaps.begin() + static_cast<ptrdiff_t>(gaps.size() / 2), gaps.end());
  return health::Span(std::max<int64_t>(1, std::llround(gaps[gaps.size() / 2] * 1000)));
}

absl::StatusOr<Trace> Reader::Read() {
  HUIDU_RETURN_IF_ERROR(ReadHeader());
  Trace trace;
  while (NextLine()) {
    HUIDU_ASSIGN_OR_RETURN(const Row row, ReadRow());
    HUIDU_RETURN_IF_ERROR(Place(row, trace));
  }
  if (trace.rows.empty()) return Wrong("no rows below the header");
  trace.step = UsualStep(trace);
  return trace;
}

}  // namespace

LatencyHistogram HistogramOf(uint64_t requests, const std::vector<std::pair<double, double>>& quantiles) {
  LatencyHistogram histogram;
  if (quantiles.empty() || requests == 0) return histogram;
  // Each piece stands for an equal part of the requests, at the latency of its middle.
  const uint64_t pieces = std::min<uint64_t>(requests, 400);
  for (uint64_t i = 0; i < pieces; ++i) {
    const double q = (static_cast<double>(i) + 0.5) / static_cast<double>(pieces);
    size_t above = 0;
    while (above < quantiles.size() && quantiles[above].first < q) ++above;
    double ms = above == quantiles.size() ? quantiles.back().second : quantiles[above].second;
    if (above > 0 && above < quantiles.size()) {
      const auto& [q0, ms0] = quantiles[above - 1];
      const auto& [q1, ms1] = quantiles[above];
      const double part = (q - q0) / (q1 - q0);
      ms = std::exp(std::log(std::max(ms0, 1e-3)) * (1 - part) + std::log(std::max(ms1, 1e-3)) * part);
    }
    const uint64_t count = requests * (i + 1) / pieces - requests * i / pieces;
    histogram.Record(static_cast<uint64_t>(std::min(ms * 1e6, 3.6e12)), count);
  }
  return histogram;
}

absl::StatusOr<Trace> ParseTrace(std::string_view text, std::string_view file) {
  if (text.size() > kMaxTraceBytes) return absl::InvalidArgumentError(StrCat(file, ": more than 64 MiB"));
  return Reader(text, file).Read();
}

}  // namespace huidu::cli
