#include "front/rollout/data_path.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "rollout/hedge_bounds.h"

namespace huidu::front {
namespace {

using nlohmann::json;

constexpr uint64_t kEnoughAnswers = 100;

// In the order of CompareKind.
constexpr std::array<std::string_view, 4> kCompareKinds = {"exact", "tolerance", "top1", "text_edit_distance"};

absl::Status ReadNumber(const json& object, const char* of, const char* name, double low, double high, double& out) {
  const auto found = object.find(name);
  if (found == object.end()) return absl::OkStatus();
  if (found->is_number() && found->get<double>() >= low && found->get<double>() <= high) {
    out = found->get<double>();
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(StrCat(of, ".", name, ": expected a number from ", low, " to ", high));
}

absl::Status ReadHedge(const json& hedge, DataPath& options) {
  if (hedge.is_boolean()) {
    options.hedge = hedge.get<bool>();
    return absl::OkStatus();
  }
  if (!hedge.is_object()) return absl::InvalidArgumentError("hedge: expected true, false or an object");
  for (const auto& [name, value] : hedge.items()) {
    if (name != "quantile" && name != "factor" && name != "min_ms") {
      return absl::InvalidArgumentError(StrCat("hedge.", name, ": unknown; it has quantile, factor and min_ms"));
    }
  }
  options.hedge = true;
  double min_ms = static_cast<double>(options.hedge_min.count());
  absl::Status status = ReadNumber(hedge, "hedge", "quantile", rollout::kHedgeQuantile.low,
                                   rollout::kHedgeQuantile.high, options.hedge_quantile);
  if (status.ok())
    status = ReadNumber(hedge, "hedge", "factor", rollout::kHedgeFactor.low, rollout::kHedgeFactor.high,
                        options.hedge_factor);
  if (status.ok())
    status = ReadNumber(hedge, "hedge", "min_ms", rollout::kHedgeMinMs.low, rollout::kHedgeMinMs.high, min_ms);
  options.hedge_min = std::chrono::milliseconds(static_cast<int64_t>(min_ms));
  return status;
}

absl::Status ReadCompareKind(const json& how, CompareKind& kind) {
  const auto found =
      std::find(kCompareKinds.begin(), kCompareKinds.end(), how.is_string() ? how.get<std::string>() : "");
  if (found == kCompareKinds.end()) {
    return absl::InvalidArgumentError("shadow_compare.how: expected exact, tolerance, top1 or text_edit_distance");
  }
  kind = static_cast<CompareKind>(found - kCompareKinds.begin());
  return absl::OkStatus();
}

// A parameter that the chosen comparison would not look at is a mistake.
bool Fits(std::string_view parameter, CompareKind kind) {
  if (parameter == "min_share") return kind == CompareKind::kTop1;
  if (parameter == "max_share") return kind == CompareKind::kText;
  return (parameter == "absolute" || parameter == "relative") && kind != CompareKind::kExact;
}

absl::Status ReadCompare(const json& compare, CompareOptions& options) {
  if (!compare.is_object()) return absl::InvalidArgumentError("shadow_compare: expected an object");
  absl::Status status;
  if (const auto how = compare.find("how"); how != compare.end()) status = ReadCompareKind(*how, options.kind);
  if (!status.ok()) return status;
  for (const auto& [name, value] : compare.items()) {
    if (name == "how" || Fits(name, options.kind)) continue;
    return absl::InvalidArgumentError(StrCat("shadow_compare.", name.substr(0, 64), ": unknown, or of no use for ",
                                             kCompareKinds[static_cast<size_t>(options.kind)]));
  }
  constexpr double kMost = 1e12;
  status = ReadNumber(compare, "shadow_compare", "absolute", 0, kMost, options.absolute);
  if (status.ok()) status = ReadNumber(compare, "shadow_compare", "relative", 0, kMost, options.relative);
  if (status.ok()) status = ReadNumber(compare, "shadow_compare", "min_share", 0, 1, options.min_top1_share);
  if (status.ok()) status = ReadNumber(compare, "shadow_compare", "max_share", 0, 1, options.max_edit_share);
  return status;
}

json ToJson(const CompareOptions& options) {
  json out = {{"how", kCompareKinds[static_cast<size_t>(options.kind)]}};
  if (options.kind == CompareKind::kExact) return out;
  out["absolute"] = options.absolute;
  out["relative"] = options.relative;
  if (options.kind == CompareKind::kTop1) out["min_share"] = options.min_top1_share;
  if (options.kind == CompareKind::kText) out["max_share"] = options.max_edit_share;
  return out;
}

}  // namespace

absl::StatusOr<DataPath> TakeDataPath(json& request) {
  DataPath options;
  if (const auto found = request.find("retry_on_stable"); found != request.end()) {
    if (!found->is_boolean()) return absl::InvalidArgumentError("retry_on_stable: expected true or false");
    options.retry_on_stable = found->get<bool>();
    request.erase(found);
  }
  if (const auto found = request.find("hedge"); found != request.end()) {
    const absl::Status status = ReadHedge(*found, options);
    if (!status.ok()) return status;
    request.erase(found);
  }
  if (const auto found = request.find("shadow_compare"); found != request.end()) {
    const absl::Status status = ReadCompare(*found, options.compare);
    if (!status.ok()) return status;
    request.erase(found);
  }
  if (options.hedge && !options.retry_on_stable) {
    return absl::InvalidArgumentError("hedge: needs retry_on_stable");
  }
  return options;
}

json ToJson(const DataPath& options) {
  json out = {{"retry_on_stable", options.retry_on_stable}, {"shadow_compare", ToJson(options.compare)}};
  if (options.hedge) {
    out["hedge"] = {
        {"quantile", options.hedge_quantile}, {"factor", options.hedge_factor}, {"min_ms", options.hedge_min.count()}};
  }
  return out;
}

std::chrono::nanoseconds Patience(const DataPath& options, const health::LatencyHistogram& stable) {
  if (!options.hedge || stable.count() < kEnoughAnswers) return std::chrono::nanoseconds(0);
  const auto typical =
      std::chrono::nanoseconds(static_cast<int64_t>(stable.QuantileNs(options.hedge_quantile) * options.hedge_factor));
  return std::max<std::chrono::nanoseconds>(typical, options.hedge_min);
}

}  // namespace huidu::front
