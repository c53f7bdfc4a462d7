#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "base/clock.h"
#include "engine/faulty/faults.h"

namespace huidu::engine::faulty {

// The faults.json of a version folder, read again when it changes, so that a test can switch a fault on under load.
//
// Use:     Open() once, then Next() before each run.
// Runs on: any thread.
// Errors:  Open() fails if there is a file that is wrong. A file that becomes wrong later is logged and the faults stay
//          as they were, since it may be half written; without a file there are no faults.
class FaultFile {
 public:
  static constexpr std::chrono::milliseconds kCheckInterval{100};

  // What one run is to suffer. Holds the faults that `plan` points into.
  struct Step {
    Plan plan;
    std::shared_ptr<const Faults> faults;
    int64_t run = 0;         // since the faults were read
    int64_t generation = 0;  // of the file; raised whenever other faults begin to hold
  };

  explicit FaultFile(std::string path) : path_(std::move(path)) {}

  absl::Status Open(TimePoint now);
  Step Next(TimePoint now);

 private:
  // What tells one content of the file from another without reading it.
  struct Identity {
    uint64_t inode = 0;
    int64_t modified_ns = 0;
    int64_t size = -1;  // -1: no file
    bool operator==(const Identity&) const = default;
  };
  Identity Look() const;
  absl::Status Read(TimePoint now);
  void CheckForChange(TimePoint now);

  const std::string path_;
  std::mutex mutex_;  // guards what follows
  Identity seen_;
  TimePoint checked_;
  TimePoint since_;
  int64_t runs_ = 0;
  int64_t generation_ = 0;
  std::shared_ptr<const Faults> faults_ = std::make_shared<Faults>();
};

}  // namespace huidu::engine::faulty
