#pragma once

#include <map>
#include <string>

#include "front/versions/live_choice.h"
#include "state/store.h"

namespace huidu::front {

// The choices of what is live, kept in the store: a promotion holds in the next process too.
//
// Runs on: the control thread. Lives: borrows the store, which outlives it.
// Errors:  what the store cannot take is logged; it holds until the process ends all the same.
class StoredLiveChoices : public LiveChoices {
 public:
  explicit StoredLiveChoices(state::Store& store) : store_(store) {}
  // Reads what earlier processes kept; before the first configuration.
  void Restore();

  std::optional<LiveChoice> Find(const std::string& model) const override;
  void Keep(const std::string& model, std::optional<LiveChoice> choice) override;

 private:
  state::Store& store_;
  std::map<std::string, LiveChoice> choices_;  // by model
};

}  // namespace huidu::front
