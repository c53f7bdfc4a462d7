#include "cli/check/find_version.h"

#include <filesystem>
#include <map>

#include "base/status.h"
#include "base/strings.h"
#include "cli/http_client.h"

namespace huidu::cli {
namespace {

std::string Absolute(const std::string& path) {
  std::error_code error;
  std::string absolute = std::filesystem::absolute(path, error).lexically_normal().string();
  while (absolute.size() > 1 && absolute.back() == '/') absolute.pop_back();
  return absolute;
}

using Folders = std::map<std::string, std::string>;  // by version

void AddFolder(const Json& version, Folders& folders) {
  folders.emplace(version.value("version", ""), version.value("path", ""));
}

// Loads by command, the newest first: "v2 (/models/ocr_v2)" is what an entry says came of one.
void AddLoaded(const Json& entries, Folders& folders) {
  for (const Json& entry : entries) {
    const std::string after = entry.value("after", "");
    const size_t at = after.find(" (");
    if (entry.value("action", "") != "load" || at == after.npos || !entry.value("result", "").starts_with("ok"))
      continue;
    folders.emplace(after.substr(0, at), after.substr(at + 2, after.size() - at - 3));
  }
}

// Of versions that are not loaded. A name that is known already is not taken again.
absl::Status AddUnloaded(const AdminOptions& admin, const std::string& model, Folders& folders) {
  const std::string name = EncodePathPiece(model);
  HUIDU_ASSIGN_OR_RETURN(const Json rollout, CallAdmin(admin, "GET", StrCat("/models/", name, "/rollout")));
  for (const Json& entry : rollout.value("quarantine", Json::array())) {
    AddFolder(entry, folders);
    AddFolder(entry.value("stable", Json::object()), folders);
  }
  HUIDU_ASSIGN_OR_RETURN(const Json audit, CallAdmin(admin, "GET", StrCat("/audit?limit=10000&model=", name)));
  AddLoaded(audit.value("entries", Json::array()), folders);
  std::erase_if(folders, [](const auto& known) { return known.first.empty() || known.second.empty(); });
  return absl::OkStatus();
}

std::string Names(const Folders& folders) {
  std::string names;
  for (const auto& [name, folder] : folders) StrAppend(&names, names.empty() ? "" : ", ", name);
  return names.empty() ? "none" : names;
}

}  // namespace

absl::StatusOr<std::string> FindVersionFolder(const AdminOptions& admin, const std::string& model,
                                              const std::string& name) {
  std::error_code error;
  if (name.find('/') != std::string::npos || std::filesystem::is_directory(name, error)) return Absolute(name);
  HUIDU_ASSIGN_OR_RETURN(const Json described, CallAdmin(admin, "GET", "/models/" + EncodePathPiece(model)));
  const std::string wanted = name == "live" ? described.value("live", "") : name;
  Folders folders;
  for (const Json& version : described.value("versions", Json::array())) AddFolder(version, folders);
  if (!folders.contains(wanted)) HUIDU_RETURN_IF_ERROR(AddUnloaded(admin, model, folders));
  const auto found = folders.find(wanted);
  if (found == folders.end()) {
    return absl::NotFoundError(StrCat("model '", model, "' has no version '", name, "'; it has ", Names(folders),
                                      "; a folder can be given instead"));
  }
  if (!std::filesystem::is_directory(found->second, error)) {
    return absl::NotFoundError(StrCat("version ", found->first, " of model '", model, "' is ", found->second,
                                      " at the server, which is no folder on this machine; give its folder here"));
  }
  return found->second;
}

absl::StatusOr<config::ModelConfig> FindModelConfig(const std::string& file, const std::string& model) {
  if (file.empty()) {
    config::ModelConfig defaults;
    defaults.name = model;
    return defaults;
  }
  HUIDU_ASSIGN_OR_RETURN(const config::ServerConfig server, config::Load(file));
  if (const config::ModelConfig* found = server.Find(model)) return *found;
  return absl::NotFoundError(StrCat(file, " has no model '", model, "'"));
}

}  // namespace huidu::cli
