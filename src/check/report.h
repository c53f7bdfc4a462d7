#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "check/dataset.h"
#include "check/result.h"

namespace huidu::check {

// The result for machines. Keys are stable; docs/check.md lists them.
std::string JsonReport(const Dataset& dataset, const CheckResult& result);

// The result for people: one HTML file without anything from elsewhere. Verdicts, accuracy by category, latency,
// memory, and the worst samples side by side with their pictures.
std::string HtmlReport(const Dataset& dataset, const CheckResult& result);

// What a server keeps of the result, as POST /admin/v1/models/{model}/checks takes it: hashes, data set, verdicts. Of
// more verdicts or longer texts than it takes, those that did not pass come first.
nlohmann::ordered_json RecordOf(const CheckResult& result);

// The samples to show: those that the candidate got worse first, at most `most`; the same and right ones are left out.
std::vector<const SampleResult*> Worst(const CheckResult& result, size_t most);

std::string_view Name(State state);

}  // namespace huidu::check
