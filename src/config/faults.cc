#include "config/faults.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/strings.h"

namespace huidu::config {
namespace {

// A file of noise has a fault at every byte; nobody reads more than this.
constexpr size_t kMostFaults = 100;

}  // namespace

bool Faults::full() const { return faults_.size() == kMostFaults; }

void Faults::Add(int line, int column, std::string message) {
  if (full()) {
    ++left_out_;
    return;
  }
  faults_.push_back({std::max(line, 0), std::max(column, 0), std::move(message)});
}

absl::Status Faults::ToStatus(std::string_view filename) const {
  if (faults_.empty()) return absl::OkStatus();
  std::vector<Fault> sorted = faults_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Fault& a, const Fault& b) {
    return std::tie(a.line, a.column) < std::tie(b.line, b.column);
  });
  std::string text;
  for (const Fault& fault : sorted) {
    if (!text.empty()) text += '\n';
    text += StrCat(filename, ":", fault.line + 1, ":", fault.column + 1, ": ", fault.message);
  }
  if (left_out_ > 0) text += StrCat("\n", filename, ": and ", left_out_, " more");
  return absl::InvalidArgumentError(text);
}

}  // namespace huidu::config
