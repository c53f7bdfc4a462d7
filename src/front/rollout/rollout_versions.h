#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "front/versions/version_manager.h"
#include "front/versions/version_state.h"

namespace huidu::front {

// What rollouts need of the versions. The server's is made of the version manager; a test's is a few lines.
// Runs on: the control thread. Errors: those of VersionManager's methods of the same name.
class RolloutVersions {
 public:
  struct Found {
    std::string id, path, content_hash;
    VersionState state = VersionState::kNew;
    std::shared_ptr<Servable> servable;  // nullptr: it was never loaded
    std::vector<int> worker_pids;
  };

  virtual ~RolloutVersions() = default;
  virtual std::vector<ModelInfo> Models() const = 0;
  virtual std::optional<ModelInfo> Find(const std::string& model) const = 0;
  virtual const config::ModelConfig* Config(const std::string& model) const = 0;
  virtual std::string LiveVersion(const std::string& model) const = 0;
  virtual std::optional<Found> FindVersion(const std::string& model, const std::string& version) const = 0;
  virtual absl::Status SetTraffic(const std::string& model, VersionManager::Traffic traffic) = 0;
  virtual boost::asio::awaitable<absl::Status> Load(std::string model, std::string version, std::string path,
                                                    Requester requester) = 0;
  virtual boost::asio::awaitable<absl::Status> SwitchTo(std::string model, std::string version,
                                                        Requester requester) = 0;
};

// The version manager's, which must outlive it.
std::unique_ptr<RolloutVersions> MakeRolloutVersions(VersionManager& versions);

}  // namespace huidu::front
