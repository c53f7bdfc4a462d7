#include "task/settings.h"

#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>

#include "absl/algorithm/container.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_join.h"
#include "base/strings.h"

namespace huidu::task {

double Settings::Number(const std::string& name, double standard, double least, double most) {
  const Setting* setting = Find(name);
  if (setting == nullptr) return standard;
  double value = 0;
  if (absl::SimpleAtod(setting->value, &value) && value >= least && value <= most) return value;
  Fault(*setting, StrCat("a number from ", least, " to ", most));
  return standard;
}

int64_t Settings::Integer(const std::string& name, int64_t standard, int64_t least, int64_t most) {
  const Setting* setting = Find(name);
  if (setting == nullptr) return standard;
  int64_t value = 0;
  if (absl::SimpleAtoi(setting->value, &value) && value >= least && value <= most) return value;
  Fault(*setting, StrCat("a whole number from ", least, " to ", most));
  return standard;
}

bool Settings::Flag(const std::string& name, bool standard) {
  return Choice(name, standard ? "true" : "false", {"true", "false"}) == "true";
}

std::string Settings::Choice(const std::string& name, const std::string& standard,
                             const std::vector<std::string>& allowed) {
  const Setting* setting = Find(name);
  if (setting == nullptr) return standard;
  if (absl::c_linear_search(allowed, setting->value)) return setting->value;
  Fault(*setting, absl::StrJoin(allowed, " or "));
  return standard;
}

absl::Status Settings::Check() const {
  std::vector<std::string> faults = faults_;
  for (const Setting& setting : description_.settings) {
    if (known_.count(setting.name) > 0) continue;
    faults.push_back(StrCat(setting.where, ": task '", description_.task, "' has no setting '", setting.name,
                            "'; it has ", absl::StrJoin(known_, ", ")));
  }
  if (faults.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrJoin(faults, "\n"));
}

const Setting* Settings::Find(const std::string& name) {
  known_.insert(name);
  const Setting* found = nullptr;
  for (const Setting& setting : description_.settings) {
    if (setting.name != name) continue;
    if (found != nullptr) faults_.push_back(StrCat(setting.where, ": setting '", name, "' is written twice"));
    found = &setting;
  }
  return found;
}

void Settings::Fault(const Setting& setting, const std::string& expected) {
  faults_.push_back(
      StrCat(setting.where, ": setting '", setting.name, "' is '", setting.value, "'; expected is ", expected));
}

std::string FindResource(const Description& description, const std::string& name) {
  for (const Resource& resource : description.resources) {
    if (resource.name == name) return resource.path;
  }
  return "";
}

absl::StatusOr<std::string> RequireResource(const Description& description, const std::string& name) {
  std::string path = FindResource(description, name);
  if (!path.empty()) return path;
  return absl::FailedPreconditionError(StrCat(description.directory, "/version.prototxt: task '", description.task,
                                              "' needs resources { name: '", name, "' path: … }"));
}

absl::Status CheckResources(const Description& description, const std::vector<std::string>& known) {
  for (const Resource& resource : description.resources) {
    if (absl::c_linear_search(known, resource.name)) continue;
    return absl::InvalidArgumentError(StrCat(description.directory, "/version.prototxt: task '", description.task,
                                             "' has no use for a resource '", resource.name, "'; it knows ",
                                             known.empty() ? "none" : absl::StrJoin(known, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadResource(const std::string& path, size_t most_bytes) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    const std::string why = StrCat(path, ": ", std::strerror(errno));
    return errno == EACCES ? absl::PermissionDeniedError(why) : absl::NotFoundError(why);
  }
  std::string text(most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  if (text.size() > most_bytes) {
    return absl::ResourceExhaustedError(StrCat(path, " is larger than ", most_bytes, " bytes"));
  }
  return text;
}

}  // namespace huidu::task
