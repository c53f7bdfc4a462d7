#pragma once

#include <map>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "cli/admin_client.h"

// Kept requests as a data set: a folder with manifest.jsonl, one object a line, and beside it the files that it names.
// `huidu check --dataset` reads it. See docs/samples.md.
// Runs on: any thread; pure but for DataSet, which writes files.
namespace huidu::cli {

// One line of the manifest, and the file that it names.
struct DataSetItem {
  Json line;
  std::string extension;  // of the file, with its dot; empty: the line needs none
  std::string contents;
};

// A sample as the admin API gives it. `category`: what it is filed under; empty: its first reason.
// Error: FailedPrecondition, in few words why it cannot be sent again: "an input was masked".
absl::StatusOr<DataSetItem> MakeItem(const Json& sample, const std::string& category);

// Line `number` of a manifest, from 1 on, with its line break. The file that it names, if it needs one, gets its name.
struct ManifestLine {
  std::string text;
  std::string file;  // empty: none
};
ManifestLine MakeLine(Json line, const std::string& extension, size_t number);

// What a user was answered, as text: the elements of the first BYTES output, one a line; without one, the outputs as
// JSON. Empty: nothing that could be said in text.
std::optional<std::string> AnswerText(const Json& sample);

// A data set that is being written. Only the own user may read it: it is what users sent.
class DataSet {
 public:
  // Makes the folder. Errors: AlreadyExists (it holds a manifest), Unavailable (the disk).
  static absl::StatusOr<DataSet> Create(const std::string& folder);

  absl::Status Add(DataSetItem item);
  // The manifest, which is written last: a folder without one is no data set.
  absl::Status Finish();
  size_t size() const { return size_; }

 private:
  explicit DataSet(std::string folder) : folder_(std::move(folder)) {}
  const std::string folder_;
  std::string manifest_;
  size_t size_ = 0;
};

}  // namespace huidu::cli
