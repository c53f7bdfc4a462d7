#pragma once

#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"
#include "state/database.h"

namespace huidu::state {

// Texts by key, in an SQLite database that survives a kill of the process: what rollouts, quarantine and baselines need
// to go on where they were. A write is a page or two and no fsync.
//
// Runs on: any thread; calls wait for each other.
// Lives:   opened by the first call that needs it, and again after an error; closed by the destructor.
// Errors:  Unavailable (the disk's fault: may pass), DataLoss (the file is no database).
class Store {
 public:
  explicit Store(std::string path) : database_("state database", std::move(path)) {}

  absl::Status Open();
  absl::Status Put(std::string_view key, std::string_view text);
  absl::Status Delete(std::string_view key);
  // Everything whose key begins with `prefix`.
  absl::StatusOr<std::map<std::string, std::string>> List(std::string_view prefix);

 private:
  absl::Status OpenLocked();
  absl::Status Run(const char* sql, std::string_view first, std::string_view second);

  std::mutex mutex_;  // guards database_
  Database database_;
};

}  // namespace huidu::state
