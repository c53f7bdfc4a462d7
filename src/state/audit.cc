#include "state/audit.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"

namespace huidu::state {
namespace {

constexpr int kSchemaVersion = 1;
constexpr int kBusyTimeoutMs = 2000;

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

// The length to which `text` may be cut without splitting a UTF-8 character.
size_t CutLength(const std::string& text, size_t limit) {
  size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return end;
}

void Bound(std::string& text) {
  if (text.size() <= Audit::kMaxTextBytes) return;
  text.resize(CutLength(text, Audit::kMaxTextBytes));
  text += "…";
}

void BindText(sqlite3_stmt* statement, int index, const std::string& text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

std::string ColumnText(sqlite3_stmt* statement, int index) {
  const unsigned char* text = sqlite3_column_text(statement, index);
  if (text == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(statement, index)));
}

AuditEntry ReadRow(sqlite3_stmt* row) {
  AuditEntry entry;
  entry.id = sqlite3_column_int64(row, 0);
  entry.time = FromUnixMs(sqlite3_column_int64(row, 1));
  entry.action = ColumnText(row, 2);
  entry.model = ColumnText(row, 3);
  entry.actor = ColumnText(row, 4);
  entry.reason = ColumnText(row, 5);
  entry.before = ColumnText(row, 6);
  entry.after = ColumnText(row, 7);
  entry.result = ColumnText(row, 8);
  return entry;
}

}  // namespace

void Audit::CloseDatabase::operator()(sqlite3* database) const { sqlite3_close(database); }
void Audit::FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Audit::Audit(std::string path) : path_(std::move(path)) {}
Audit::~Audit() = default;

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
    database_.reset();
  }
  return status;
}

absl::StatusOr<std::vector<AuditEntry>> Audit::Query(const AuditQuery& query) {
  std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  HUIDU_ASSIGN_OR_RETURN(Statement select, Prepare(kSelect));
  sqlite3_bind_int64(select.get(), 1, ToUnixMs(query.since));
  BindText(select.get(), 2, query.model);
  sqlite3_bind_int64(select.get(), 3, static_cast<int64_t>(std::min(query.limit, kMaxRows)));
  std::vector<AuditEntry> entries;
  int step = sqlite3_step(select.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(select.get())) entries.push_back(ReadRow(select.get()));
  if (step != SQLITE_DONE) return LastError("reading");
  return entries;
}

absl::Status Audit::OpenLocked() {
  if (database_ != nullptr) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);  // else open says why
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);  // even a failed open gives a handle, which holds the error's text
  absl::Status status = code == SQLITE_OK ? PrepareSchema() : LastError("opening");
  if (!status.ok()) database_.reset();
  return status;
}

absl::Status Audit::PrepareSchema() {
  sqlite3_busy_timeout(database_.get(), kBusyTimeoutMs);
  int version = 0;
  {
    HUIDU_ASSIGN_OR_RETURN(Statement ask, Prepare("PRAGMA user_version"));
    if (sqlite3_step(ask.get()) != SQLITE_ROW) return LastError("reading its schema version");
    version = sqlite3_column_int(ask.get(), 0);
  }
  if (version > kSchemaVersion) {
    return absl::FailedPreconditionError(StrCat("audit database ", path_, " has schema ", version,
                                                ", this program writes ", kSchemaVersion,
                                                ": start the newer Huidu that wrote it, or name another --state-dir"));
  }
  HUIDU_RETURN_IF_ERROR(Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256"));
  return version == kSchemaVersion ? absl::OkStatus() : Execute(kSchema);
}

absl::Status Audit::Insert(const AuditEntry& entry, int64_t time_ms) {
  HUIDU_ASSIGN_OR_RETURN(Statement insert, Prepare(kInsert));
  sqlite3_bind_int64(insert.get(), 1, time_ms);
  int index = 2;
  for (const std::string* text :
       {&entry.action, &entry.model, &entry.actor, &entry.reason, &entry.before, &entry.after, &entry.result}) {
    BindText(insert.get(), index++, *text);
  }
  return sqlite3_step(insert.get()) == SQLITE_DONE ? absl::OkStatus() : LastError("writing");
}

absl::Status Audit::Execute(const char* sql) {
  const int code = sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError("preparing");
}

absl::StatusOr<Audit::Statement> Audit::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return LastError("reading");
  return Statement(statement);
}

absl::Status Audit::LastError(std::string_view doing) const {
  const int code = sqlite3_errcode(database_.get()) & 0xff;
  const std::string text = StrCat("audit database ", path_, ": ", doing, ": ", sqlite3_errmsg(database_.get()));
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    return absl::DataLossError(StrCat(text, "; move the file away to start a new one"));
  }
  return absl::UnavailableError(StrCat(text, "; look at free space and permissions of its folder"));
}

}  // namespace huidu::state
