#pragma once

#include "config/config.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {

// One `config { … }` as plain data. Everything that is wrong with it goes to the faults of
// `source`; the result is then not to be used. Runs on: any thread; pure.
ModelConfig ReadModel(const Located<proto::ModelConfig>& source);

}  // namespace huidu::config
