#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "front/channel/inference.h"
#include "front/table/servable.h"

// The first requests of a version, made from the model's own shapes. Pure; the version sends them.
namespace huidu::front {

// Sizes that are tried for the dimensions that a model leaves open and the configuration does not give: a network takes
// only some (an OCR recogniser no 1-pixel picture), and the first that works proves the version.
const std::vector<int64_t>& WarmupSizes();

// A request with every input filled with small harmless values: 0.5 for floating point, 0 for integers (a valid index),
// the model's own example, or "a", for BYTES. The first dimension is 1 if open (4 rows for sequences); other open ones
// are `size`, or as `shapes` says. Error: a shape that does not fit the model, named as configured.
absl::StatusOr<std::shared_ptr<Payload>> MakeWarmup(const Servable& servable,
                                                    const std::vector<config::InputShape>& shapes, int64_t size);

// Whether a size must be found for `servable`, or its shapes are all known.
bool HasOpenDimensions(const Servable& servable, const std::vector<config::InputShape>& shapes);

// Error: Internal naming the output, if one holds NaN or infinity.
absl::Status CheckFinite(const Servable& servable, const std::vector<Output>& outputs);

}  // namespace huidu::front
