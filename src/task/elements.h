#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"

// BYTES tensors in and out: texts and pictures.
namespace huidu::task {

// The elements of a BYTES tensor that has been checked (tensor::CheckBytes). They point into `view`.
std::vector<std::string_view> Elements(const tensor::View& view);

// Answers output `index` with a list of texts, of shape [texts].
absl::Status WriteTexts(engine::OutputSink& outputs, size_t index, std::span<const std::string> texts);

// Answers output `index` with numbers. `shape` has as many elements as `values`. T: float or int32_t.
template <typename T>
absl::Status WriteNumbers(engine::OutputSink& outputs, size_t index, tensor::Shape shape, std::span<const T> values);

}  // namespace huidu::task
