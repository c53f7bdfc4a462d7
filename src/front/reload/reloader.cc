#include "front/reload/reloader.h"

#include <sys/stat.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <filesystem>

#include "absl/strings/str_join.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "config/diff.h"
#include "config/text_file.h"
#include "repository/find_versions.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;

constexpr size_t kMaxConfigBytes = 4 << 20;
constexpr size_t kMaxFilesSeen = 100000;
constexpr int kMaxDepth = 3;

// Which file stands there and when it was last touched. Size and time of writing alone are often those of the file
// before: parameters of one shape, from an archive that sets all times to the same.
std::string Look(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return StrCat(path, " cannot be read\n");
  return StrCat(path, " ", info.st_dev, " ", info.st_ino, " ", info.st_size, " ", info.st_mtim.tv_sec, ".",
                info.st_mtim.tv_nsec, " ", info.st_ctim.tv_sec, ".", info.st_ctim.tv_nsec, "\n");
}

// A version's files, also those of its parts in folders of their own.
void AppendFolder(const std::string& folder, std::string& out) {
  using Walk = std::filesystem::recursive_directory_iterator;
  std::error_code error;
  std::vector<std::string> lines = {Look(folder)};
  const auto options = std::filesystem::directory_options::follow_directory_symlink;
  for (Walk it(folder, options, error), end; !error && it != end; it.increment(error)) {
    if (lines.size() > kMaxFilesSeen) break;
    if (it.depth() >= kMaxDepth) it.disable_recursion_pending();  // a link may lead back up
    lines.push_back(Look(it->path().string()));
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines) out += line;
  if (error) StrAppend(&out, folder, ": ", error.message(), "\n");
}

// Every fault of the folders that the configuration leads to, one a line.
absl::Status CheckFolders(const config::ServerConfig& config) {
  std::vector<std::string> faults;
  for (const config::ModelConfig& model : config.models) {
    const absl::Status status = repository::FindModelVersions(model).status();
    if (!status.ok()) faults.emplace_back(Text(status));
  }
  return faults.empty() ? absl::OkStatus() : absl::FailedPreconditionError(absl::StrJoin(faults, "\n"));
}

}  // namespace

std::string Fingerprint(const std::string& config_file) {
  const absl::StatusOr<std::string> text = config::ReadFile(config_file, kMaxConfigBytes);
  if (!text.ok()) return std::string(Text(text.status()));
  std::string print = *text;
  const absl::StatusOr<config::ServerConfig> parsed = config::Parse(*text, config_file);
  if (!parsed.ok()) return print;
  for (const config::ModelConfig& model : parsed->models) {
    const absl::StatusOr<repository::ModelVersions> found = repository::FindModelVersions(model);
    if (!found.ok()) {
      StrAppend(&print, Text(found.status()), "\n");
      continue;
    }
    StrAppend(&print, model.name, " live ", found->live, "\n");
    for (const repository::FoundVersion& version : found->versions) AppendFolder(version.path, print);
  }
  return print;
}

Reloader::Reloader(boost::asio::io_context& control, VersionManager& versions, std::string config_file)
    : control_(control), versions_(versions), config_file_(std::move(config_file)) {}

Reloader::~Reloader() { Stop(); }

awaitable<absl::Status> Reloader::LoadFirst() {
  tried_ = Fingerprint(config_file_);
  absl::StatusOr<config::ServerConfig> parsed = config::Load(config_file_);
  if (!parsed.ok()) co_return parsed.status();
  current_ = *parsed;
  // Named, not a braced temporary in the call: GCC 12 destroys such an argument of a coroutine twice (its bug 98401).
  const Requester starter{"huidu", "start"};
  co_return co_await versions_.Apply(*std::move(parsed), starter);
}

awaitable<Reloader::Report> Reloader::Reload(bool dry_run, Requester requester) {
  if (!dry_run) tried_ = Fingerprint(config_file_);
  absl::StatusOr<config::ServerConfig> parsed = config::Load(config_file_);
  if (!parsed.ok()) {
    if (!dry_run) versions_.RecordRefusedReload(parsed.status(), requester);
    co_return parsed.status();
  }
  std::vector<std::string> changes = config::Diff(current_, *parsed);
  if (dry_run) {
    const absl::Status folders = CheckFolders(*parsed);
    if (!folders.ok()) co_return folders;
    co_return changes;
  }
  const absl::Status status = co_await versions_.Apply(*parsed, std::move(requester));
  if (!status.ok()) co_return status;
  current_ = *std::move(parsed);
  co_return changes;
}

void Reloader::RequestReload(Requester requester) {
  requested_ = true;
  requester_ = std::move(requester);
  if (std::exchange(running_, true)) return;
  boost::asio::co_spawn(control_, RunRequested(), boost::asio::detached);
}

awaitable<void> Reloader::RunRequested() {
  while (std::exchange(requested_, false) && !stopped_) {
    const Report report = co_await Reload(/*dry_run=*/false, requester_);
    if (report.ok()) {
      log::Info("configuration reloaded", {{"actor", requester_.actor}, {"changes", StrCat(report->size())}});
    } else {
      log::Error("configuration refused, nothing was changed",
                 {{"actor", requester_.actor}, {"reason", std::string(Text(report.status()))}});
    }
  }
  running_ = false;
}

void Reloader::StartWatching(std::chrono::milliseconds interval) {
  const auto changed = [this](std::string now) {
    boost::asio::post(control_, [this, now = std::move(now)] {
      if (now == tried_) return;  // a signal or an order came first
      RequestReload({"config-watch", "the file or a folder it names changed"});
    });
  };
  watcher_ = std::make_unique<ChangeWatcher>(
      tried_, [this] { return Fingerprint(config_file_); }, interval, changed);
}

void Reloader::Stop() {
  stopped_ = true;
  watcher_.reset();
}

}  // namespace huidu::front
