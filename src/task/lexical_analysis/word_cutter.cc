#include "task/lexical_analysis/word_cutter.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "base/strings.h"
#include "task/text/text_file.h"
#include "task/text/utf8.h"

namespace huidu::task::lexical_analysis {
namespace {

constexpr size_t kLongestWord = 1000;

bool IsAsciiLetterOrDigit(char32_t c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

absl::StatusOr<WordCutter> WordCutter::Parse(std::string_view text, const std::string& path) {
  WordCutter cutter;
  uint64_t total = 0;
  size_t longest = 1;
  const std::vector<std::string_view> lines = text::Lines(text);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = text::Strip(lines[i]);
    const size_t blank = line.find(' ');
    uint64_t count = 0;
    const bool two = blank != std::string_view::npos && absl::SimpleAtoi(ToAbsl(line.substr(blank + 1)), &count);
    const auto word = text::Decode(line.substr(0, two ? blank : 0), kLongestWord);
    if (!two || !word.ok() || count > (uint64_t{1} << 40)) {
      return absl::FailedPreconditionError(StrCat(text::Place(path, i), ": expected is '<word> <count>'"));
    }
    cutter.words_.insert(cutter.trie_.Add(word->characters));
    longest = std::max(longest, word->size());
    total += count;
  }
  if (total == 0) return absl::FailedPreconditionError(StrCat(path, " has no words"));
  for (size_t length = 0; length <= longest; ++length) {
    cutter.score_of_length_.push_back(std::log(static_cast<double>(std::max<size_t>(length, 1))) -
                                      std::log(static_cast<double>(total)));
  }
  return cutter;
}

std::vector<size_t> WordCutter::BestEnds(std::span<const char32_t> text) const {
  std::vector<size_t> ends(text.size());
  std::vector<double> scores(text.size() + 1, 0);
  for (size_t from = text.size(); from-- > 0;) {
    ends[from] = from + 1;
    scores[from] = score_of_length_[1] + scores[from + 1];
    WordTrie::Node node = WordTrie::kRoot;
    for (size_t end = from + 1; end <= text.size(); ++end) {
      node = trie_.Next(node, text[end - 1]);
      if (node == WordTrie::kNone) break;
      if (end == from + 1 || !words_.contains(node)) continue;
      const double score = score_of_length_[end - from] + scores[end];
      if (score < scores[from]) continue;
      scores[from] = score;
      ends[from] = end;
    }
  }
  return ends;
}

std::vector<size_t> WordCutter::Cut(std::span<const char32_t> text) const {
  const std::vector<size_t> best = BestEnds(text);
  std::vector<size_t> ends;
  bool after_single = false;
  for (size_t from = 0; from < text.size(); from = best[from]) {
    const bool single = best[from] == from + 1 && IsAsciiLetterOrDigit(text[from]);
    if (single && after_single)
      ends.back() = best[from];
    else
      ends.push_back(best[from]);
    after_single = single;
  }
  return ends;
}

}  // namespace huidu::task::lexical_analysis
