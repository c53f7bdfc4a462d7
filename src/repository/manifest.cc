#include "repository/manifest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/text_file.h"
#include "config/text_proto.h"
#include "proto/config/version_manifest.pb.h"
#include "repository/folder.h"

namespace huidu::repository {
namespace {

using Written = config::proto::VersionManifest;
using File = config::proto::ManifestFile;

constexpr size_t kMostBytes = 1 << 20;
constexpr size_t kHexDigits = 64;

// The tasks that a worker can do. Others come with their code.
constexpr char kTensors[] = "tensors";

std::string EngineName(config::proto::Engine engine) {
  switch (engine) {
    case config::proto::OPENVINO: return "openvino";
    case config::proto::PADDLE: return "paddle";
    case config::proto::FAKE: return "fake";
    case config::proto::AUTO: break;
  }
  return "";
}

bool IsSha256(const std::string& hex) {
  return hex.size() == kHexDigits && std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit);
}

void ReadFiles(const config::Located<Written>& source, Manifest& manifest) {
  for (int i = 0; i < source.message.files_size(); ++i) {
    const auto file = source.Child(Written::kFilesFieldNumber, i, source.message.files(i));
    if (!StaysInside(file.message.name())) {
      file.Fault(File::kNameFieldNumber,
                 "name is missing, or is not a name inside the version's folder");
      continue;
    }
    if (file.message.has_sha256() && !IsSha256(file.message.sha256())) {
      file.Fault(File::kSha256FieldNumber, "sha256 is 64 hexadecimal digits");
    }
    const bool is_new =
        manifest.sha256.emplace(file.message.name(), absl::AsciiStrToLower(file.message.sha256()))
            .second;
    if (!is_new)
      file.Fault(File::kNameFieldNumber, StrCat("file '", file.message.name(), "' is named twice"));
  }
}

}  // namespace

absl::StatusOr<Manifest> ReadManifest(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(const std::string text, config::ReadFile(path, kMostBytes));
  config::Faults faults;
  config::LocationTree tree;
  Written written;
  if (!config::ParseTextProto(text, &written, &tree, &faults)) return faults.ToStatus(path);

  const config::Located<Written> source{written, &tree, 0, 0, &faults};
  Manifest manifest;
  manifest.task = written.task();
  manifest.engine = EngineName(written.engine());
  if (manifest.task != kTensors) {
    source.Fault(Written::kTaskFieldNumber,
                 StrCat("task '", manifest.task, "' is not known; known: ", kTensors));
  }
  ReadFiles(source, manifest);
  for (int i = 0; i < written.warmup_samples_size(); ++i) {
    if (!StaysInside(written.warmup_samples(i))) {
      source.FaultAt(Written::kWarmupSamplesFieldNumber, i,
                     "a sample is the name of a file inside the folder");
    }
    manifest.warmup_samples.push_back(written.warmup_samples(i));
  }
  HUIDU_RETURN_IF_ERROR(faults.ToStatus(path));
  return manifest;
}

}  // namespace huidu::repository
