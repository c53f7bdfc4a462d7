#include "cli/kept_samples.h"

#include <CLI/CLI.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "cli/http_client.h"

namespace huidu::cli {

void AddSampleFilter(CLI::App& command, SampleFilter& filter, const std::string& version_option) {
  command.add_option(version_option, filter.version, "Only samples of this version");
  command.add_option("--reason", filter.reason,
                     "Only those kept for this: FAILED, SLOW, LOW_CONFIDENCE, DISAGREED, NEGATIVE_FEEDBACK or RANDOM");
  command.add_option("--since", filter.since, "30m, 1h, 7d, a day, or a time");
  command.add_option("--limit", filter.limit, "At most so many, the newest")
      ->check(CLI::Range(1, 10000))
      ->capture_default_str();
}

absl::StatusOr<Json> ListSamples(const AdminOptions& admin, const SampleFilter& filter) {
  std::string target = StrCat("/models/", EncodePathPiece(filter.model), "/samples?limit=", filter.limit);
  for (const auto& [name, value] : {std::pair("version", &filter.version), std::pair("reason", &filter.reason),
                                    std::pair("since", &filter.since)}) {
    if (!value->empty()) StrAppend(&target, "&", name, "=", EncodePathPiece(*value));
  }
  HUIDU_ASSIGN_OR_RETURN(const Json answer, CallAdmin(admin, "GET", target));
  return answer.value("samples", Json::array());
}

absl::StatusOr<Json> FetchSample(const AdminOptions& admin, const std::string& id) {
  return CallAdmin(admin, "GET", StrCat("/samples/", EncodePathPiece(id)));
}

absl::StatusOr<LeftOut> FetchSamples(const AdminOptions& admin, const Json& list, const std::string& reason,
                                     absl::FunctionRef<absl::Status(samples::DataSetItem item)> take) {
  LeftOut left_out;
  for (auto row = list.rbegin(); row != list.rend(); ++row) {
    const std::string id = row->value("id", "");
    const absl::StatusOr<Json> sample = FetchSample(admin, id);
    absl::StatusOr<samples::DataSetItem> item = sample.ok() ? samples::MakeItem(*sample, reason) : sample.status();
    if (item.ok()) {
      HUIDU_RETURN_IF_ERROR(take(*std::move(item)));
    } else {
      left_out[std::string(Text(item.status()))].push_back(id);
    }
  }
  return left_out;
}

}  // namespace huidu::cli
