#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace huidu::config {

// Collects everything that is wrong with one text file, so that a person mends it in one go.
//
// Runs on: one thread. Lives: as long as the file is being read.
class Faults {
 public:
  // Lines and columns count from 0, as protobuf gives them.
  void Add(int line, int column, std::string message);
  bool empty() const { return faults_.empty(); }
  // Whether the text of a further fault would not be shown, so that nobody need make it.
  bool full() const;
  // OK if there was none, else InvalidArgument with a line `filename:line:column: message` for
  // each, in the file's order, counted from 1. Beyond a hundred only their number is told.
  absl::Status ToStatus(std::string_view filename) const;

 private:
  struct Fault {
    int line;
    int column;
    std::string message;
  };
  std::vector<Fault> faults_;
  size_t left_out_ = 0;
};

}  // namespace huidu::config
