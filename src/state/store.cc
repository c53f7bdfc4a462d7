#include "state/store.h"

#include <sqlite3.h>

#include "base/status.h"

namespace huidu::state {
namespace {

constexpr char kSchema[] = "CREATE TABLE IF NOT EXISTS store (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID";

}  // namespace

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
  HUIDU_ASSIGN_OR_RETURN(Database::Statement select,
                         database_.Prepare("SELECT key, text FROM store WHERE substr(key, 1, length(?1)) = ?1"));
  Database::BindText(select.get(), 1, prefix);
  std::map<std::string, std::string> found;
  int step = sqlite3_step(select.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(select.get())) {
    found[Database::ColumnText(select.get(), 0)] = Database::ColumnText(select.get(), 1);
  }
  if (step == SQLITE_DONE) return found;
  absl::Status status = database_.LastError("reading");
  select.reset();
  database_.Close();  // the next call opens it anew
  return status;
}

absl::Status Store::Run(const char* sql, std::string_view first, std::string_view second) {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  absl::Status status;
  {
    absl::StatusOr<Database::Statement> statement = database_.Prepare(sql);
    if (statement.ok()) {
      Database::BindText(statement->get(), 1, first);
      if (sqlite3_bind_parameter_count(statement->get()) > 1) Database::BindText(statement->get(), 2, second);
      if (sqlite3_step(statement->get()) != SQLITE_DONE) status = database_.LastError("writing");
    } else {
      status = statement.status();
    }
  }
  if (!status.ok()) database_.Close();  // the next call opens it anew
  return status;
}

absl::Status Store::OpenLocked() {
  if (database_.is_open()) return absl::OkStatus();
  HUIDU_RETURN_IF_ERROR(database_.Open());
  absl::Status status = database_.SetJournal();
  if (status.ok()) status = database_.Execute(kSchema);
  if (!status.ok()) database_.Close();
  return status;
}

}  // namespace huidu::state
