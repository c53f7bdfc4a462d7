#include "state/database.h"

#include <sqlite3.h>

#include <filesystem>
#include <utility>

#include "base/strings.h"

namespace huidu::state {
namespace {

constexpr int kBusyTimeoutMs = 2000;

}  // namespace

void Database::CloseHandle::operator()(sqlite3* handle) const { sqlite3_close(handle); }
void Database::FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

Database::Database(std::string what, std::string path) : what_(std::move(what)), path_(std::move(path)) {}
Database::~Database() = default;

absl::Status Database::Open() {
  std::error_code error;
  std::filesystem::create_directories(std::filesystem::path(path_).parent_path(), error);  // else open says why
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &opened,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  handle_.reset(opened);  // even a failed open gives a handle, which holds the error's text
  if (code != SQLITE_OK) {
    absl::Status status = LastError("opening");
    Close();
    return status;
  }
  sqlite3_busy_timeout(handle_.get(), kBusyTimeoutMs);
  return absl::OkStatus();
}

void Database::Close() { handle_.reset(); }

absl::Status Database::SetJournal() {
  return Execute("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -256");
}

absl::Status Database::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : LastError("preparing");
}

absl::StatusOr<Database::Statement> Database::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(handle_.get(), sql, -1, &statement, nullptr) != SQLITE_OK) return LastError("reading");
  return Statement(statement);
}

absl::Status Database::LastError(std::string_view doing) const {
  const int code = sqlite3_errcode(handle_.get()) & 0xff;
  const std::string text = StrCat(what_, " ", path_, ": ", doing, ": ", sqlite3_errmsg(handle_.get()));
  if (code == SQLITE_NOTADB || code == SQLITE_CORRUPT) {
    return absl::DataLossError(StrCat(text, "; move the file away to start a new one"));
  }
  return absl::UnavailableError(StrCat(text, "; look at free space and permissions of its folder"));
}

void Database::BindText(sqlite3_stmt* statement, int index, std::string_view text) {
  sqlite3_bind_text(statement, index, text.data(), static_cast<int>(text.size()), SQLITE_TRANSIENT);
}

std::string Database::ColumnText(sqlite3_stmt* row, int index) {
  const unsigned char* text = sqlite3_column_text(row, index);
  if (text == nullptr) return {};
  return std::string(reinterpret_cast<const char*>(text), static_cast<size_t>(sqlite3_column_bytes(row, index)));
}

}  // namespace huidu::state
