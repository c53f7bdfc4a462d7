#pragma once

#include <string>

#include "absl/status/status.h"

namespace huidu::front {

// Where changes are written down; the server's is the audit database, a test's a vector.
class ChangeLog {
 public:
  struct Change {
    std::string action;  // "load", "unload", "switch", "reload", "worker-restart", …
    std::string model;
    std::string actor;  // "operator:alice", "sighup", "config-watch", "huidu"
    std::string reason;
    std::string before;  // what was live
    std::string after;
    std::string result;  // "ok" or the error's text
  };
  virtual ~ChangeLog() = default;
  // Never fails towards the caller: a rollback at 3 a.m. must not depend on a full disk. Returns what went wrong.
  virtual absl::Status Record(const Change& change) = 0;
};

// Who wants a change, and why; kept in the audit.
struct Requester {
  std::string actor = "huidu";
  std::string reason;
};

}  // namespace huidu::front
