#pragma once

#include <vector>

#include "config/config.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {

// The shapes of a warm-up and of TensorRT, checked; faults go to those of `source`.
// Runs on: any thread; pure.
std::vector<InputShape> ReadInputShapes(const Located<proto::Warmup>& source);
std::vector<engine::ShapeRange> ReadShapeRanges(const Located<proto::TensorRt>& source);

}  // namespace huidu::config
