#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "config/config.h"
#include "front/reload/change_watcher.h"
#include "front/versions/version_manager.h"

namespace huidu::front {

// Brings the configuration file to the version manager: at the start, on SIGHUP, on the admin API's order, and when the
// file, the folders that it names or their contents change.
//
// Changes are seen by content, not by inode: the path is read again every second, so Kubernetes' swap of a symbolic
// link, an editor's rename and a plain write all look the same. Orders that come while a reload runs are merged into
// one more.
//
// Runs on: the control thread; the watcher has a thread of its own, because a network disk may hang.
// Lives:   from Start() to Stop(), inside the version manager's life.
// Errors:  a refused reload changes nothing; it is in the log, the audit, reload_info() and the metric.
class Reloader {
 public:
  Reloader(boost::asio::io_context& control, VersionManager& versions, std::string config_file);
  ~Reloader();

  // What a reload changed, or would change: one line a difference.
  using Report = absl::StatusOr<std::vector<std::string>>;

  // The first configuration. Error: the file is wrong (nothing is loaded), or a model is (the others are live).
  boost::asio::awaitable<absl::Status> LoadFirst();

  // Waits until the configuration is live, or refused.
  boost::asio::awaitable<Report> Reload(bool dry_run, Requester requester);

  // Does not wait; for signals and the watcher.
  void RequestReload(Requester requester);

  // After LoadFirst(). What has changed since that began is seen too.
  void StartWatching(std::chrono::milliseconds interval);
  void Stop();

 private:
  boost::asio::awaitable<void> RunRequested();

  boost::asio::io_context& control_;
  VersionManager& versions_;
  const std::string config_file_;
  config::ServerConfig current_;
  std::string tried_;     // Fingerprint() before the configuration was read last: only what differs is news
  bool running_ = false;  // RunRequested() is at work
  bool requested_ = false;
  Requester requester_;  // of the request that waits
  bool stopped_ = false;

  std::unique_ptr<ChangeWatcher> watcher_;
};

// A hash over the configuration's text and, for each version folder that it leads to, which files it has and when they
// were touched: whenever a reload could make a difference, this has changed. Reads names only, no model.
std::string Fingerprint(const std::string& config_file);

}  // namespace huidu::front
