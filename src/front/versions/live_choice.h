#pragma once

#include <optional>
#include <string>

#include "front/versions/version_ref.h"

namespace huidu::front {

// What is live by a promotion, a switch or a rollback, where the configuration names something else. It holds, over
// reloads and restarts, as long as the configuration names what it named then: an edit of the file is the later wish.
struct LiveChoice {
  std::string base_path;  // as the configuration has it
  VersionRef configured;  // what it led to then, with its content: new files in the same folder are a new wish too
  VersionRef live;
  std::string since;  // UTC

  // `now`: what the configuration leads to now. What of it is not known, because it cannot be loaded, is no new wish.
  bool Holds(const std::string& base_path_now, const VersionRef& now) const;
  // "v2 is live since … and not v1, as base_path '/models/ocr_v1' …; to serve v1: …", for log and audit.
  std::string Why(const std::string& model) const;
};

// Where the choices are kept, so that the next process knows them. The server's is StoredLiveChoices.
// Runs on: the control thread.
class LiveChoices {
 public:
  virtual ~LiveChoices() = default;
  virtual std::optional<LiveChoice> Find(const std::string& model) const = 0;
  // nullopt: what the configuration names is live. What cannot be kept is logged and holds until the process ends.
  virtual void Keep(const std::string& model, std::optional<LiveChoice> choice) = 0;
};

}  // namespace huidu::front
