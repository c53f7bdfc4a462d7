#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "front/versions/split_order.h"
#include "front/versions/version.h"
#include "front/versions/version_ref.h"

namespace huidu::front {

// All versions of one model, and which of them is live. Decides nothing by itself and waits for nothing.
// Runs on: the control thread.
struct Model {
  config::ModelConfig config;
  std::map<std::string, std::shared_ptr<Version>> versions;
  std::string live;                           // empty: nothing is
  VersionRef configured;                      // what the configuration wants live, as far as that is known
  std::vector<std::string> history;           // versions that were live, the newest first; live is history[0]
  std::string problem;                        // why the configuration could not be made live; empty: it could
  std::set<std::string> wanted;               // versions that the configuration asks for
  std::set<std::string> pinned;               // versions that a rollout needs
  std::set<std::string> staged;               // versions that a reload under way is about to use
  std::optional<SplitOrder> split;            // of a rollout; counts before weights
  std::optional<SplitOrder> weights;          // of the configuration; neither: the live version has all traffic
  std::shared_ptr<const RoutingRules> rules;  // nullptr: the defaults
  std::shared_ptr<FeedbackCounters> feedback = std::make_shared<FeedbackCounters>();

  std::shared_ptr<Version> Find(const std::string& version) const;
  void MakeLive(const std::string& version);
  // Why nothing is live, and what to do; empty if something is, or nothing was ever wanted.
  std::string Problem() const;
  // The weights of `config`; they go on where those before were in their sequence.
  void TakeWeights();
  // The version before the live one, if it is still there; a rollback goes to it.
  std::string Previous() const;
  // Versions that may go: not live, not configured, not pinned or staged, and either never live and not loaded by hand,
  // or further back in the history than keep_loaded.
  std::vector<std::shared_ptr<Version>> Surplus() const;
  std::shared_ptr<const ModelEntry> Entry() const;
  // Of the requests that name no version, 0 to 1.
  double ShareOf(const std::string& version) const;

 private:
  std::shared_ptr<Servable> Routable(const std::string& version) const;
  const std::optional<SplitOrder>& order() const { return split.has_value() ? split : weights; }
  std::shared_ptr<const Split> MakeSplit(const SplitOrder& order) const;
};

}  // namespace huidu::front
