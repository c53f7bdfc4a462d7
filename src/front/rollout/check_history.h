#pragma once

#include <functional>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "front/rollout/recorded_check.h"
#include "rollout/policy.h"
#include "state/store.h"

namespace huidu::front {

// The checks that were recorded: for each model, content and data set the latest one. Kept in the store, at most
// kMostPerModel of a model and none for longer than rollout::kLongestCheckAge.
//
// Runs on: the control thread. Lives: borrows the store, which outlives it.
// Errors:  what the store cannot take is refused: a check that a restart forgets must not admit anything.
class CheckHistory {
 public:
  using Clock = std::function<health::Time()>;
  static constexpr size_t kMostPerModel = 100;

  CheckHistory(state::Store& store, Clock clock) : store_(store), clock_(std::move(clock)) {}
  // Reads what earlier processes kept.
  void Restore();

  // Errors: InvalidArgument (its time is in the future, or too long ago), FailedPrecondition (a later one of this
  // content and data set is known), those of the store.
  absl::Status Add(const std::string& model, RecordedCheck check);
  // Newest first.
  std::vector<RecordedCheck> List(const std::string& model) const;
  // The check that admits the content: the latest that counts for `wanted`, if it passed, compared answers
  // with something, and is recent enough.
  // Error: FailedPrecondition with what is missing: "a passed check on data set 'pages': none is recorded for …".
  absl::StatusOr<RecordedCheck> Admit(const std::string& model, const std::string& content_hash,
                                      const rollout::RequireCheck& wanted) const;

 private:
  void DropOld(const std::string& model);
  bool Expired(const RecordedCheck& check) const;

  state::Store& store_;
  const Clock clock_;
  std::map<std::string, std::map<std::string, RecordedCheck>> checks_;  // by model, then by the store's key
};

}  // namespace huidu::front
