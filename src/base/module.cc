#include "base/module.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/strings.h"

namespace huidu {
namespace {

// The name becomes part of a path, and it comes from a configuration file.
bool ValidName(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
}

std::string Prefix(const std::string& kind) { return StrCat("libhuidu_", kind, "_"); }

}  // namespace

std::string ModuleFolder() {
  if (const char* folder = std::getenv("HUIDU_MODULE_DIR"); folder != nullptr && *folder != '\0') return folder;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  return (program.parent_path() / ".." / "lib" / "huidu").lexically_normal().string();
}

absl::StatusOr<void*> OpenModule(const std::string& kind, const std::string& name, const char* entry) {
  if (!ValidName(name)) {
    return absl::InvalidArgumentError(
        StrCat("'", name, "' is no ", kind, "'s name: lower-case letters and underscores are expected"));
  }
  const std::string what = StrCat(kind, " '", name, "'");
  const std::filesystem::path file = std::filesystem::path(ModuleFolder()) / StrCat(Prefix(kind), name, ".so");
  if (!std::filesystem::exists(file)) {
    return absl::NotFoundError(
        StrCat("there is no ", what, ": ", file.string(), " does not exist (not built, or not installed)"));
  }
  // RTLD_LOCAL: what the module's libraries bring along (protobuf, glog, TBB) stays out of everybody else's sight.
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) {
    const char* reason = dlerror();
    return absl::FailedPreconditionError(
        StrCat(what, " cannot be loaded from ", file.string(), ": ", reason == nullptr ? "unknown reason" : reason));
  }
  void* function = dlsym(module, entry);
  if (function == nullptr) {
    return absl::FailedPreconditionError(
        StrCat(what, ": ", file.string(), " has no ", entry, ": it belongs to another version of this server"));
  }
  return function;
}

std::vector<std::string> ModuleNames(const std::string& kind) {
  std::vector<std::string> names;
  std::error_code error;
  const std::string prefix = Prefix(kind);
  for (const auto& entry : std::filesystem::directory_iterator(ModuleFolder(), error)) {
    const std::string file = entry.path().filename().string();
    if (entry.path().extension() != ".so" || file.rfind(prefix, 0) != 0) continue;
    names.push_back(file.substr(prefix.size(), file.size() - prefix.size() - 3));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace huidu
