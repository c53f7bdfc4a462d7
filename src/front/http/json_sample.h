#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "front/channel/inference.h"
#include "front/table/servable.h"

namespace huidu::front {

// A KServe request in JSON, as a file holds it, for the version at hand: a warm-up sample. Tensors as bytes are not
// taken. Errors: InvalidArgument naming the tensor and what was expected.
absl::StatusOr<std::shared_ptr<Payload>> ReadJsonSample(const Servable& servable, std::string_view text);

}  // namespace huidu::front
