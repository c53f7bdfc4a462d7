#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

// LAC's dictionaries. All of them are text files of lines "key<tab>value"; lines of another form do not count, and the
// last line of a key does.
namespace huidu::task::lexical_analysis {

// Words and single characters to the numbers that the network knows them by.
class Vocabulary {
 public:
  // `words`: "<number><tab><word>", with one word OOV, whose number all unknown words get. `normalize`: characters and
  // those that are read in their place (full-width to half-width, traditional to simplified).
  // Errors: ReadText()'s; FailedPrecondition naming the line.
  static absl::StatusOr<Vocabulary> Load(const std::string& words_path, const std::string& normalize_path);

  bool Contains(std::string_view word) const;
  int64_t NumberOf(std::string_view word) const;
  int64_t highest() const { return highest_; }

 private:
  absl::flat_hash_map<std::string, int64_t> numbers_;
  absl::flat_hash_map<std::string, std::string> normal_;
  int64_t unknown_ = 0;
  int64_t highest_ = 0;
};

// The tags by their numbers: "n-B" begins a noun, "n-I" goes on with it.
class Tags {
 public:
  // `path`: "<number><tab><tag>". Errors: ReadText()'s; FailedPrecondition naming the line.
  static absl::StatusOr<Tags> Load(const std::string& path);

  // nullptr if there is none of that number.
  const std::string* Find(int64_t number) const;
  int64_t highest() const { return static_cast<int64_t>(tags_.size()) - 1; }

 private:
  std::vector<std::string> tags_;  // empty where no tag has the number
};

}  // namespace huidu::task::lexical_analysis
