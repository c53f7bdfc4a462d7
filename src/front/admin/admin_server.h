#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "front/admin/describe.h"
#include "front/admin/version_control.h"
#include "front/rollout/rollout_control.h"
#include "front/versions/version_manager.h"
#include "samples/sample_writer.h"
#include "state/audit.h"

namespace huidu::front {

// The admin port: the JSON API under /admin/v1/, /metrics, /healthz and a page for people.
//
// Runs on: the control thread, like the version manager that it drives.
// Lives:   until the awaited Stop() is over. Borrows the version manager and the audit, which outlive it.
// Errors:  Start() only; see there.
class AdminServer {
 public:
  // Reads the configuration anew and applies it, or with dry_run says what that would change.
  using ReloadFunction =
      std::function<boost::asio::awaitable<absl::StatusOr<ReloadReport>>(bool dry_run, Requester requester)>;

  struct Options {
    std::string host = "127.0.0.1";
    uint16_t port = 18082;   // 0: a free one
    std::string token_file;  // empty: no tokens, loopback only
    ReloadFunction reload;
    RolloutControl* rollouts = nullptr;        // outlives the server; nullptr: a server without rollouts
    samples::SampleWriter* samples = nullptr;  // outlives the server; nullptr: a server that keeps no requests
    ServerInfo info;
  };

  AdminServer(boost::asio::io_context& control, VersionManager& versions, state::Audit& audit, Options options);
  ~AdminServer();

  // Begins to listen; gives the port in use. Errors: InvalidArgument (host not loopback without tokens, token file),
  // NotFound (token file), AlreadyExists (port in use), PermissionDenied.
  absl::StatusOr<uint16_t> Start();

  // Takes no new call and lets those in flight finish within `patience`.
  boost::asio::awaitable<void> Stop(std::chrono::milliseconds patience);

 private:
  struct Parts;
  boost::asio::io_context& control_;
  state::Audit& audit_;
  Options options_;
  std::unique_ptr<VersionControl> versions_;
  std::unique_ptr<Parts> parts_;  // what listens; made by Start()
};

}  // namespace huidu::front
