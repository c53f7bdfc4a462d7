#include "huidu/model_router.h"

#include <cstring>

#include "base/status.h"
#include "embed/version_host.h"
#include "front/router/payload.h"

namespace huidu {
namespace {

RouterAnswer Copy(const front::Result& result) {
  RouterAnswer answer{.version = result.servable->version()};
  for (const front::Output& output : result.answer.outputs) {
    const auto& specs = result.servable->signature().outputs;
    answer.outputs.push_back({.name = output.index < specs.size() ? specs[output.index].name : "",
                              .datatype = std::string(tensor::Name(output.type)),
                              .shape = output.shape,
                              .data = {output.data.begin(), output.data.end()}});
  }
  return answer;
}

absl::StatusOr<std::shared_ptr<front::Payload>> MakePayload(const front::Servable& servable,
                                                            std::span<const RouterTensor> inputs) {
  std::vector<front::InputDescription> descriptions;
  for (const RouterTensor& input : inputs) {
    descriptions.push_back(
        {.name = input.name, .datatype = input.datatype, .shape = input.shape, .bytes = input.data.size()});
  }
  HUIDU_ASSIGN_OR_RETURN(auto payload, front::NewPayload(servable, descriptions, {}));
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (inputs[i].data.empty()) continue;
    std::memcpy(front::InputBytes(servable, *payload, i).data(), inputs[i].data.data(), inputs[i].data.size());
  }
  HUIDU_RETURN_IF_ERROR(front::CheckContents(servable, *payload));
  return payload;
}

config::ModelConfig Config(const ModelRouter::Options& options) {
  config::ModelConfig config;
  config.name = options.model;
  config.keep_loaded = options.keep_loaded;
  return config;
}

front::VersionManager::Options ManagerOptions(const ModelRouter::Options& options) {
  front::VersionManager::Options made;
  made.worker_program = options.worker_program;
  made.inspect_program = options.inspect_program;
  return made;
}

}  // namespace

class ModelRouter::Impl : public embed::VersionHost {
  using VersionHost::VersionHost;
};

absl::StatusOr<std::unique_ptr<ModelRouter>> ModelRouter::Create(Options options) {
  if (options.model.empty()) return absl::InvalidArgumentError("ModelRouter: Options::model is empty");
  auto impl = std::make_unique<Impl>(Config(options), ManagerOptions(options));
  return std::unique_ptr<ModelRouter>(new ModelRouter(std::move(impl)));
}

ModelRouter::ModelRouter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModelRouter::~ModelRouter() = default;

absl::Status ModelRouter::Load(const std::string& version, const std::string& directory) {
  return impl_->Load(version, directory);
}
absl::Status ModelRouter::SwitchTo(const std::string& version) { return impl_->SwitchTo(version); }
absl::Status ModelRouter::Unload(const std::string& version) { return impl_->Unload(version); }
std::string ModelRouter::live() const { return impl_->Info().live; }

std::vector<RouterVersion> ModelRouter::Versions() const {
  std::vector<RouterVersion> versions;
  for (const front::VersionInfo& info : impl_->Info().versions) {
    versions.push_back({info.version, std::string(front::Name(info.state)), info.message, info.live});
  }
  return versions;
}

absl::StatusOr<RouterAnswer> ModelRouter::Infer(std::span<const RouterTensor> inputs, const std::string& version,
                                                std::chrono::milliseconds timeout) {
  const auto fill = [&](const front::Servable& servable) { return MakePayload(servable, inputs); };
  HUIDU_ASSIGN_OR_RETURN(const front::Result result, impl_->Run(version, fill, timeout));
  if (!result.answer.status.ok()) return result.answer.status;
  return Copy(result);
}

}  // namespace huidu
