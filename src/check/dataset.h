#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::check {

// One request of a data set, labelled or captured.
struct Sample {
  std::string id;  // as written, else the line's number
  enum class Kind { kFile, kText, kRequest } kind = Kind::kText;
  std::string content;  // a file's bytes, the text, or a KServe request in JSON
  std::string file;     // where it came from, absolute; empty for a text
  std::optional<std::string> expected;
  std::string category;  // empty: none
  double weight = 1;
  // Of a sample that a server has kept, see docs/samples.md.
  std::optional<std::string> answer;  // what the user got
  std::string error;                  // the version's failure; empty: it answered, or this is not known
  std::string answered_by;            // another version that answered the user in its place
  int line = 0;
};

struct Dataset {
  std::string path;
  std::string sha256;  // of the manifest and all files: which data set a result belongs to
  std::vector<Sample> samples;
};

// What may be read at all.
struct DatasetLimits {
  size_t max_samples = 1'000'000;
  size_t max_file_bytes = size_t{64} << 20;
  size_t max_total_bytes = size_t{4} << 30;
};

// Reads a manifest in JSON Lines; a folder means the manifest.jsonl in it. One object a line:
//   {"file": "pages/1.jpg", "expected": "…", "category": "invoice", "weight": 1, "id": "a1", "answer": "…"}
// with "file" (relative to the manifest, and inside its folder), "text", or "request" (a file with a KServe request in
// JSON). "expected" is text, or a number for a class. Empty lines and other members count for nothing.
// Runs on: any thread; holds the whole data set in memory, as measuring must not wait for a disk.
// Errors: InvalidArgument with every fault as file:line (at most 20), and those of reading.
absl::StatusOr<Dataset> ReadDataset(const std::string& path, const DatasetLimits& limits = {});

// The same from a manifest in memory: `read_file` gives what "file" and "request" name, `path` is what errors call it.
using ReadFileFunction = std::function<absl::StatusOr<std::string>(const std::string& name)>;
absl::StatusOr<Dataset> ParseDataset(std::string_view manifest, const std::string& path,
                                     const ReadFileFunction& read_file, const DatasetLimits& limits = {});

}  // namespace huidu::check
