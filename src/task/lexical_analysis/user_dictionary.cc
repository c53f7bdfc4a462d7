#include "task/lexical_analysis/user_dictionary.h"

#include "base/status.h"
#include "base/strings.h"
#include "task/text/text_file.h"
#include "task/text/utf8.h"

namespace huidu::task::lexical_analysis {
namespace {

constexpr size_t kLongestPhrase = 1000;

struct Item {
  std::string_view word, kind;
};

// "词/n" to its two halves. What begins with its only slash has no kind.
Item SplitKind(std::string_view piece) {
  const size_t slash = piece.rfind('/');
  if (slash == std::string_view::npos || slash == 0) return {piece, {}};
  return {piece.substr(0, slash), piece.substr(slash + 1)};
}

}  // namespace

void SetPlace(std::string& tag, char place) {
  // A kind may be in Chinese: a character is up to four bytes.
  while (!tag.empty() && (static_cast<unsigned char>(tag.back()) & 0xC0) == 0x80) tag.pop_back();
  if (!tag.empty()) tag.pop_back();
  tag.push_back(place);
}

absl::StatusOr<UserDictionary> UserDictionary::Parse(std::string_view text, const std::string& path) {
  UserDictionary dictionary;
  const std::vector<std::string_view> lines = text::Lines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<char32_t> phrase;
    std::vector<Word> words;
    for (const std::string_view piece : text::SplitAtSpaces(lines[i])) {
      const Item item = SplitKind(piece);
      const auto word = text::Decode(item.word, kLongestPhrase);
      if (!word.ok()) return absl::FailedPreconditionError(StrCat(text::Place(path, i), ": ", Text(word.status())));
      phrase.insert(phrase.end(), word->characters.begin(), word->characters.end());
      words.push_back({std::string(item.kind), phrase.size()});
    }
    if (phrase.size() > kLongestPhrase) {
      return absl::FailedPreconditionError(
          StrCat(text::Place(path, i), ": a phrase of more than ", kLongestPhrase, " characters"));
    }
    if (phrase.empty() || (phrase.size() == 1 && words[0].kind.empty())) continue;
    dictionary.phrases_[dictionary.trie_.Add(phrase)] = std::move(words);
  }
  return dictionary;
}

void UserDictionary::Apply(std::span<const char32_t> text, std::vector<std::string>& tags) const {
  size_t last_end = 0;
  for (size_t begin = 0; begin < text.size(); ++begin) {
    WordTrie::Node node = WordTrie::kRoot;
    for (size_t end = begin + 1; end <= text.size(); ++end) {
      node = trie_.Next(node, text[end - 1]);
      if (node == WordTrie::kNone) break;
      const auto phrase = phrases_.find(node);
      if (phrase == phrases_.end() || end <= last_end) continue;
      Replace(phrase->second, begin, tags);
      last_end = end;
    }
  }
}

void UserDictionary::Replace(const std::vector<Word>& words, size_t begin, std::vector<std::string>& tags) const {
  size_t index = begin;
  for (const Word& word : words) {
    for (; index < begin + word.end; ++index) {
      if (word.kind.empty())
        SetPlace(tags[index], 'I');
      else
        tags[index] = word.kind + "-I";
    }
  }
  SetPlace(tags[begin], 'B');
  for (const Word& word : words) {
    if (begin + word.end < tags.size()) SetPlace(tags[begin + word.end], 'B');
  }
}

}  // namespace huidu::task::lexical_analysis
