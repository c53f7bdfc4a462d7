#pragma once

#include "front/versions/change_log.h"
#include "state/audit.h"

namespace huidu::front {

// The version manager's change log on top of the audit database.
// Runs on: any thread. Lives: borrows the audit, which outlives it.
class AuditChangeLog : public ChangeLog {
 public:
  explicit AuditChangeLog(state::Audit& audit) : audit_(audit) {}
  absl::Status Record(const Change& change) override;

 private:
  state::Audit& audit_;
};

}  // namespace huidu::front
