#pragma once

#include "config/config.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {

// What is kept of a model's requests. Faults go to those of `source`.
// Runs on: any thread; pure.
samples::Policy ReadSamples(const Located<proto::ModelConfig>& source);

}  // namespace huidu::config
