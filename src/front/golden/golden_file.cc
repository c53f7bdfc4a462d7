#include "front/golden/golden_file.h"

#include <algorithm>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;

absl::Status TakeNumber(json& line, const char* name, double& out) {
  const auto found = line.find(name);
  if (found == line.end()) return absl::OkStatus();
  if (!found->is_number() || !(found->get<double>() >= 0)) {
    return absl::InvalidArgumentError(StrCat(name, ": expected a number, 0 or more"));
  }
  out = found->get<double>();
  line.erase(found);
  return absl::OkStatus();
}

absl::StatusOr<GoldenSample> ParseLine(std::string_view text) {
  json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object())
    return absl::InvalidArgumentError("expected a JSON object: a request with inputs and expected");
  if (!line.contains("inputs")) return absl::InvalidArgumentError("inputs is missing");
  if (!line.contains("expected")) return absl::InvalidArgumentError("expected is missing: what is the right answer?");
  GoldenSample sample;
  sample.expected = std::move(line["expected"]);
  line.erase("expected");
  HUIDU_RETURN_IF_ERROR(TakeNumber(line, "absolute", sample.tolerance.absolute));
  HUIDU_RETURN_IF_ERROR(TakeNumber(line, "relative", sample.tolerance.relative));
  sample.request = line.dump(-1, ' ', false, json::error_handler_t::replace);
  return sample;
}

}  // namespace

absl::StatusOr<std::vector<GoldenSample>> ParseGolden(std::string_view text) {
  std::vector<GoldenSample> samples;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.front() == '#') continue;
    absl::StatusOr<GoldenSample> sample = ParseLine(line);
    if (sample.ok() && samples.size() == kMaxGoldenSamples) {
      sample = absl::InvalidArgumentError(StrCat("more than ", kMaxGoldenSamples, " samples"));
    }
    if (!sample.ok()) return Annotate(sample.status(), StrCat("line ", number));
    samples.push_back(*std::move(sample));
  }
  if (samples.empty()) return absl::InvalidArgumentError("holds no sample");
  return samples;
}

}  // namespace huidu::front
