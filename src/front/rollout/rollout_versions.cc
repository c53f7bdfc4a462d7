#include "front/rollout/rollout_versions.h"

#include <utility>

#include "front/versions/version.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;

class ManagedVersions : public RolloutVersions {
 public:
  explicit ManagedVersions(VersionManager& manager) : manager_(manager) {}

  std::vector<ModelInfo> Models() const override { return manager_.Models(); }
  std::optional<ModelInfo> Find(const std::string& model) const override { return manager_.Find(model); }
  const config::ModelConfig* Config(const std::string& model) const override { return manager_.Config(model); }
  std::string LiveVersion(const std::string& model) const override { return manager_.LiveVersion(model); }
  std::optional<Found> FindVersion(const std::string& model, const std::string& id) const override {
    const std::shared_ptr<Version> version = manager_.FindVersion(model, id);
    if (version == nullptr) return std::nullopt;
    return Found{version->id(),    version->path(),     version->content_hash(),
                 version->state(), version->servable(), version->WorkerPids()};
  }
  absl::Status SetTraffic(const std::string& model, VersionManager::Traffic traffic) override {
    return manager_.SetTraffic(model, std::move(traffic));
  }
  awaitable<absl::Status> Load(std::string model, std::string version, std::string path, Requester requester) override {
    return manager_.Load(std::move(model), std::move(version), std::move(path), std::move(requester));
  }
  awaitable<absl::Status> SwitchTo(std::string model, std::string version, Requester requester) override {
    return manager_.SwitchTo(std::move(model), std::move(version), std::move(requester));
  }

 private:
  VersionManager& manager_;
};

}  // namespace

std::unique_ptr<RolloutVersions> MakeRolloutVersions(VersionManager& versions) {
  return std::make_unique<ManagedVersions>(versions);
}

}  // namespace huidu::front
