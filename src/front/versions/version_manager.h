#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "front/table/serving_table.h"
#include "front/versions/change_log.h"
#include "front/versions/live_choice.h"
#include "front/versions/split_order.h"
#include "front/versions/version_info.h"

namespace huidu::front {

class Version;

// Owns every version of every model: loads, warms, switches, drains, unloads and restarts them, and publishes the
// serving table. The states of a version are in version_state.h; each change of a model waits for the one before it,
// and models do not wait for each other.
//
// Runs on: the control thread (the io_context given); every method must be called there. Infer never comes here.
// Lives:   until the awaited Stop() is over, then it may be destroyed.
// Errors:  a refused or failed change leaves what was live as it was, and is in the change log with its reason.
class VersionManager {
 public:
  struct Options {
    std::string state_dir;                         // sandboxed workers' scratch and engine caches; "" : none
    uint64_t gpu_memory_limit_mb = 0;              // for each version's engine unless its model says less; 0: none
    size_t request_arena_bytes = size_t{1} << 30;  // address space, not memory
    size_t response_arena_bytes = size_t{1} << 30;
    std::string worker_program;   // empty: huidu-worker beside this program
    std::string inspect_program;  // empty: huidu beside this program
    // Turns a warm-up sample's text into a request; the server's reads KServe's JSON. Empty: samples are an error.
    std::function<absl::StatusOr<std::shared_ptr<Payload>>(const Servable&, std::string_view)> read_sample;
    // Whether files with this content may answer users of the model; an error says since when not, and why. Empty: all
    // may.
    std::function<absl::Status(const std::string& model, const std::string& content_hash)> may_serve;
    // What a promotion, a switch or a rollback made live. nullptr: a changed configuration of a model, and a restart,
    // make live what the file names.
    LiveChoices* live_choices = nullptr;
    // Told on the control thread when a configuration has become live.
    std::function<void()> applied;
  };

  VersionManager(boost::asio::io_context& control, std::vector<boost::asio::io_context*> io, Options options,
                 TableHolder& tables, ChangeLog& log);
  ~VersionManager();

  // Makes a whole configuration live, or leaves everything as it was. Models whose entry did not change since the last
  // configuration, and whose files did not, are not touched. What was made live by other means stays live as long as
  // the configuration names the same as then (live_choice.h); the audit tells it as `keep-live`.
  boost::asio::awaitable<absl::Status> Apply(config::ServerConfig config, Requester requester);

  // A configuration that could not even be read: counted and recorded like one that could not be made live.
  void RecordRefusedReload(const absl::Status& why, const Requester& requester);

  // A model without a version, for a program that has no configuration file: Load() and SwitchTo() do the rest.
  void AddModel(config::ModelConfig config);

  // Loads and warms a version beside the others. Done when it is ready, or has failed. Errors: NotFound (model),
  // AlreadyExists (loaded from another path), whatever loading says.
  boost::asio::awaitable<absl::Status> Load(std::string model, std::string version, std::string path,
                                            Requester requester);
  // All traffic to a version that is ready. Errors: NotFound, FailedPrecondition (not loaded, not ready): nothing
  // changes.
  boost::asio::awaitable<absl::Status> SwitchTo(std::string model, std::string version, Requester requester);
  // Drains within the model's drain_timeout, then unloads. Errors: NotFound, FailedPrecondition (it is live).
  boost::asio::awaitable<absl::Status> Unload(std::string model, std::string version, Requester requester);

  // Sets at one moment which version is live, how traffic is divided, and what must stay loaded beside that. Writes no
  // audit: its caller knows more. Errors: as SwitchTo, for `live`; nothing has changed then.
  struct Traffic {
    std::string live;
    std::optional<SplitOrder> split;
    std::set<std::string> pinned;
  };
  absl::Status SetTraffic(const std::string& model, Traffic traffic);
  // A model's entry in the live configuration; nullptr if there is no such model. Valid until the next change.
  const config::ModelConfig* Config(const std::string& model) const;
  // The name of the live version; empty: none, or no such model.
  std::string LiveVersion(const std::string& model) const;
  // What is loaded under that name; nullptr if nothing is.
  std::shared_ptr<Version> FindVersion(const std::string& model, const std::string& version) const;

  // Readiness turns bad at once; requests are still answered.
  void StopAccepting();

  // Drains every version within `timeout`, ends every worker. Then Infer has nobody to ask.
  boost::asio::awaitable<void> Stop(std::chrono::milliseconds timeout);

  std::vector<ModelInfo> Models() const;
  std::optional<ModelInfo> Find(const std::string& model) const;
  const ReloadInfo& reload_info() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace huidu::front
