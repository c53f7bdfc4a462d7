#include "cli/infer/ctc.h"

#include <algorithm>

namespace huidu::cli {
namespace {

std::string Character(size_t best, size_t classes, const Labels& labels) {
  if (best <= labels.characters.size()) return labels.characters[best - 1];
  return best + 1 == classes ? " " : "\xef\xbf\xbd";
}

}  // namespace

Labels ParseLabels(std::string_view file) {
  Labels labels;
  while (!file.empty()) {
    const size_t end = std::min(file.find('\n'), file.size());
    std::string_view line = file.substr(0, end);
    file.remove_prefix(std::min(end + 1, file.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    labels.characters.emplace_back(line);
  }
  return labels;
}

RecognizedText DecodeCtc(std::span<const float> probabilities, size_t steps, size_t classes, const Labels& labels) {
  RecognizedText result;
  size_t previous = 0;
  size_t kept = 0;
  for (size_t step = 0; classes > 0 && step < steps && (step + 1) * classes <= probabilities.size(); ++step) {
    const auto row = probabilities.subspan(step * classes, classes);
    const auto best = static_cast<size_t>(std::max_element(row.begin(), row.end()) - row.begin());
    if (best != 0 && best != previous) {
      result.text += Character(best, classes, labels);
      result.confidence += row[best];
      ++kept;
    }
    previous = best;
  }
  if (kept > 0) result.confidence /= static_cast<float>(kept);
  return result;
}

}  // namespace huidu::cli
