#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "task/description.h"

namespace huidu::task {

// Reads a task's settings: each call states a setting's name, its default and what is allowed, so the calls together
// are the list of settings that there are.
//
//   Settings settings(description);
//   options.box_threshold = settings.Number("box_threshold", 0.5, 0, 1);
//   HUIDU_RETURN_IF_ERROR(settings.Check());
//
// Runs on: one thread.
class Settings {
 public:
  explicit Settings(const Description& description) : description_(description) {}

  double Number(const std::string& name, double standard, double least, double most);
  int64_t Integer(const std::string& name, int64_t standard, int64_t least, int64_t most);
  bool Flag(const std::string& name, bool standard);  // "true" or "false"
  std::string Choice(const std::string& name, const std::string& standard, const std::vector<std::string>& allowed);

  // Error: InvalidArgument with every fault, one a line: values that are not allowed, settings written twice, settings
  // that nobody asked for.
  absl::Status Check() const;

 private:
  const Setting* Find(const std::string& name);
  void Fault(const Setting& setting, const std::string& expected);

  const Description& description_;
  std::set<std::string> known_;
  std::vector<std::string> faults_;
};

// The path of a resource. Error: FailedPrecondition if the version has none of that name.
absl::StatusOr<std::string> RequireResource(const Description& description, const std::string& name);
// Empty if the version has none.
std::string FindResource(const Description& description, const std::string& name);
// Error: InvalidArgument if the description has a resource of another name.
absl::Status CheckResources(const Description& description, const std::vector<std::string>& known);
// A file of at most `most_bytes`, whole. Errors: NotFound, PermissionDenied, ResourceExhausted, with the path.
absl::StatusOr<std::string> ReadResource(const std::string& path, size_t most_bytes);

}  // namespace huidu::task
