#include "task/text_classification/encoder.h"

#include "base/status.h"
#include "base/strings.h"
#include "task/text/text_file.h"
#include "task/text/utf8.h"

namespace huidu::task::text_classification {
namespace {

constexpr char kPadding[] = "[PAD]", kUnknown[] = "[UNK]";
// What is behind the characters that the network reads does not count, but it has to be a text.
constexpr size_t kMostCharacters = size_t{1} << 30;

char32_t Normal(char32_t character) {
  constexpr char32_t kFullWidthFrom = 0xFF01, kFullWidthTo = 0xFF5E, kFromFullWidth = 0xFEE0;
  if (character >= kFullWidthFrom && character <= kFullWidthTo) character -= kFromFullWidth;
  return character >= 'A' && character <= 'Z' ? character + ('a' - 'A') : character;
}

}  // namespace

absl::StatusOr<Encoder> Encoder::Load(const std::string& vocabulary_path, size_t length, bool normalize) {
  Encoder encoder;
  encoder.length_ = length;
  encoder.normalize_ = normalize;
  HUIDU_ASSIGN_OR_RETURN(const std::string text, text::ReadText(vocabulary_path));
  for (const std::string_view token : text::Lines(text)) {
    const int64_t number = encoder.tokens_++;
    if (token == kPadding) encoder.padding_ = number;
    if (token == kUnknown) encoder.unknown_ = number;
    const auto decoded = text::Decode(token, /*most_characters=*/1);
    if (!decoded.ok() || decoded->size() != 1) continue;
    if (!encoder.numbers_.emplace(decoded->characters[0], number).second) {
      return absl::FailedPreconditionError(
          StrCat(text::Place(vocabulary_path, static_cast<size_t>(number)), ": '", token, "' is there twice"));
    }
  }
  if (encoder.padding_ >= 0 && encoder.unknown_ >= 0) return encoder;
  return absl::FailedPreconditionError(StrCat(
      vocabulary_path, " has no line ", encoder.padding_ < 0 ? kPadding : kUnknown, " among its ", encoder.tokens_));
}

absl::StatusOr<Row> Encoder::Encode(std::string_view text) const {
  HUIDU_ASSIGN_OR_RETURN(const text::Sentence sentence, text::Decode(text, kMostCharacters));
  Row row;
  for (const char32_t character : sentence.characters) {
    if (row.numbers.size() == length_) break;
    if (normalize_ && text::IsSpace(character)) continue;
    const auto number = numbers_.find(normalize_ ? Normal(character) : character);
    row.numbers.push_back(number == numbers_.end() ? unknown_ : number->second);
  }
  row.length = row.numbers.size();
  row.numbers.resize(length_, padding_);
  return row;
}

}  // namespace huidu::task::text_classification
