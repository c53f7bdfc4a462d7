#include <dlfcn.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>

#include "base/strings.h"
#include "engine/engine.h"

namespace huidu::engine {
namespace {

// Read by the engines' libraries while they are being loaded, so set before dlopen; a value of the user's own stays.
// OpenMP threads sleep as soon as a parallel loop ends: by default they spin for 200 ms, which takes the cores away
// from every other version of a model on the machine. The last one keeps start-up notes off the worker's log.
constexpr std::pair<const char*, const char*> kEnvironment[] = {
    {"OMP_WAIT_POLICY", "PASSIVE"},
    {"KMP_BLOCKTIME", "0"},
    {"GLOG_minloglevel", "2"},
};

// The name becomes part of a path, and it comes from a configuration file.
bool ValidName(const std::string& name) {
  return !name.empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
}

absl::StatusOr<std::filesystem::path> ModuleFolder() {
  if (const char* folder = std::getenv("HUIDU_ENGINE_DIR"); folder != nullptr && *folder != '\0') return folder;
  std::error_code error;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return absl::InternalError(StrCat("/proc/self/exe: ", error.message()));
  return (program.parent_path() / ".." / "lib" / "huidu").lexically_normal();
}

std::string WhatToInstall(const std::string& name) {
  if (name == "openvino") return "; its libraries are in the Python package openvino (pinned in tools/setup)";
  if (name == "paddle") {
    return "; its libraries are in the Python package paddlepaddle (pinned in tools/setup) and in Debian's "
           "libpython3.11";
  }
  return "";
}

absl::Status CannotLoad(const std::string& name, const std::filesystem::path& file) {
  const char* reason = dlerror();
  return absl::FailedPreconditionError(StrCat("engine '", name, "' cannot be loaded from ", file.string(), ": ",
                                              reason == nullptr ? "unknown reason" : reason, WhatToInstall(name)));
}

}  // namespace

absl::StatusOr<Engine*> OpenEngine(const std::string& name) {
  if (!ValidName(name)) {
    return absl::InvalidArgumentError(
        StrCat("'", name, "' is no engine's name: lower-case letters and underscores are expected"));
  }
  absl::StatusOr<std::filesystem::path> folder = ModuleFolder();
  if (!folder.ok()) return folder.status();
  const std::filesystem::path file = *folder / StrCat("libhuidu_engine_", name, ".so");
  if (!std::filesystem::exists(file)) {
    return absl::FailedPreconditionError(
        StrCat("there is no engine '", name, "': ", file.string(), " does not exist (not built, or not installed)"));
  }
  for (const auto& [variable, value] : kEnvironment) setenv(variable, value, /*overwrite=*/0);
  // RTLD_LOCAL: what the engine's libraries bring along (protobuf, glog, TBB) stays out of everybody else's sight.
  void* module = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (module == nullptr) return CannotLoad(name, file);
  auto* entry = reinterpret_cast<EntryPoint>(dlsym(module, kEntryPoint));
  if (entry == nullptr) {
    return absl::FailedPreconditionError(StrCat("engine '", name, "': ", file.string(), " has no ", kEntryPoint,
                                                ": it belongs to another version of this server"));
  }
  Engine* engine = entry();
  if (engine == nullptr) {
    return absl::InternalError(StrCat("engine '", name, "' did not start"));
  }
  return engine;
}

}  // namespace huidu::engine
