#include "cli/sample_export.h"

#include <filesystem>

#include "base/status.h"
#include "base/strings.h"
#include "samples/private_file.h"

namespace huidu::cli {

absl::StatusOr<DataSet> DataSet::Create(const std::string& folder) {
  HUIDU_RETURN_IF_ERROR(samples::MakePrivateFolder(folder));
  if (std::filesystem::exists(folder + "/manifest.jsonl")) {
    return absl::AlreadyExistsError(StrCat(folder, " holds a data set already; name a new folder"));
  }
  return DataSet(folder);
}

absl::Status DataSet::Add(samples::DataSetItem item) {
  const samples::ManifestLine line = samples::MakeLine(std::move(item.line), item.extension, size_ + 1);
  if (!line.file.empty()) {
    HUIDU_RETURN_IF_ERROR(samples::WritePrivateFile(StrCat(folder_, "/", line.file), item.contents));
  }
  manifest_ += line.text;
  ++size_;
  return absl::OkStatus();
}

absl::Status DataSet::Finish() { return samples::WritePrivateFile(folder_ + "/manifest.jsonl", manifest_); }

}  // namespace huidu::cli
