#include "front/rollout/data_path.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

constexpr uint64_t kEnoughAnswers = 100;

absl::Status ReadNumber(const json& hedge, const char* name, double low, double high, double& out) {
  const auto found = hedge.find(name);
  if (found == hedge.end()) return absl::OkStatus();
  if (found->is_number() && found->get<double>() >= low && found->get<double>() <= high) {
    out = found->get<double>();
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(StrCat("hedge.", name, ": expected a number from ", low, " to ", high));
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
  absl::Status status = ReadNumber(hedge, "quantile", 0.5, 0.9999, options.hedge_quantile);
  if (status.ok()) status = ReadNumber(hedge, "factor", 1, 100, options.hedge_factor);
  if (status.ok()) status = ReadNumber(hedge, "min_ms", 1, 60'000, min_ms);
  options.hedge_min = std::chrono::milliseconds(static_cast<int64_t>(min_ms));
  return status;
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
  if (options.hedge && !options.retry_on_stable) {
    return absl::InvalidArgumentError("hedge: needs retry_on_stable");
  }
  return options;
}

json ToJson(const DataPath& options) {
  json out = {{"retry_on_stable", options.retry_on_stable}};
  if (options.hedge) {
    out["hedge"] = {{"quantile", options.hedge_quantile},
                    {"factor", options.hedge_factor},
                    {"min_ms", options.hedge_min.count()}};
  }
  return out;
}

std::chrono::nanoseconds Patience(const DataPath& options, const health::LatencyHistogram& stable) {
  if (!options.hedge || stable.count() < kEnoughAnswers) return std::chrono::nanoseconds(0);
  const auto typical = std::chrono::nanoseconds(
      static_cast<int64_t>(stable.QuantileNs(options.hedge_quantile) * options.hedge_factor));
  return std::max<std::chrono::nanoseconds>(typical, options.hedge_min);
}

}  // namespace huidu::front
