#include "front/admin/change_log.h"

#include "base/log.h"

namespace huidu::front {

absl::Status AuditChangeLog::Record(const Change& change) {
  absl::Status status = audit_.Append({.action = change.action,
                                       .model = change.model,
                                       .actor = change.actor,
                                       .reason = change.reason,
                                       .before = change.before,
                                       .after = change.after,
                                       .result = change.result});
  if (!status.ok()) {
    log::Warning("the audit database did not take a change; the log holds it",
                 {{"error", std::string(status.message())}});
  }
  return status;
}

}  // namespace huidu::front
