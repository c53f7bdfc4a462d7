#include "task/ocr/dictionary.h"

#include <algorithm>

#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status.h"
#include "base/strings.h"
#include "task/settings.h"

namespace huidu::task::ocr {
namespace {

constexpr size_t kMaxBytes = 4 << 20;
constexpr size_t kNothing = 0;

}  // namespace

absl::StatusOr<Dictionary> Dictionary::Load(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(const std::string file, ReadResource(path, kMaxBytes));
  absl::string_view text = file;
  absl::ConsumeSuffix(&text, "\n");
  std::vector<std::string> characters;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::ConsumeSuffix(&line, "\r");
    characters.emplace_back(line);
  }
  if (text.empty())
    return absl::InvalidArgumentError(StrCat(path, " holds no character; expected is one on each line"));
  return Dictionary(std::move(characters));
}

Reading Dictionary::Decode(std::span<const float> steps) const {
  Reading reading;
  double sum = 0;
  size_t count = 0, last = kNothing;
  for (size_t at = 0; at + columns() <= steps.size(); at += columns()) {
    const std::span<const float> step = steps.subspan(at, columns());
    const auto likeliest = std::max_element(step.begin(), step.end());
    const auto column = static_cast<size_t>(likeliest - step.begin());
    if (column != kNothing && column != last) {
      reading.text += Character(column);
      sum += *likeliest;
      ++count;
    }
    last = column;
  }
  if (count > 0) reading.score = static_cast<float>(sum / static_cast<double>(count));
  return reading;
}

const std::string& Dictionary::Character(size_t column) const {
  static const std::string* const kSpace = new std::string(" ");
  return column <= characters_.size() ? characters_[column - 1] : *kSpace;
}

}  // namespace huidu::task::ocr
