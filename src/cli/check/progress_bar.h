#pragma once

#include <string>

namespace huidu::cli {

// One line on standard error that is written over and over, where that is a terminal; elsewhere, as in a pipeline's
// log, a line at each tenth. Runs on: one thread.
class ProgressBar {
 public:
  ProgressBar();
  // `done`: 0 to 1.
  void Show(const std::string& step, double done);
  // Takes the line away, so that something else can be printed.
  void Clear();

 private:
  const bool terminal_;
  int tenth_ = -1;
};

}  // namespace huidu::cli
