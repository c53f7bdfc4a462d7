#include "repository/manifest.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_join.h"
#include "base/module.h"
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
      file.Fault(File::kNameFieldNumber, "name is missing, or is not a name inside the version's folder");
      continue;
    }
    if (file.message.has_sha256() && !IsSha256(file.message.sha256())) {
      file.Fault(File::kSha256FieldNumber, "sha256 is 64 hexadecimal digits");
    }
    const bool is_new =
        manifest.sha256.emplace(file.message.name(), absl::AsciiStrToLower(file.message.sha256())).second;
    if (!is_new) file.Fault(File::kNameFieldNumber, StrCat("file '", file.message.name(), "' is named twice"));
  }
}

void CheckTask(const config::Located<Written>& source) {
  const std::string& task = source.message.task();
  std::vector<std::string> known = ModuleNames("task");
  known.insert(known.begin(), task::kTensors);
  if (std::find(known.begin(), known.end(), task) == known.end()) {
    source.Fault(Written::kTaskFieldNumber,
                 StrCat("task '", task, "' is not known; known: ", absl::StrJoin(known, ", ")));
  }
  if (task != task::kTensors) return;
  for (int field : {Written::kPartsFieldNumber, Written::kResourcesFieldNumber, Written::kSettingsFieldNumber}) {
    const auto* descriptor = Written::descriptor()->FindFieldByNumber(field);
    if (Written::GetReflection()->FieldSize(source.message, descriptor) == 0) continue;
    source.Fault(field, StrCat(descriptor->name(), " belong to a task: name it with task: \"…\""));
  }
}

// The parts, or the resources: each a name and a path.
template <typename Item, typename List, typename Keep>
void ReadNamedPaths(const config::Located<Written>& source, int field, const List& list, Keep keep) {
  std::set<std::string> names;
  for (int i = 0; i < list.size(); ++i) {
    const auto item = source.Child(field, i, list.Get(i));
    const std::string& name = item.message.name();
    if (name.empty()) item.Fault(Item::kNameFieldNumber, "name is missing");
    if (!names.insert(name).second) item.Fault(Item::kNameFieldNumber, StrCat("'", name, "' is named twice"));
    if (!StaysInside(item.message.path())) {
      item.Fault(Item::kPathFieldNumber, "path is missing, or is not a name inside the version's folder");
    }
    keep(name, item.message.path());
  }
}

void ReadSettings(const config::Located<Written>& source, const std::string& path, Manifest& manifest) {
  for (int i = 0; i < source.message.settings_size(); ++i) {
    const auto& setting = source.message.settings(i);
    const auto place = source.Find(Written::kSettingsFieldNumber, i);
    manifest.settings.push_back(
        {setting.name(), setting.value(), StrCat(path, ":", place.line + 1, ":", place.column + 1)});
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
  CheckTask(source);
  ReadFiles(source, manifest);
  ReadNamedPaths<config::proto::ManifestPart>(
      source, Written::kPartsFieldNumber, written.parts(),
      [&](const std::string& name, const std::string& to) { manifest.parts.emplace(name, to); });
  ReadNamedPaths<config::proto::ManifestResource>(source, Written::kResourcesFieldNumber, written.resources(),
                                                  [&](const std::string& name, const std::string& to) {
                                                    manifest.resources.push_back({name, to});
                                                  });
  ReadSettings(source, path, manifest);
  for (int i = 0; i < written.warmup_samples_size(); ++i) {
    if (!StaysInside(written.warmup_samples(i))) {
      source.FaultAt(Written::kWarmupSamplesFieldNumber, i, "a sample is the name of a file inside the folder");
    }
    manifest.warmup_samples.push_back(written.warmup_samples(i));
  }
  HUIDU_RETURN_IF_ERROR(faults.ToStatus(path));
  return manifest;
}

}  // namespace huidu::repository
