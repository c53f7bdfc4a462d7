#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "task/lexical_analysis/word_trie.h"

namespace huidu::task::lexical_analysis {

// Cuts a text into words of a list before the network sees it: LAC's larger network reads known words as one.
//
// Of all ways to cut the text the most probable is taken (shortest path through the graph of the words that are found,
// backwards); as in LAC 2.1.2, whose answers are to be met exactly, a word weighs its length and not its count, and
// equal ways end in the longer word. Single ASCII letters and digits that follow each other are one word.
class WordCutter {
 public:
  // `text`: the lines of `path`, "<word> <count>". Error: FailedPrecondition naming the line.
  static absl::StatusOr<WordCutter> Parse(std::string_view text, const std::string& path);

  // Where each word ends, rising; the last is the text's length.
  std::vector<size_t> Cut(std::span<const char32_t> text) const;

 private:
  std::vector<size_t> BestEnds(std::span<const char32_t> text) const;

  WordTrie trie_;
  absl::flat_hash_set<WordTrie::Node> words_;  // the nodes at which words end
  std::vector<double> score_of_length_;        // [1] is also that of a character that is no word
};

}  // namespace huidu::task::lexical_analysis
