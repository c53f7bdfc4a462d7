#pragma once

#include <chrono>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>

#include "health/period.h"
#include "rollout/state.h"
#include "state/store.h"

namespace huidu::front {

// What live versions did lately, by model and content: with it a relative rule has something to compare with before
// stable has answered anything in a rollout, and after a restart. Figures are of the last one to two days with requests
// (two halves; the older one is dropped when the newer one is a day long), and nothing is older than kOldest. By the
// hash of the files: the same files under another name keep it, others under the same name do not.
//
// Runs on: the control thread. Lives: borrows the store, which outlives it.
// Errors:  what the store cannot take is logged; it holds until the process ends all the same.
class StoredBaselines {
 public:
  static constexpr std::chrono::hours kHalf{24};
  static constexpr std::chrono::hours kOldest{24 * 7};
  static constexpr uint64_t kMinSamples = 100;  // with fewer a figure is no baseline
  static constexpr size_t kMaxContents = 16;    // of one model; the ones unused for longest go

  explicit StoredBaselines(state::Store& store) : store_(store) {}
  // Reads what earlier processes kept.
  void Restore(health::Time now);

  // Adds what the live version of a model did up to `now`. Empty hashes are left out.
  void Add(const std::string& model, const std::string& content_hash, const health::Period& period, health::Time now);
  // Writes what has changed since.
  void Save();

  rollout::Baselines Of(const std::string& model, const std::string& content_hash, health::Time now) const;
  // {"from", "to", "figures"} for people; null if there is nothing.
  nlohmann::json Describe(const std::string& model, const std::string& content_hash, health::Time now) const;

 private:
  struct Entry {
    health::Period older, newer;
    health::Time older_end{}, newer_end{};
    bool changed = false;
  };
  using Contents = std::map<std::string, Entry>;  // by hash

  static nlohmann::json ToJson(const Entry& entry);
  static bool FromJson(const nlohmann::json& document, Entry& entry);
  static health::Period Sum(const Entry& entry, health::Time now);
  void Forget(const std::string& model, Contents& contents, health::Time now);
  void Delete(const std::string& model, const std::string& content_hash);

  state::Store& store_;
  std::map<std::string, Contents> models_;
};

}  // namespace huidu::front
