#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "front/versions/change_log.h"
#include "front/versions/version_info.h"

namespace huidu::front {

// What a reload did, or with dry_run what it would do.
struct ReloadReport {
  std::vector<std::string> changes;  // one line a difference; empty: nothing changes
  std::string warning;               // ReloadInfo's
};

// What the admin port needs of the server behind it. The server's is made in admin_server.cc from the version manager;
// a test's is a few lines.
// Runs on: the control thread. Errors: those of VersionManager's methods of the same name.
class VersionControl {
 public:
  virtual ~VersionControl() = default;
  virtual boost::asio::awaitable<absl::Status> Load(std::string model, std::string version, std::string path,
                                                    Requester requester) = 0;
  virtual boost::asio::awaitable<absl::Status> SwitchTo(std::string model, std::string version,
                                                        Requester requester) = 0;
  virtual boost::asio::awaitable<absl::Status> Unload(std::string model, std::string version, Requester requester) = 0;
  virtual boost::asio::awaitable<absl::StatusOr<ReloadReport>> Reload(bool dry_run, Requester requester) = 0;
  virtual std::vector<ModelInfo> Models() const = 0;
  virtual std::optional<ModelInfo> Find(const std::string& model) const = 0;
  virtual ReloadInfo reload_info() const = 0;
};

}  // namespace huidu::front
