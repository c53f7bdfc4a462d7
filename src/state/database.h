#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace huidu::state {

// An SQLite file, with errors for the person who can mend it. A write costs a page or two and no fsync.
//
// Runs on: one thread at a time.
// Lives:   closed by the destructor, and by Close() after an error: a file that another program replaced, or a disk
// that
//          came back, is found again by opening anew.
// Errors:  Unavailable (the disk's fault: may pass), DataLoss (the file is no database).
class Database {
 public:
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

  // `what` begins each error: "audit database".
  Database(std::string what, std::string path);
  ~Database();

  bool is_open() const { return handle_ != nullptr; }
  // Opens the file, or makes it with the folders on its way.
  absl::Status Open();
  void Close();

  // Readers and a writer at the same time, and no fsync for each write.
  absl::Status SetJournal();
  absl::Status Execute(const char* sql);
  absl::StatusOr<Statement> Prepare(const char* sql);
  // What the last call failed at. `doing`: "writing".
  absl::Status LastError(std::string_view doing) const;

  static void BindText(sqlite3_stmt* statement, int index, std::string_view text);
  static std::string ColumnText(sqlite3_stmt* row, int index);

 private:
  struct CloseHandle {
    void operator()(sqlite3* handle) const;
  };

  const std::string what_;
  const std::string path_;
  std::unique_ptr<sqlite3, CloseHandle> handle_;
};

}  // namespace huidu::state
