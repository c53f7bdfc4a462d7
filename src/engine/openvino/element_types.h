#pragma once

#include <openvino/core/type/element_type.hpp>
#include <optional>

#include "tensor/data_type.h"

namespace huidu::engine::openvino {

// Empty for what KServe has no name for: packed 1-, 2- and 4-bit numbers, 8-bit floats, undecided types.
std::optional<tensor::DataType> FromOpenVino(const ov::element::Type& type);

ov::element::Type ToOpenVino(tensor::DataType type);

}  // namespace huidu::engine::openvino
