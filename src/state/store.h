#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace huidu::state {

// Texts by key, in an SQLite database that survives a kill of the process: what rollouts, quarantine and baselines need
// to go on where they were. A write is a page or two and no fsync.
//
// Runs on: any thread; calls wait for each other.
// Lives:   opened by the first call that needs it, and again after an error; closed by the destructor.
// Errors:  Unavailable (the disk's fault: may pass), DataLoss (the file is no database).
class Store {
 public:
  explicit Store(std::string path);
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  absl::Status Open();
  absl::Status Put(std::string_view key, std::string_view text);
  absl::Status Delete(std::string_view key);
  // Everything whose key begins with `prefix`.
  absl::StatusOr<std::map<std::string, std::string>> List(std::string_view prefix);

 private:
  struct CloseDatabase {
    void operator()(sqlite3* database) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

  absl::Status OpenLocked();
  absl::StatusOr<Statement> Prepare(const char* sql);
  absl::Status Run(const char* sql, std::string_view first, std::string_view second);
  absl::Status LastError(std::string_view doing);

  const std::string path_;
  std::mutex mutex_;  // guards database_
  std::unique_ptr<sqlite3, CloseDatabase> database_;
};

}  // namespace huidu::state
