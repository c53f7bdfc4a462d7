#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "front/versions/version.h"

namespace huidu::front {

// All versions of one model, and which of them is live. Decides nothing by itself and waits for nothing.
// Runs on: the control thread.
struct Model {
  config::ModelConfig config;
  std::map<std::string, std::shared_ptr<Version>> versions;
  std::string live;                   // empty: nothing is
  std::vector<std::string> history;   // versions that were live, the newest first; live is history[0]
  std::set<std::string> wanted;       // versions that the configuration asks for

  std::shared_ptr<Version> Find(const std::string& version) const;
  void MakeLive(const std::string& version);
  // The version before the live one, if it is still there; a rollback goes to it.
  std::string Previous() const;
  // Versions that may go: not live, not configured, and either never live and not loaded by hand, or further back in the
  // history than keep_loaded.
  std::vector<std::shared_ptr<Version>> Surplus() const;
  std::shared_ptr<const ModelEntry> Entry() const;
};

}  // namespace huidu::front
