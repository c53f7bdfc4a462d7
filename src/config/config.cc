#include "config/config.h"

#include <algorithm>
#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "config/read_model.h"
#include "config/text_file.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {
namespace {

constexpr size_t kMostBytes = 4 << 20;
constexpr int kMostModels = 1000;
constexpr int32_t kMostAutomaticInstances = 8;

using File = proto::ModelServerConfig;
using List = proto::ModelConfigList;

void NotePlaces(const Located<proto::ModelConfig>& source, std::string_view filename, ModelConfig& model) {
  using Written = proto::ModelConfig;
  const auto place = [&](const auto& located, int field) {
    const auto at = located.Find(field, -1);
    return StrCat(filename, ":", at.line + 1, ":", at.column + 1);
  };
  model.places = {place(source, Written::kBasePathFieldNumber), place(source, Written::kVersionFieldNumber),
                  place(source, Written::kModelVersionPolicyFieldNumber),
                  place(source, Written::kVersionLabelsFieldNumber)};
  for (size_t i = 0; i < model.versions.size(); ++i) {
    const int index = static_cast<int>(i);
    model.versions[i].place = place(source.Child(Written::kVersionsFieldNumber, index, source.message.versions(index)),
                                    proto::ExtraVersion::kPathFieldNumber);
  }
}

std::vector<ModelConfig> ReadModels(const Located<List>& list, std::string_view filename) {
  std::vector<ModelConfig> models;
  std::map<std::string, int> line_of_name;
  for (int i = 0; i < list.message.config_size(); ++i) {
    const auto located = list.Child(List::kConfigFieldNumber, i, list.message.config(i));
    ModelConfig model = ReadModel(located);
    NotePlaces(located, filename, model);
    const int line = located.Find(proto::ModelConfig::kNameFieldNumber, -1).line;
    const auto [first, is_new] = line_of_name.emplace(model.name, line);
    if (!is_new && !model.name.empty()) {
      located.Fault(proto::ModelConfig::kNameFieldNumber,
                    StrCat("model name '", model.name, "' is taken by the one at line ", first->second + 1));
    }
    models.push_back(std::move(model));
  }
  return models;
}

}  // namespace

const ModelConfig* ServerConfig::Find(std::string_view name) const {
  const auto found = std::find_if(models.begin(), models.end(), [&](const auto& model) { return model.name == name; });
  return found == models.end() ? nullptr : &*found;
}

absl::StatusOr<ServerConfig> Parse(std::string_view text, std::string_view filename) {
  if (text.size() > kMostBytes) {
    return absl::InvalidArgumentError(
        StrCat(filename, ": ", text.size(), " bytes; at most ", kMostBytes, " are accepted"));
  }
  Faults faults;
  File file;
  LocationTree tree;
  if (!ParseTextProto(text, &file, &tree, &faults)) return faults.ToStatus(filename);

  const Located<File> root{file, &tree, 0, 0, &faults};
  if (!file.has_model_config_list()) {
    // An empty file is more often a failed copy than the wish to unload everything; that wish can
    // be written.
    root.Fault(File::kModelConfigListFieldNumber,
               "model_config_list is missing; write model_config_list {} to serve no model");
    return faults.ToStatus(filename);
  }
  const auto list = root.Child(File::kModelConfigListFieldNumber, -1, file.model_config_list());
  if (file.model_config_list().config_size() > kMostModels) {
    list.FaultAt(List::kConfigFieldNumber, kMostModels,
                 StrCat(file.model_config_list().config_size(), " models; at most ", kMostModels));
    return faults.ToStatus(filename);
  }
  ServerConfig config{ReadModels(list, filename)};
  HUIDU_RETURN_IF_ERROR(faults.ToStatus(filename));
  return config;
}

absl::StatusOr<ServerConfig> Load(const std::string& path) {
  absl::StatusOr<std::string> text = ReadFile(path, kMostBytes);
  if (absl::IsResourceExhausted(text.status())) return absl::InvalidArgumentError(text.status().message());
  HUIDU_RETURN_IF_ERROR(text.status());
  return Parse(*text, path);
}

int32_t ResolveInstances(const ModelConfig& model, int32_t cpus) {
  if (model.instances > 0) return model.instances;
  if (model.device == Device::kGpu) return 1;
  return std::clamp(cpus / model.threads_per_instance, 1, kMostAutomaticInstances);
}

}  // namespace huidu::config
