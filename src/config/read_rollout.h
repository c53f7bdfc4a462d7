#pragma once

#include "config/config.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {

// Reads the rollout of a model into `model`, which holds already which versions there are. A policy
// in this file and one that the admin API takes are checked by the same code, so that they cannot
// come to mean different things. Faults go to those of `source`.
// Runs on: any thread; pure.
void ReadRollout(const Located<proto::ModelConfig>& source, ModelConfig& model);

}  // namespace huidu::config
