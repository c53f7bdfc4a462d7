#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "tensor/data_type.h"

namespace huidu::tensor {

// Numbers of two bytes that C++20 has no types for: IEEE 754 binary16, and the upper half of a binary32.
double FromFp16(uint16_t bits);
double FromBf16(uint16_t bits);

// Element `i` of a tensor of a fixed-size type, whose bytes are read once; `data` must hold it. Integers beyond 2^53
// are rounded. 0 for kBytes.
double NumberAt(DataType type, std::span<const std::byte> data, size_t i);

}  // namespace huidu::tensor
