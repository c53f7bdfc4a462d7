#pragma once

#include <string_view>
#include <vector>

#include "config/config.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

// Which client gets which version of a model. Faults go to those of `source`.
// Runs on: any thread; pure.
namespace huidu::config {

Routing ReadRouting(const Located<proto::ModelConfig>& source);

// `model` holds already which versions there are.
std::vector<Weight> ReadWeights(const Located<proto::ModelConfig>& source, const ModelConfig& model);

// "" if the configuration may load this version beside the live one, else what is wrong and what to
// do. What a folder of versions holds is seen only later.
std::string WhyNotBesideLive(const ModelConfig& model, const std::string& version);

}  // namespace huidu::config
