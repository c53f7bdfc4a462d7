#pragma once

#include <string_view>

#include "absl/status/status.h"
#include "front/table/serving_table.h"
#include "proto/inference/inference.pb.h"

// What the serving table holds, in the protocol's words. Pure functions of one table.
namespace huidu::front::rpc {

void DescribeServer(inference::ServerMetadataResponse& response);

// A version by its id or label; empty: the live one. Errors: NotFound (the text lists what is loaded), Unavailable.
absl::Status DescribeModel(const ServingTable& table, std::string_view model, std::string_view version,
                           inference::ModelMetadataResponse& response);
absl::Status DescribeConfig(const ServingTable& table, std::string_view model, std::string_view version,
                            inference::ModelConfig& config);

// Figures of one version, of every loaded version of a model (no version), or of all (no model). Error: NotFound.
absl::Status DescribeStatistics(const ServingTable& table, std::string_view model, std::string_view version,
                                inference::ModelStatisticsResponse& response);

// Every known version with its state.
void DescribeIndex(const ServingTable& table, bool only_ready, inference::RepositoryIndexResponse& response);

}  // namespace huidu::front::rpc
