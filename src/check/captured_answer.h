#pragma once

#include <optional>

#include "check/answer.h"
#include "check/dataset.h"

namespace huidu::check {

// What the user got when the sample was kept, so that it is compared as an answer of now is. An export writes the
// outputs as tensors in JSON, or the text of the first BYTES output; what is no such JSON is text.
// Empty: there was no answer, or it was masked.
std::optional<Answer> CapturedAnswer(const Sample& sample);

}  // namespace huidu::check
