#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "samples/data_set.h"

namespace huidu::cli {

// A data set that is being written into a folder. Only the own user may read it: it is what users sent.
// Runs on: one thread; waits for the disk.
class DataSet {
 public:
  // Makes the folder. Errors: AlreadyExists (it holds a manifest), Unavailable (the disk).
  static absl::StatusOr<DataSet> Create(const std::string& folder);

  absl::Status Add(samples::DataSetItem item);
  // The manifest, which is written last: a folder without one is no data set.
  absl::Status Finish();
  size_t size() const { return size_; }

 private:
  explicit DataSet(std::string folder) : folder_(std::move(folder)) {}
  const std::string folder_;
  std::string manifest_;
  size_t size_ = 0;
};

}  // namespace huidu::cli
