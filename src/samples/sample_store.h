#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "samples/keyed_hash.h"
#include "samples/sample_index.h"

namespace huidu::samples {

// Samples on disk: `<folder>/<model>/<id>.sample`, an index in `<folder>/index.db`, the key of its hashes in
// `<folder>/key`. Only the server's own user may read them.
//
// The files are what counts; the index can be made from them again. A file is renamed into its place before its row is
// written, and a row is deleted before its file, so that what a kill leaves behind is a file without a row.
//
// Runs on: any thread, waiting for the disk; no file is read or written while another call waits.
// Errors:  Unavailable (the disk: full, read-only, gone; may pass), DataLoss (damaged file or index), NotFound.
class SampleStore {
 public:
  explicit SampleStore(std::string folder);

  // Makes folder and key, opens the index. Other calls do it too; this one tells whether samples can be kept at all.
  absl::Status Open();
  // Whether anything was ever kept here.
  bool Exists() const;

  // Brings files and index together after a start: takes whole files without a row back into the index, deletes damaged
  // and temporary ones, and rows without a file. To be called by the only thread that calls Put().
  struct Mended {
    size_t taken_back = 0;
    size_t deleted = 0;
  };
  absl::StatusOr<Mended> Mend();

  // Writes a sample, which has an id, in the place of one with the same id. The model's oldest go until it fits into
  // `quota_bytes`.
  // Errors: FailedPrecondition (larger than the whole quota).
  absl::Status Put(const Sample& sample, uint64_t quota_bytes);

  absl::StatusOr<std::vector<SampleRow>> List(const SampleFilter& filter);
  absl::StatusOr<Sample> Get(std::string_view id);
  // What the index says of it, which costs no file. Error: NotFound.
  absl::StatusOr<SampleRow> Find(std::string_view id);
  absl::Status Delete(std::string_view id);
  // Deletes the model's samples from before that moment.
  absl::Status DeleteBefore(const std::string& model, int64_t before_ms);

  // What stands on disk, by model.
  std::map<std::string, uint64_t> Bytes() const;
  // For words that must not stand in clear. Error: as Open().
  absl::StatusOr<KeyedHash> hash();

 private:
  absl::Status OpenLocked();
  absl::Status ReplaceIndex(const absl::Status& why);
  absl::Status MakeRoom(const std::string& model, uint64_t size, uint64_t quota_bytes);
  absl::Status DeleteRow(const SampleRow& row);
  absl::Status MendModel(const std::string& folder, Mended& mended);
  absl::Status TakeBack(const std::string& path, std::string_view id, Mended& mended);
  std::string PathOf(std::string_view model, std::string_view id) const;

  const std::string folder_;
  mutable std::mutex mutex_;  // guards the rest
  SampleIndex index_;
  std::optional<KeyedHash> hash_;
  bool totals_known_ = false;
  std::map<std::string, uint64_t> totals_;
};

}  // namespace huidu::samples
