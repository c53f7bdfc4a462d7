#include "task/lexical_analysis/lexicon.h"

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::lexical_analysis {
namespace {

bool BeginsWord(const std::string& tag) { return !tag.empty() && (tag.back() == 'B' || tag.back() == 'S'); }

// "n-I" to "n". A tag without a place, such as "O", has no kind.
std::string KindOf(const std::string& tag) {
  constexpr size_t kPlace = 2;
  return tag.size() <= kPlace ? "" : tag.substr(0, tag.size() - kPlace);
}

}  // namespace

Rows Lexicon::Read(const text::Sentence& sentence) const {
  Rows rows;
  const auto add = [&](size_t from, size_t to) {
    rows.numbers.push_back(vocabulary.NumberOf(sentence.Slice(from, to)));
    rows.lengths.push_back(to - from);
  };
  const auto add_each = [&](size_t from, size_t to) {
    for (; from < to; ++from) add(from, from + 1);
  };
  if (!cutter.has_value()) {
    add_each(0, sentence.size());
    return rows;
  }
  size_t from = 0;
  for (const size_t to : cutter->Cut(sentence.characters)) {
    if (vocabulary.Contains(sentence.Slice(from, to)))
      add(from, to);
    else
      add_each(from, to);
    from = to;
  }
  return rows;
}

absl::StatusOr<std::vector<Word>> Lexicon::Words(const text::Sentence& sentence, const std::vector<size_t>& lengths,
                                                 std::span<const int64_t> numbers) const {
  std::vector<std::string> of_characters;
  for (size_t i = 0; i < numbers.size(); ++i) {
    const std::string* tag = tags.Find(numbers[i]);
    if (tag == nullptr) {
      return absl::InternalError(StrCat("the network answered ", numbers[i], ", which is the number of no tag"));
    }
    of_characters.push_back(*tag);
    of_characters.resize(of_characters.size() + lengths[i] - 1, KindOf(*tag) + "-I");
  }
  if (user_dictionary.has_value()) user_dictionary->Apply(sentence.characters, of_characters);
  std::vector<Word> words;
  for (size_t i = 0; i < of_characters.size(); ++i) {
    if (words.empty() || BeginsWord(of_characters[i])) words.emplace_back();
    words.back().text += sentence.Slice(i, i + 1);
    words.back().tag = KindOf(of_characters[i]);
  }
  return words;
}

}  // namespace huidu::task::lexical_analysis
