#include "cli/check/find_version.h"

#include <filesystem>

#include "absl/strings/str_join.h"
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

}  // namespace

absl::StatusOr<std::string> FindVersionFolder(const AdminOptions& admin, const std::string& model,
                                              const std::string& name) {
  std::error_code error;
  if (name.find('/') != std::string::npos || std::filesystem::is_directory(name, error)) return Absolute(name);
  HUIDU_ASSIGN_OR_RETURN(const Json answer, CallAdmin(admin, "GET", "/models/" + EncodePathPiece(model)));
  const std::string wanted = name == "live" ? answer.value("live", "") : name;
  std::vector<std::string> names;
  for (const Json& version : answer.value("versions", Json::array())) {
    names.push_back(version.value("version", ""));
    const std::string path = version.value("path", "");
    if (names.back() == wanted && !path.empty()) return path;
  }
  return absl::NotFoundError(StrCat("model '", model, "' has no version '", name, "'; it has ",
                                    absl::StrJoin(names, ", "), "; a folder can be given instead"));
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
