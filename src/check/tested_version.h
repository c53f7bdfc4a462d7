#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "check/answer.h"
#include "check/dataset.h"
#include "config/config.h"
#include "embed/version_host.h"

namespace huidu::check {

// One version in workers of its own.
// Runs on: Ask() any thread; the rest one. Lives: the destructor ends the workers.
class TestedVersion {
 public:
  // Loads and warms it. Error: whatever loading says, with the folder.
  static absl::StatusOr<std::unique_ptr<TestedVersion>> Load(const config::ModelConfig& model,
                                                             const std::string& directory);

  // The answer, and how long it took from handing the request over to the end. A request that cannot be made for this
  // model is InvalidArgument, as is one that the model refuses. Once a worker has died, all further ones fail at once:
  // a version that crashes is known to be bad, and its restarts are not worth waiting for.
  Answer Ask(const Sample& sample, uint64_t* nanoseconds = nullptr);

  bool crashed() const { return crashed_; }
  front::VersionInfo Info();
  double ResidentMb();

 private:
  explicit TestedVersion(const config::ModelConfig& model);

  embed::VersionHost host_;
  std::atomic<bool> crashed_{false};
};

}  // namespace huidu::check
