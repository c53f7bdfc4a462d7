#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "front/table/serving_table.h"

// What the serving table holds, as the protocol's JSON. Pure functions of one table.
namespace huidu::front::rest {

std::string DescribeServer();

std::string DescribeModel(const ServingTable& table, const Servable& servable);
// In the words of Triton's model configuration.
std::string DescribeConfig(const Servable& servable);
// {"name","ready"}
// `reason`: why it is not; empty: left out.
std::string DescribeReadiness(std::string_view model, bool ready, std::string_view reason);

// Figures of one version, of every loaded version of a model (no version), or of all (no model). Error: NotFound.
absl::StatusOr<std::string> DescribeStatistics(const ServingTable& table, std::string_view model,
                                               std::string_view version);

// Every known version with its state.
std::string DescribeIndex(const ServingTable& table, bool only_ready);

}  // namespace huidu::front::rest
