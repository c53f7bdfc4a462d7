#include "samples/sample_index.h"

#include <sqlite3.h>

#include "base/status.h"

namespace huidu::samples {
namespace {

using state::Database;

constexpr char kSchema[] = R"sql(
  CREATE TABLE IF NOT EXISTS samples (
    id TEXT PRIMARY KEY, time_ms INTEGER NOT NULL, model TEXT NOT NULL, version TEXT NOT NULL,
    content_hash TEXT NOT NULL, reasons INTEGER NOT NULL, request_id TEXT NOT NULL, route TEXT NOT NULL,
    answered_by TEXT NOT NULL, error TEXT NOT NULL, total_ns INTEGER NOT NULL, bytes INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS samples_by_model ON samples (model, id);
)sql";

#define HUIDU_SAMPLE_COLUMNS \
  "id, time_ms, model, version, content_hash, reasons, request_id, route, answered_by, error, total_ns, bytes"

SampleRow ReadRow(sqlite3_stmt* row) {
  SampleRow read;
  read.id = Database::ColumnText(row, 0);
  read.time_ms = sqlite3_column_int64(row, 1);
  read.model = Database::ColumnText(row, 2);
  read.version = Database::ColumnText(row, 3);
  read.content_hash = Database::ColumnText(row, 4);
  read.reasons = ReasonSet::FromBits(static_cast<uint32_t>(sqlite3_column_int64(row, 5)));
  read.request_id = Database::ColumnText(row, 6);
  read.route = Database::ColumnText(row, 7);
  read.answered_by = Database::ColumnText(row, 8);
  read.error = Database::ColumnText(row, 9);
  read.total_ns = static_cast<uint64_t>(sqlite3_column_int64(row, 10));
  read.bytes = static_cast<uint64_t>(sqlite3_column_int64(row, 11));
  return read;
}

void Bind(sqlite3_stmt* statement, int index, uint64_t value) {
  sqlite3_bind_int64(statement, index, static_cast<sqlite3_int64>(value));
}

}  // namespace

SampleRow RowOf(const Sample& sample, uint64_t bytes) {
  return {sample.id,           sample.time_ms,
          sample.model,        sample.version,
          sample.content_hash, sample.reasons,
          sample.request_id,   sample.route,
          sample.answered_by,  sample.error.substr(0, kMaxErrorBytes),
          sample.total_ns,     bytes};
}

absl::Status SampleIndex::Open() {
  if (database_.is_open()) return absl::OkStatus();
  HUIDU_RETURN_IF_ERROR(database_.Open());
  absl::Status status = database_.SetJournal();
  if (status.ok()) status = database_.Execute(kSchema);
  return Failed(std::move(status));
}

// After an error the next call opens the file anew: another program may have replaced it, or the disk come back.
absl::Status SampleIndex::Failed(absl::Status status) {
  if (!status.ok()) database_.Close();
  return status;
}

absl::Status SampleIndex::Prepared(const char* sql, Database::Statement& statement) {
  HUIDU_RETURN_IF_ERROR(Open());
  absl::StatusOr<Database::Statement> prepared = database_.Prepare(sql);
  if (!prepared.ok()) return Failed(prepared.status());
  statement = *std::move(prepared);
  return absl::OkStatus();
}

absl::Status SampleIndex::Write(Database::Statement statement) {
  if (sqlite3_step(statement.get()) == SQLITE_DONE) return absl::OkStatus();
  absl::Status status = database_.LastError("writing");
  statement.reset();
  return Failed(std::move(status));
}

absl::StatusOr<std::vector<SampleRow>> SampleIndex::Rows(Database::Statement statement) {
  std::vector<SampleRow> rows;
  int step = sqlite3_step(statement.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(statement.get())) rows.push_back(ReadRow(statement.get()));
  if (step == SQLITE_DONE) return rows;
  absl::Status status = database_.LastError("reading");
  statement.reset();
  return Failed(std::move(status));
}

absl::Status SampleIndex::Put(const SampleRow& row) {
  Database::Statement insert;
  HUIDU_RETURN_IF_ERROR(
      Prepared("INSERT OR REPLACE INTO samples (" HUIDU_SAMPLE_COLUMNS ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", insert));
  Database::BindText(insert.get(), 1, row.id);
  sqlite3_bind_int64(insert.get(), 2, row.time_ms);
  Database::BindText(insert.get(), 3, row.model);
  Database::BindText(insert.get(), 4, row.version);
  Database::BindText(insert.get(), 5, row.content_hash);
  Bind(insert.get(), 6, row.reasons.bits());
  Database::BindText(insert.get(), 7, row.request_id);
  Database::BindText(insert.get(), 8, row.route);
  Database::BindText(insert.get(), 9, row.answered_by);
  Database::BindText(insert.get(), 10, row.error);
  Bind(insert.get(), 11, row.total_ns);
  Bind(insert.get(), 12, row.bytes);
  return Write(std::move(insert));
}

absl::Status SampleIndex::Delete(std::string_view id) {
  Database::Statement erase;
  HUIDU_RETURN_IF_ERROR(Prepared("DELETE FROM samples WHERE id = ?1", erase));
  Database::BindText(erase.get(), 1, id);
  return Write(std::move(erase));
}

absl::StatusOr<SampleRow> SampleIndex::Find(std::string_view id) {
  Database::Statement select;
  HUIDU_RETURN_IF_ERROR(Prepared("SELECT " HUIDU_SAMPLE_COLUMNS " FROM samples WHERE id = ?1", select));
  Database::BindText(select.get(), 1, id);
  HUIDU_ASSIGN_OR_RETURN(std::vector<SampleRow> rows, Rows(std::move(select)));
  if (!rows.empty()) return std::move(rows.front());
  return absl::NotFoundError(
      StrCat("no sample '", id.substr(0, 64), "': the id is wrong, or it was deleted or is too old"));
}

absl::StatusOr<std::vector<SampleRow>> SampleIndex::List(const SampleFilter& filter) {
  Database::Statement select;
  HUIDU_RETURN_IF_ERROR(Prepared("SELECT " HUIDU_SAMPLE_COLUMNS " FROM samples WHERE model = ?1 AND time_ms >= ?2 "
                                 "AND (?3 = '' OR version = ?3) AND (?4 = 0 OR (reasons & ?4) != 0) AND id > ?6 "
                                 "ORDER BY id DESC LIMIT ?5",
                                 select));
  Database::BindText(select.get(), 1, filter.model);
  sqlite3_bind_int64(select.get(), 2, filter.since_ms);
  Database::BindText(select.get(), 3, filter.version);
  Bind(select.get(), 4, filter.reason ? ReasonSet{*filter.reason}.bits() : 0);
  Bind(select.get(), 5, filter.limit);
  Database::BindText(select.get(), 6, filter.after);
  return Rows(std::move(select));
}

absl::StatusOr<std::vector<SampleRow>> SampleIndex::Oldest(std::string_view model, int64_t before_ms, size_t limit) {
  Database::Statement select;
  HUIDU_RETURN_IF_ERROR(Prepared("SELECT " HUIDU_SAMPLE_COLUMNS " FROM samples WHERE model = ?1 AND time_ms < ?2 "
                                 "ORDER BY id LIMIT ?3",
                                 select));
  Database::BindText(select.get(), 1, model);
  sqlite3_bind_int64(select.get(), 2, before_ms);
  Bind(select.get(), 3, limit);
  return Rows(std::move(select));
}

absl::StatusOr<std::map<std::string, uint64_t>> SampleIndex::Totals() {
  Database::Statement select;
  HUIDU_RETURN_IF_ERROR(Prepared("SELECT model, SUM(bytes) FROM samples GROUP BY model", select));
  std::map<std::string, uint64_t> totals;
  int step = sqlite3_step(select.get());
  for (; step == SQLITE_ROW; step = sqlite3_step(select.get())) {
    totals[Database::ColumnText(select.get(), 0)] = static_cast<uint64_t>(sqlite3_column_int64(select.get(), 1));
  }
  if (step == SQLITE_DONE) return totals;
  absl::Status status = database_.LastError("reading");
  select.reset();
  return Failed(std::move(status));
}

#undef HUIDU_SAMPLE_COLUMNS

}  // namespace huidu::samples
