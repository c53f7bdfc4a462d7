#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "task/lexical_analysis/word_trie.h"

namespace huidu::task::lexical_analysis {

// Words that a person wants to be found, over what the network says. One entry a line, as in LAC 2.1.2:
//
//   春天            a word; its kind stays what the network gives the last character of it
//   春天/SEASON     a word and its kind
//   秋天的/TIME 风  where these characters follow each other they are two words
class UserDictionary {
 public:
  // Lines without a character, and single characters without a kind, are left out. The last line of a phrase counts.
  // Error: FailedPrecondition naming the line.
  static absl::StatusOr<UserDictionary> Parse(std::string_view text, const std::string& path);

  // `tags`: one a character of `text`; those of the phrases that are found are replaced. Phrases are looked for from
  // every place on, and one that ends before the last that was found does not count.
  void Apply(std::span<const char32_t> text, std::vector<std::string>& tags) const;

 private:
  struct Word {
    std::string kind;  // empty: the network's
    size_t end;        // in the phrase
  };
  void Replace(const std::vector<Word>& words, size_t begin, std::vector<std::string>& tags) const;

  WordTrie trie_;
  absl::flat_hash_map<WordTrie::Node, std::vector<Word>> phrases_;  // by the node at which they end
};

// Replaces the last character of a tag, its place in the word, with `place`: "n-B" to "n-I".
void SetPlace(std::string& tag, char place);

}  // namespace huidu::task::lexical_analysis
