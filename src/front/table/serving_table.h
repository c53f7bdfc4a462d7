#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "front/table/feedback_counters.h"
#include "front/table/routing_rules.h"
#include "front/table/servable.h"
#include "front/table/split.h"

namespace huidu::front {

// A version as the repository index lists it, ready or not.
struct VersionStatus {
  std::string version;
  std::string state;   // KServe's words: READY, LOADING, UNLOADING, UNAVAILABLE
  std::string reason;  // why it is not ready
};

// One model as requests see it at one moment. Immutable.
struct ModelEntry {
  std::string name;
  std::shared_ptr<Servable> live;                             // nullptr: nothing is ready
  std::map<std::string, std::shared_ptr<Servable>> versions;  // every version that may be asked for by name
  std::map<std::string, std::string> labels;                  // label -> version
  std::shared_ptr<const RoutingRules> rules;                  // nullptr: the defaults
  std::shared_ptr<const Split> split;                         // nullptr: the live version has all traffic
  std::string problem;                                        // why nothing is live; empty: something is
  std::vector<VersionStatus> all;                             // every known version
  std::shared_ptr<FeedbackCounters> feedback;  // of all tables that the model is in; nullptr: no counting
};

// Everything that routing reads. Immutable: the version manager builds a new one for each change and publishes it
// whole, so a request sees one generation from its beginning to its end.
struct ServingTable {
  uint64_t generation = 0;  // counts published tables
  bool accepting = false;   // false before the first configuration is live, and while the server stops
  std::map<std::string, std::shared_ptr<const ModelEntry>, std::less<>> models;

  const ModelEntry* Find(std::string_view model) const;
};

// The model, or NotFound.
absl::StatusOr<const ModelEntry*> FindModel(const ServingTable& table, std::string_view model);
// The version that a client asked for by id or label, or the live one if it asked for none. Errors: NotFound (the text
// lists what is loaded), Unavailable (nothing is ready).
absl::StatusOr<std::shared_ptr<Servable>> FindVersion(const ModelEntry& entry, std::string_view version);

// Whether a version can answer now: it has a worker that is alive.
bool IsReady(const ModelEntry& entry, std::string_view version = {});  // empty: the live one
// Why it is not, as far as that is known; empty: nobody said.
std::string WhyNotReady(const ModelEntry& entry, std::string_view version = {});
// Server readiness: accepting, and every model's live version can answer.
bool IsReady(const ServingTable& table);

// Where the current table is found. Runs on: any thread.
class TableHolder {
 public:
  std::shared_ptr<const ServingTable> Get() const { return table_.load(std::memory_order_acquire); }
  void Publish(std::shared_ptr<const ServingTable> table) { table_.store(std::move(table), std::memory_order_release); }

 private:
  std::atomic<std::shared_ptr<const ServingTable>> table_{std::make_shared<const ServingTable>()};
};

}  // namespace huidu::front
