#pragma once

#include <vector>

#include "samples/keyed_hash.h"
#include "samples/sample.h"

namespace huidu::samples {

// Takes away what the masks name, in the tensors and in the expected answer (by the masks of outputs). Digits are those
// of ASCII and the full-width ones of Chinese and Japanese text. DIGITS of a tensor that is no text removes it: nobody
// knows which of its bytes are digits. Runs on: any thread that has the sample to itself; pure.
void ApplyMasks(Sample& sample, const std::vector<Mask>& masks, const KeyedHash& hash);

}  // namespace huidu::samples
