#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "health/period.h"

namespace huidu::front {

// What `huidu check --record` found of a content, as far as the server keeps it.
struct RecordedCheck {
  struct Verdict {
    std::string rule, about;  // "p99_ratio", "4 callers"
    std::string state;        // passed, failed, no_data
    double figure = 0, limit = 0;
    std::string text;
  };
  std::string content_hash;           // as the server computes it: of quarantine, of a version's description
  std::string baseline_content_hash;  // empty: there was none
  // What the candidate was compared with: another version, and so many expected answers. A record that does not say has
  // a baseline if it names the content of one, and no expected answers.
  bool has_baseline = false;
  uint64_t labelled = 0;
  bool passed = false;
  health::Time time;  // of the check's beginning, by the clock of who checked
  std::string dataset, dataset_sha256;
  std::vector<Verdict> verdicts;
  std::string recorded_by;  // the actor

  // A check that compared nothing may have passed, but says nothing of the answers: it admits nobody.
  bool Compared() const { return has_baseline || labelled > 0; }
};

// Reads what a client sent, without recorded_by: every fact is held to its form, as rollouts are decided by it.
// Error: InvalidArgument with the field's name.
absl::StatusOr<RecordedCheck> RecordedCheckFromJson(const nlohmann::json& document);
// The same form, with recorded_by.
nlohmann::json ToJson(const RecordedCheck& check);
// What ToJson() wrote.
absl::StatusOr<RecordedCheck> StoredCheckFromJson(nlohmann::json document);

// "p99_ratio (4 callers) is 2.1, limit 1.5; …": what it did not pass. For errors.
std::string WhyNotPassed(const RecordedCheck& check);
std::string TimeText(health::Time time);

}  // namespace huidu::front
