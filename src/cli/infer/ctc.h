#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace huidu::cli {

// The characters of a text recognition model, from a file with one a line. Class 0 is CTC's blank, class i the
// character of line i; where the model has one class more than that, it is the space.
struct Labels {
  std::vector<std::string> characters;
};
Labels ParseLabels(std::string_view file);

struct RecognizedText {
  std::string text;
  float confidence = 0;  // mean over the characters that were kept
};

// Greedy decoding of `steps` x `classes` probabilities: the best class of each step, repetitions and blanks left out.
RecognizedText DecodeCtc(std::span<const float> probabilities, size_t steps, size_t classes, const Labels& labels);

}  // namespace huidu::cli
