#include "samples/sample_store.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <limits>
#include <set>

#include "base/log.h"
#include "base/status.h"
#include "samples/private_file.h"
#include "samples/sample_file.h"

namespace huidu::samples {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kExtension = ".sample";
constexpr size_t kDeletedAtOnce = 64;

// A model may be called "..".
std::string FolderOf(std::string_view model) {
  if (model.substr(0, 1) != ".") return std::string(model);
  return StrCat("%2E", model.substr(1));
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) == 0 || errno == ENOENT) return absl::OkStatus();
  return absl::UnavailableError(StrCat("deleting ", path, ": ", std::generic_category().message(errno)));
}

// The id of "<id>.sample"; empty for another name.
std::string_view IdOfFile(std::string_view name) {
  if (name.size() <= kExtension.size() || name.substr(name.size() - kExtension.size()) != kExtension) return {};
  const std::string_view id = name.substr(0, name.size() - kExtension.size());
  return IsSampleId(id) ? id : std::string_view();
}

}  // namespace

SampleStore::SampleStore(std::string folder) : folder_(std::move(folder)), index_(folder_ + "/index.db") {}

std::string SampleStore::PathOf(std::string_view model, std::string_view id) const {
  return StrCat(folder_, "/", FolderOf(model), "/", id, kExtension);
}

absl::Status SampleStore::Open() {
  const std::lock_guard lock(mutex_);
  return OpenLocked();
}

bool SampleStore::Exists() const { return access(folder_.c_str(), F_OK) == 0; }

absl::Status SampleStore::OpenLocked() {
  HUIDU_RETURN_IF_ERROR(MakePrivateFolder(folder_));
  if (!hash_) {
    HUIDU_ASSIGN_OR_RETURN(hash_, KeyedHash::Open(folder_ + "/key"));
  }
  if (totals_known_) return index_.Open();
  absl::Status status = index_.Open();
  if (absl::IsDataLoss(status)) status = ReplaceIndex(status);
  HUIDU_RETURN_IF_ERROR(status);
  HUIDU_ASSIGN_OR_RETURN(totals_, index_.Totals());
  totals_known_ = true;
  return absl::OkStatus();
}

// A damaged index is put aside; Mend() makes it again from the files.
absl::Status SampleStore::ReplaceIndex(const absl::Status& why) {
  const std::string path = folder_ + "/index.db";
  log::Warning("the index of samples is damaged and is made again", {{"reason", std::string(Text(why))}});
  for (const char* companion : {"-wal", "-shm"}) HUIDU_RETURN_IF_ERROR(RemoveFile(path + companion));
  if (rename(path.c_str(), (path + ".damaged").c_str()) != 0) return why;
  return index_.Open();
}

absl::StatusOr<KeyedHash> SampleStore::hash() {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  return *hash_;
}

absl::StatusOr<SampleStore::Mended> SampleStore::Mend() {
  HUIDU_RETURN_IF_ERROR(Open());
  Mended mended;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder_, error)) {
    if (entry.is_directory(error)) HUIDU_RETURN_IF_ERROR(MendModel(entry.path().string(), mended));
  }
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  const std::map<std::string, uint64_t> totals = totals_;
  for (const auto& [model, bytes] : totals) {
    HUIDU_ASSIGN_OR_RETURN(const std::vector<SampleRow> rows, index_.Oldest(model, std::numeric_limits<int64_t>::max(),
                                                                            std::numeric_limits<int32_t>::max()));
    for (const SampleRow& row : rows) {
      if (access(PathOf(row.model, row.id).c_str(), F_OK) == 0 || errno != ENOENT) continue;
      HUIDU_RETURN_IF_ERROR(DeleteRow(row));
      ++mended.deleted;
    }
  }
  return mended;
}

absl::Status SampleStore::MendModel(const std::string& folder, Mended& mended) {
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string path = entry.path().string();
    const std::string name = entry.path().filename().string();
    if (const std::string_view id = IdOfFile(name); !id.empty()) {
      HUIDU_RETURN_IF_ERROR(TakeBack(path, id, mended));
    } else if (name.ends_with(".tmp")) {
      HUIDU_RETURN_IF_ERROR(RemoveFile(path));
      ++mended.deleted;
    }
  }
  return absl::OkStatus();
}

absl::Status SampleStore::TakeBack(const std::string& path, std::string_view id, Mended& mended) {
  absl::StatusOr<SampleRow> row = Find(id);
  if (row.ok() || !absl::IsNotFound(row.status())) return row.status();
  absl::StatusOr<std::string> bytes = ReadWholeFile(path, kMaxFileBytes);
  if (absl::IsUnavailable(bytes.status())) return bytes.status();
  const absl::StatusOr<Sample> sample = bytes.ok() ? DecodeSample(*bytes) : bytes.status();
  if (!sample.ok() || sample->id != id || PathOf(sample->model, id) != path) {
    ++mended.deleted;
    return RemoveFile(path);
  }
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(index_.Put(RowOf(*sample, bytes->size())));
  totals_[sample->model] += bytes->size();
  ++mended.taken_back;
  return absl::OkStatus();
}

absl::Status SampleStore::Put(const Sample& sample, uint64_t quota_bytes) {
  const std::string bytes = EncodeSample(sample);
  if (bytes.size() > std::min<uint64_t>(quota_bytes, kMaxFileBytes)) {
    return absl::FailedPreconditionError(
        StrCat("a sample of ", bytes.size(), " bytes does not fit into a quota of ", quota_bytes));
  }
  {
    const std::lock_guard lock(mutex_);
    HUIDU_RETURN_IF_ERROR(OpenLocked());
    HUIDU_RETURN_IF_ERROR(MakeRoom(sample.model, bytes.size(), quota_bytes));
  }
  HUIDU_RETURN_IF_ERROR(MakePrivateFolder(StrCat(folder_, "/", FolderOf(sample.model))));
  const std::string path = PathOf(sample.model, sample.id);
  HUIDU_RETURN_IF_ERROR(WritePrivateFile(path, bytes));
  const std::lock_guard lock(mutex_);
  const absl::StatusOr<SampleRow> before = index_.Find(sample.id);
  absl::Status status = index_.Put(RowOf(sample, bytes.size()));
  if (status.ok()) {
    totals_[sample.model] += bytes.size() - (before.ok() ? before->bytes : 0);
  } else {
    (void)RemoveFile(path);  // else it would be on disk and count nowhere
  }
  return status;
}

absl::Status SampleStore::MakeRoom(const std::string& model, uint64_t size, uint64_t quota_bytes) {
  while (totals_[model] + size > quota_bytes) {
    HUIDU_ASSIGN_OR_RETURN(const std::vector<SampleRow> rows,
                           index_.Oldest(model, std::numeric_limits<int64_t>::max(), kDeletedAtOnce));
    if (rows.empty()) {
      totals_[model] = 0;
      return absl::OkStatus();
    }
    for (const SampleRow& row : rows) {
      HUIDU_RETURN_IF_ERROR(DeleteRow(row));
      if (totals_[model] + size <= quota_bytes) break;
    }
  }
  return absl::OkStatus();
}

absl::Status SampleStore::DeleteRow(const SampleRow& row) {
  HUIDU_RETURN_IF_ERROR(index_.Delete(row.id));
  uint64_t& total = totals_[row.model];
  total -= std::min(total, row.bytes);
  return RemoveFile(PathOf(row.model, row.id));
}

absl::StatusOr<std::vector<SampleRow>> SampleStore::List(const SampleFilter& filter) {
  if (!Exists()) return std::vector<SampleRow>();  // who only looks makes no folder
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  return index_.List(filter);
}

absl::StatusOr<SampleRow> SampleStore::Find(std::string_view id) {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  return index_.Find(id);
}

absl::StatusOr<Sample> SampleStore::Get(std::string_view id) {
  HUIDU_ASSIGN_OR_RETURN(const SampleRow row, Find(id));
  HUIDU_ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(PathOf(row.model, row.id), kMaxFileBytes));
  absl::StatusOr<Sample> sample = DecodeSample(bytes);
  if (!sample.ok()) return Annotate(sample.status(), StrCat("sample ", id));
  if (sample->id != id) return absl::DataLossError(StrCat("sample ", id, ": its file holds another one"));
  return sample;
}

absl::Status SampleStore::Delete(std::string_view id) {
  const std::lock_guard lock(mutex_);
  HUIDU_RETURN_IF_ERROR(OpenLocked());
  HUIDU_ASSIGN_OR_RETURN(const SampleRow row, index_.Find(id));
  return DeleteRow(row);
}

absl::Status SampleStore::DeleteBefore(const std::string& model, int64_t before_ms) {
  while (true) {
    const std::lock_guard lock(mutex_);  // taken anew for each few, so that others get their turn
    HUIDU_RETURN_IF_ERROR(OpenLocked());
    HUIDU_ASSIGN_OR_RETURN(const std::vector<SampleRow> rows, index_.Oldest(model, before_ms, kDeletedAtOnce));
    if (rows.empty()) return absl::OkStatus();
    for (const SampleRow& row : rows) HUIDU_RETURN_IF_ERROR(DeleteRow(row));
  }
}

std::map<std::string, uint64_t> SampleStore::Bytes() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

}  // namespace huidu::samples
