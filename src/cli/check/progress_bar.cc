#include "cli/check/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/table.h"

namespace huidu::cli {

constexpr int kWidth = 30;

ProgressBar::ProgressBar() : terminal_(isatty(STDERR_FILENO) == 1) {}

void ProgressBar::Show(const std::string& step, double done) {
  done = std::clamp(done, 0.0, 1.0);
  const int percent = static_cast<int>(done * 100);
  if (terminal_) {
    const int filled = static_cast<int>(done * kWidth);
    std::fprintf(stderr, "\r\033[K[%s%s] %3d %%  %s", std::string(filled, '#').c_str(),
                 std::string(kWidth - filled, '.').c_str(), percent, Printable(step).c_str());
  } else if (percent / 10 > tenth_) {
    tenth_ = percent / 10;
    std::fprintf(stderr, "%3d %%  %s\n", percent, Printable(step).c_str());
  }
}

void ProgressBar::Clear() {
  if (terminal_) std::fputs("\r\033[K", stderr);
}

}  // namespace huidu::cli
