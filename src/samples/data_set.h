#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/status/statusor.h"

// Kept requests as a data set: manifest.jsonl, one object a line, and beside it the files that it names. `huidu check
// --dataset` reads it. See docs/samples.md.
// Runs on: any thread; pure.
namespace huidu::samples {

// One line of the manifest, and the file that it names.
struct DataSetItem {
  nlohmann::ordered_json line;
  std::string extension;  // of the file, with its dot; empty: the line needs none
  std::string contents;
};

// A sample as DescribeSample() and so the admin API give it. `category`: what it is filed under; empty: its first
// reason. Error: FailedPrecondition, in few words why it cannot be sent again: "an input was masked".
absl::StatusOr<DataSetItem> MakeItem(const nlohmann::ordered_json& sample, const std::string& category);

// Line `number` of a manifest, from 1 on, with its line break. The file that it names, if it needs one, gets its name.
struct ManifestLine {
  std::string text;
  std::string file;  // empty: none
};
ManifestLine MakeLine(nlohmann::ordered_json line, const std::string& extension, size_t number);

// What a user was answered, as text: the elements of the first BYTES output, one a line; without one, the outputs as
// JSON. Empty: nothing that could be said in text.
std::optional<std::string> AnswerText(const nlohmann::ordered_json& sample);

}  // namespace huidu::samples
