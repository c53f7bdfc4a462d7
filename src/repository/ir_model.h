#pragma once

#include "absl/status/status.h"
#include "repository/file_reader.h"

namespace huidu::repository {

// Checks that an OpenVINO *.xml (of at most 64 MiB) is a whole network and that its *.bin reaches
// as far as the weights that the xml places in it. Runs on: any thread. Errors: InvalidArgument,
// ResourceExhausted.
absl::Status CheckIrModel(FileReader& xml, const FileReader& bin);

}  // namespace huidu::repository
