#include "state/store.h"

#include <sqlite3.h>

#include <filesystem>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::state {
namespace {

constexpr int kBusyTimeoutMs = 2000;

void Bind(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

std::string Column(sqlite3_stmt* row, int index) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row, index));
  return text == nullptr ? std::string() : std::string(text, static_cast<size_t>(sqlite3_column_bytes(row, index)));
}

}  // namespace

void Store::CloseDatabase::operator()(sqlite3* database) const { sqlite3_close(database); }
void Store::FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Store::Store(std::string path) : path_(std::move(path)) {}
Store::~Store() = default;

absl::Status Store::Open() {
  const std::lock_guard lock(mutex_);
  return OpenLocked();
}

absl::Status Store::Put(std::string_view key, std::string_view text) {
  return Run("INSERT INTO store (key, text) VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET text = ?2", key, text);
}

absl::Status Store::Delete(std::string_view key) { return Run("DELETE FROM store WHERE key = ?1", key, {}); }

absl::StatusOr<std::map<std::string, std::string>> Store::List(std::string_view prefix) {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  HUIDU_ASSIGN_OR_RETURN(const Statement select,
                         Prepare("SELECT key, text FROM store WHERE substr(key, 1, length(?1)) = ?1"));
  Bind(select.get(), 1, prefix);
  std::map<std::string, std::string> found;
  int step = sqlite3_step(select.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(select.get())) found[Column(select.get(), 0)] = Column(select.get(), 1);
  if (step != SQLITE_DONE) return LastError("reading");
  return found;
}

absl::Status Store::Run(const char* sql, std::string_view first, std::string_view second) {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  HUIDU_ASSIGN_OR_RETURN(const Statement statement, Prepare(sql));
  Bind(statement.get(), 1, first);
  if (sqlite3_bind_parameter_count(statement.get()) > 1) Bind(statement.get(), 2, second);
  return sqlite3_step(statement.get()) == SQLITE_DONE ? absl::OkStatus() : LastError("writing");
}

absl::Status Store::OpenLocked() {
  if (database_ != nullptr) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);  // else open says why
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  database_.reset(opened);  // even a failed open gives a handle, which holds the error's text
  if (code != SQLITE_OK) return LastError("opening");
  sqlite3_busy_timeout(database_.get(), kBusyTimeoutMs);
  constexpr char kSetup[] =
      "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256;"
      "CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID";
  if (sqlite3_exec(database_.get(), kSetup, nullptr, nullptr, nullptr) != SQLITE_OK) return LastError("preparing");
  return absl::OkStatus();
}

absl::StatusOr<Store::Statement> Store::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return LastError("preparing");
  return Statement(statement);
}

// The database is opened anew by the next call: a disk that came back is found again.
absl::Status Store::LastError(std::string_view doing) {
  const int code = sqlite3_errcode(database_.get()) & 0xff;
  const std::string text = StrCat("state database ", path_, ": ", doing, ": ", sqlite3_errmsg(database_.get()));
  database_.reset();
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    return absl::DataLossError(StrCat(text, "; move the file away to start a new one"));
  }
  return absl::UnavailableError(StrCat(text, "; look at free space and permissions of its folder"));
}

}  // namespace huidu::state
