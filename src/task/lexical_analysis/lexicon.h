#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "task/lexical_analysis/dictionaries.h"
#include "task/lexical_analysis/user_dictionary.h"
#include "task/lexical_analysis/word_cutter.h"
#include "task/text/utf8.h"

namespace huidu::task::lexical_analysis {

// A sentence as the network reads it: a number a row, and how many characters of the sentence each row stands for.
struct Rows {
  std::vector<int64_t> numbers;
  std::vector<size_t> lengths;
};

struct Word {
  std::string text;
  std::string tag;  // without its place: "n", "PER"; empty with a network that only cuts
};

// The way from a sentence to the network and back, with all dictionaries. Immutable, so instances share it.
struct Lexicon {
  Vocabulary vocabulary;
  Tags tags;
  std::optional<WordCutter> cutter;  // without: each character is a row
  std::optional<UserDictionary> user_dictionary;

  Rows Read(const text::Sentence& sentence) const;

  // `numbers`: the network's tags, one for each of `rows`. Characters belong to the word before them unless their tag's
  // place is B or S; a word's tag is that of its last character.
  // Error: Internal if the network gave a number that is no tag.
  absl::StatusOr<std::vector<Word>> Words(const text::Sentence& sentence, const std::vector<size_t>& lengths,
                                          std::span<const int64_t> numbers) const;
};

}  // namespace huidu::task::lexical_analysis
