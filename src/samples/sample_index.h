#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "samples/sample.h"
#include "state/database.h"

namespace huidu::samples {

// What a list shows of a sample.
struct SampleRow {
  std::string id;
  int64_t time_ms = 0;
  std::string model, version, content_hash;
  ReasonSet reasons;
  std::string request_id, route, answered_by, error;
  uint64_t total_ns = 0;
  uint64_t bytes = 0;  // of the file
};

SampleRow RowOf(const Sample& sample, uint64_t bytes);

struct SampleFilter {
  std::string model;
  std::string version;           // empty: all
  std::optional<Reason> reason;  // empty: all
  int64_t since_ms = 0;
  std::string after;  // only those kept after the one with this id; empty: all
  size_t limit = 100;
};

// The samples that there are, in an SQLite table.
// Runs on: one thread at a time.
// Lives:   opened by the first call that needs it, and again after an error.
// Errors:  Unavailable (the disk's fault: may pass), DataLoss (the file is no database).
class SampleIndex {
 public:
  explicit SampleIndex(std::string path) : database_("index of samples", std::move(path)) {}

  absl::Status Open();
  absl::Status Put(const SampleRow& row);
  absl::Status Delete(std::string_view id);
  // Error: NotFound.
  absl::StatusOr<SampleRow> Find(std::string_view id);
  // Newest first.
  absl::StatusOr<std::vector<SampleRow>> List(const SampleFilter& filter);
  // Oldest first: those of the model that are older than `before_ms`, at most `limit`.
  absl::StatusOr<std::vector<SampleRow>> Oldest(std::string_view model, int64_t before_ms, size_t limit);
  // Bytes by model.
  absl::StatusOr<std::map<std::string, uint64_t>> Totals();

 private:
  absl::Status Prepared(const char* sql, state::Database::Statement& statement);
  absl::StatusOr<std::vector<SampleRow>> Rows(state::Database::Statement statement);
  absl::Status Write(state::Database::Statement statement);
  absl::Status Failed(absl::Status status);

  state::Database database_;
};

}  // namespace huidu::samples
