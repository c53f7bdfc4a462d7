#include "state/audit.h"

#include <sqlite3.h>

#include <algorithm>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/utf8.h"

namespace huidu::state {
namespace {

constexpr int kSchemaVersion = 1;

constexpr char kSchema[] = R"sql(
  BEGIN;
  CREATE TABLE IF NOT EXISTS audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    action TEXT NOT NULL,
    model TEXT NOT NULL,
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    before TEXT NOT NULL,
    after TEXT NOT NULL,
    result TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS audit_by_model ON audit (model, id);
  PRAGMA user_version = 1;
  COMMIT;
)sql";

constexpr char kInsert[] =
    "INSERT INTO audit (time_ms, action, model, actor, reason, before, after, result) VALUES (?,?,?,?,?,?,?,?)";
constexpr char kSelect[] =
    "SELECT id, time_ms, action, model, actor, reason, before, after, result FROM audit "
    "WHERE time_ms >= ?1 AND (?2 = '' OR model = ?2) ORDER BY id DESC LIMIT ?3";

int64_t ToUnixMs(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

std::string FromUnixMs(int64_t millis) {
  return UtcTimestamp(std::chrono::system_clock::time_point(std::chrono::milliseconds(millis)));
}

void Bound(std::string& text) {
  if (text.size() <= Audit::kMaxTextBytes) return;
  text.resize(utf8::Shortened(text, Audit::kMaxTextBytes).size());
  text += "…";
}

AuditEntry ReadRow(sqlite3_stmt* row) {
  AuditEntry entry;
  entry.id = sqlite3_column_int64(row, 0);
  entry.time = FromUnixMs(sqlite3_column_int64(row, 1));
  entry.action = Database::ColumnText(row, 2);
  entry.model = Database::ColumnText(row, 3);
  entry.actor = Database::ColumnText(row, 4);
  entry.reason = Database::ColumnText(row, 5);
  entry.before = Database::ColumnText(row, 6);
  entry.after = Database::ColumnText(row, 7);
  entry.result = Database::ColumnText(row, 8);
  return entry;
}

}  // namespace

absl::Status Audit::Open() {
  std::lock_guard lock(mutex_);
  return OpenLocked();
}

absl::Status Audit::Append(AuditEntry entry) {
  for (std::string* text :
       {&entry.action, &entry.model, &entry.actor, &entry.reason, &entry.before, &entry.after, &entry.result}) {
    Bound(*text);
  }
  log::Info("audit", {{"action", entry.action},
                      {"model", entry.model},
                      {"actor", entry.actor},
                      {"reason", entry.reason},
                      {"before", entry.before},
                      {"after", entry.after},
                      {"result", entry.result}});
  std::lock_guard lock(mutex_);
  absl::Status status = OpenLocked();
  if (status.ok()) status = Insert(entry, ToUnixMs(std::chrono::system_clock::now()));
  if (!status.ok()) {
    failures_.fetch_add(1, std::memory_order_relaxed);
    // A file that another program replaced or a disk that came back is found again by opening anew.
    database_.Close();
  }
  return status;
}

absl::StatusOr<std::vector<AuditEntry>> Audit::Query(const AuditQuery& query) {
  std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  HUIDU_ASSIGN_OR_RETURN(Database::Statement select, database_.Prepare(kSelect));
  sqlite3_bind_int64(select.get(), 1, ToUnixMs(query.since));
  Database::BindText(select.get(), 2, query.model);
  sqlite3_bind_int64(select.get(), 3, static_cast<int64_t>(std::min(query.limit, kMaxRows)));
  std::vector<AuditEntry> entries;
  int step = sqlite3_step(select.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(select.get())) entries.push_back(ReadRow(select.get()));
  if (step != SQLITE_DONE) return database_.LastError("reading");
  return entries;
}

absl::Status Audit::OpenLocked() {
  if (database_.is_open()) return absl::OkStatus();
  HUIDU_RETURN_IF_ERROR(database_.Open());
  absl::Status status = PrepareSchema();
  if (!status.ok()) database_.Close();
  return status;
}

absl::Status Audit::PrepareSchema() {
  int version = 0;
  {
    HUIDU_ASSIGN_OR_RETURN(Database::Statement ask, database_.Prepare("PRAGMA user_version"));
    if (sqlite3_step(ask.get()) != SQLITE_ROW) return database_.LastError("reading its schema version");
    version = sqlite3_column_int(ask.get(), 0);
  }
  if (version > kSchemaVersion) {
    return absl::FailedPreconditionError(StrCat("audit database ", path_, " has schema ", version,
                                                ", this program writes ", kSchemaVersion,
                                                ": start the newer Huidu that wrote it, or name another --state-dir"));
  }
  HUIDU_RETURN_IF_ERROR(database_.SetJournal());
  return version == kSchemaVersion ? absl::OkStatus() : database_.Execute(kSchema);
}

absl::Status Audit::Insert(const AuditEntry& entry, int64_t time_ms) {
  HUIDU_ASSIGN_OR_RETURN(Database::Statement insert, database_.Prepare(kInsert));
  sqlite3_bind_int64(insert.get(), 1, time_ms);
  int index = 2;
  for (const std::string* text :
       {&entry.action, &entry.model, &entry.actor, &entry.reason, &entry.before, &entry.after, &entry.result}) {
    Database::BindText(insert.get(), index++, *text);
  }
  return sqlite3_step(insert.get()) == SQLITE_DONE ? absl::OkStatus() : database_.LastError("writing");
}

}  // namespace huidu::state
