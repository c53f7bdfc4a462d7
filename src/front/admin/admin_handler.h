#pragma once

#include <string>
#include <vector>

#include "front/admin/access.h"
#include "front/admin/describe.h"
#include "front/admin/routes.h"
#include "front/admin/sample_calls.h"
#include "front/admin/version_control.h"
#include "front/rollout/rollout_control.h"
#include "http/server.h"
#include "state/audit.h"

namespace huidu::front {

// Answers the calls of the admin port.
// Runs on: the control thread, where a change awaits its own end while other calls go on.
// Lives:   borrows the control and the audit, which outlive it.
// Errors:  {"error": "…"} with the status that http::StatusOf() gives; a refused change has changed nothing.
class AdminHandler : public http::Handler {
 public:
  // `rollouts`, `samples`: nullptr on a server without; their calls then say so.
  AdminHandler(VersionControl& control, RolloutControl* rollouts, state::Audit& audit, Access access, ServerInfo info,
               SampleCalls* samples = nullptr)
      : control_(control),
        rollouts_(rollouts),
        audit_(audit),
        access_(std::move(access)),
        info_(std::move(info)),
        samples_(samples) {}

  boost::asio::awaitable<http::Response> Handle(http::Request& request, http::BodyReader& body) override;

 private:
  // One change as it was asked for; owns its texts, for loading outlives the request's buffers.
  struct Change {
    AdminCall call;
    std::vector<std::string> parameters;
    std::string actor;
  };

  http::Response Read(const RouteMatch& match, const http::Request& request);
  http::Response Judge(const RouteMatch& match) const;
  http::Response Audit(const http::Request& request);
  std::string Metrics();
  std::string Status() const;

  boost::asio::awaitable<http::Response> Act(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> Load(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> Unload(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> Switch(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> Reload(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> StartRollout(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> OrderRollout(Change change, http::BodyReader& body);
  boost::asio::awaitable<absl::StatusOr<std::string>> RecordCheck(Change change, http::BodyReader& body);
  absl::StatusOr<std::string> DescribeRollout(const std::string& model) const;
  absl::StatusOr<std::string> DescribeChecks(const std::string& model) const;
  absl::Status MayChange(const std::string& model, const std::string& version) const;

  VersionControl& control_;
  RolloutControl* const rollouts_;
  state::Audit& audit_;
  const Access access_;
  const ServerInfo info_;
  SampleCalls* const samples_;
  MemoryWatch memory_;
};

}  // namespace huidu::front
