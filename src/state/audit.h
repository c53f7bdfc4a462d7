#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "state/database.h"

namespace huidu::state {

// Who changed what, when, why, from what to what, with which result.
struct AuditEntry {
  int64_t id = 0;    // given by Append()
  std::string time;  // given by Append(): UTC, "2026-11-22T03:00:00.123Z"
  std::string action;
  std::string model;  // empty: the whole server
  std::string actor;
  std::string reason;
  std::string before;
  std::string after;
  std::string result;  // begins with "ok", or is the error's text
};

struct AuditQuery {
  std::chrono::system_clock::time_point since{};  // entries of this moment and later
  std::string model;                              // empty: all models
  size_t limit = 100;                             // the newest; at most Audit::kMaxRows are given
};

// The record of every change, in an SQLite database that survives a restart.
//
// A change never depends on its record: Append() also writes the entry to the log, returns an error when the database
// cannot take it (full disk, read-only folder, damaged file), and tries again from the start with the next entry.
//
// Runs on: any thread; calls wait for each other. A write costs a page or two and no fsync.
// Lives:   the database is opened by the first call that needs it and closed by the destructor.
// Errors:  Unavailable (the disk's fault: may pass), FailedPrecondition (a newer version of Huidu wrote the file),
//          DataLoss (the file is no database).
class Audit {
 public:
  static constexpr size_t kMaxRows = 10000;
  static constexpr size_t kMaxTextBytes = 8 << 10;  // longer texts are cut

  explicit Audit(std::string path) : path_(std::move(path)), database_("audit database", path_) {}

  // Opens the database now, so that a server can say at its start that changes will not be kept.
  absl::Status Open();

  absl::Status Append(AuditEntry entry);
  // Newest first.
  absl::StatusOr<std::vector<AuditEntry>> Query(const AuditQuery& query);

  // Entries that only the log has.
  uint64_t failures() const { return failures_.load(std::memory_order_relaxed); }
  const std::string& path() const { return path_; }

 private:
  absl::Status OpenLocked();
  absl::Status PrepareSchema();
  absl::Status Insert(const AuditEntry& entry, int64_t time_ms);

  const std::string path_;
  std::atomic<uint64_t> failures_{0};
  std::mutex mutex_;  // guards database_
  Database database_;
};

}  // namespace huidu::state
