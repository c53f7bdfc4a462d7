#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace huidu::task::text_classification {

// A text as the network reads it: a number for each of its first characters, then padding.
struct Row {
  std::vector<int64_t> numbers;  // exactly as many as the network reads
  size_t length = 0;             // how many of them are characters
};

// Characters to the numbers that a network knows them by. Immutable, so instances share it.
class Encoder {
 public:
  // `vocabulary_path`: a token a line, numbered from 0. A token is one character, or one of [PAD], which is needed, and
  // [UNK], which unknown characters are read as and is needed too. Tokens of several characters are numbered and never
  // found. `normalize`: white space is left out, full-width forms of ASCII are read as ASCII, A to Z as a to z.
  // Errors: ReadText()'s; FailedPrecondition naming the line.
  static absl::StatusOr<Encoder> Load(const std::string& vocabulary_path, size_t length, bool normalize);

  // Error: InvalidArgument with the offset of the byte that is no UTF-8.
  absl::StatusOr<Row> Encode(std::string_view text) const;

  size_t length() const { return length_; }
  // How many tokens there are; numbers are below it.
  int64_t tokens() const { return tokens_; }

 private:
  absl::flat_hash_map<char32_t, int64_t> numbers_;
  int64_t padding_ = -1, unknown_ = -1;
  int64_t tokens_ = 0;
  size_t length_ = 0;
  bool normalize_ = true;
};

}  // namespace huidu::task::text_classification
