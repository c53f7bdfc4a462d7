#pragma once

#include <memory>
#include <string>
#include <vector>

#include "front/table/feedback_counters.h"
#include "front/table/servable.h"
#include "front/versions/version_state.h"

namespace huidu::front {

// One version as status and metrics show it. A snapshot.
struct VersionInfo {
  std::string version;
  std::string path;
  VersionState state = VersionState::kNew;
  std::string message;  // the error of kFailed, progress of the others
  bool live = false;
  double traffic_share = 0;  // of the requests that name no version, 0 to 1; internal users and copies are not in it
  std::string engine, engine_version, platform, content_hash, source;  // source: "config" or "api"
  struct Worker {
    int pid = 0;
    std::string state;
    uint64_t resident_bytes = 0;
  };
  std::vector<Worker> workers;
  uint64_t restarts = 0;
  double load_seconds = 0;  // from the order to ready
  double warmup_seconds = 0;
  std::shared_ptr<Servable> servable;  // nullptr before it is loaded; its stats() are the data path's figures
};

struct ModelInfo {
  std::string name;
  std::string live;
  std::string previous;
  std::string configured;  // what the configuration wants live; another one is by promotion, switch or rollback
  std::string message;     // why nothing is live, and what to do; empty if something is
  std::vector<VersionInfo> versions;
  std::shared_ptr<const FeedbackCounters> feedback;  // nullptr: nobody counts
};

struct ReloadInfo {
  uint64_t generation = 0;       // of the configuration that is live
  uint64_t failures = 0;         // reloads refused since the start, and a start without some of the models
  std::string last_error;        // empty if the last reload went through; else why not, or what the start is without
  std::string warning;           // what is wrong with what the last configuration left loaded; empty: nothing
  bool refused = false;          // the last reload was: what was live before is
  std::string last_reload_time;  // UTC
};

}  // namespace huidu::front
