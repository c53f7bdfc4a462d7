#include "task/lexical_analysis/dictionaries.h"

#include <algorithm>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "base/strings.h"
#include "task/text/text_file.h"

namespace huidu::task::lexical_analysis {
namespace {

// Numbers are places in tables: what is higher is a mistake, not a dictionary.
constexpr int64_t kMostWords = 100'000'000;
constexpr int64_t kMostTags = 100'000;
constexpr char kUnknown[] = "OOV";

// Calls `take(line number, key, value)` for each line of two fields, until it gives an error.
template <typename Take>
absl::Status ForEachPair(std::string_view text, Take take) {
  const std::vector<std::string_view> lines = text::Lines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t tab = lines[i].find('\t');
    if (tab == std::string_view::npos || lines[i].find('\t', tab + 1) != std::string_view::npos) continue;
    HUIDU_RETURN_IF_ERROR(take(i, lines[i].substr(0, tab), lines[i].substr(tab + 1)));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ParseNumber(const std::string& path, size_t line, std::string_view text, int64_t most) {
  int64_t number = 0;
  if (absl::SimpleAtoi(ToAbsl(text), &number) && number >= 0 && number < most) return number;
  return absl::FailedPreconditionError(
      StrCat(text::Place(path, line), ": '", text.substr(0, 40), "' is no number from 0 to ", most - 1));
}

}  // namespace

absl::StatusOr<Vocabulary> Vocabulary::Load(const std::string& words_path, const std::string& normalize_path) {
  Vocabulary vocabulary;
  HUIDU_ASSIGN_OR_RETURN(const std::string words, text::ReadText(words_path));
  HUIDU_RETURN_IF_ERROR(ForEachPair(words, [&](size_t line, std::string_view number, std::string_view word) {
    const absl::StatusOr<int64_t> parsed = ParseNumber(words_path, line, number, kMostWords);
    if (!parsed.ok()) return parsed.status();
    vocabulary.numbers_[std::string(word)] = *parsed;
    vocabulary.highest_ = std::max(vocabulary.highest_, *parsed);
    return absl::OkStatus();
  }));
  const auto unknown = vocabulary.numbers_.find(kUnknown);
  if (unknown == vocabulary.numbers_.end()) {
    return absl::FailedPreconditionError(
        StrCat(words_path, " has no line '<number><tab>", kUnknown, "', the word that all unknown words are read as"));
  }
  vocabulary.unknown_ = unknown->second;
  HUIDU_ASSIGN_OR_RETURN(const std::string normalize, text::ReadText(normalize_path));
  HUIDU_RETURN_IF_ERROR(ForEachPair(normalize, [&](size_t, std::string_view from, std::string_view to) {
    vocabulary.normal_[std::string(from)] = std::string(to);
    return absl::OkStatus();
  }));
  return vocabulary;
}

bool Vocabulary::Contains(std::string_view word) const { return numbers_.contains(ToAbsl(word)); }

int64_t Vocabulary::NumberOf(std::string_view word) const {
  const auto normal = normal_.find(ToAbsl(word));
  const auto number = numbers_.find(normal == normal_.end() ? ToAbsl(word) : absl::string_view(normal->second));
  return number == numbers_.end() ? unknown_ : number->second;
}

absl::StatusOr<Tags> Tags::Load(const std::string& path) {
  Tags tags;
  HUIDU_ASSIGN_OR_RETURN(const std::string text, text::ReadText(path));
  HUIDU_RETURN_IF_ERROR(ForEachPair(text, [&](size_t line, std::string_view number, std::string_view tag) {
    const absl::StatusOr<int64_t> parsed = ParseNumber(path, line, number, kMostTags);
    if (!parsed.ok()) return parsed.status();
    const auto index = static_cast<size_t>(*parsed);
    if (index >= tags.tags_.size()) tags.tags_.resize(index + 1);
    tags.tags_[index] = tag;
    return absl::OkStatus();
  }));
  if (tags.tags_.empty()) return absl::FailedPreconditionError(StrCat(path, " has no line '<number><tab><tag>'"));
  return tags;
}

const std::string* Tags::Find(int64_t number) const {
  if (number < 0 || number > highest()) return nullptr;
  const std::string& tag = tags_[static_cast<size_t>(number)];
  return tag.empty() ? nullptr : &tag;
}

}  // namespace huidu::task::lexical_analysis
