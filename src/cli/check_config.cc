#include "cli/check_config.h"

#include <sstream>

#include "base/strings.h"
#include "cli/format.h"
#include "config/config.h"
#include "repository/find_versions.h"
#include "repository/version_folder.h"

namespace huidu::cli {
namespace {

void AddLines(std::string_view text, std::vector<std::string>& lines) {
  std::istringstream stream{std::string(text)};
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
}

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) StrAppend(&out, out.empty() ? "" : ", ", word);
  return out;
}

void CheckVersion(const std::string& model, const repository::FoundVersion& version, bool live, ConfigReport& report) {
  const auto folder = repository::Discover(version.path);
  const auto inspection = folder.ok() ? repository::Inspect(*folder) : folder.status();
  if (!inspection.ok()) {
    report.errors.push_back(StrCat("model '", model, "' version ", version.id, ": ", Text(inspection.status())));
    return;
  }
  report.findings.push_back(StrCat("model '", model, "' version ", version.id, live ? " (live): " : ": ", version.path,
                                   ", ", FormatBytes(inspection->bytes), ", engines: ", Join(inspection->engines)));
  for (const std::string& warning : inspection->warnings) {
    report.findings.push_back(StrCat("  warning: ", warning));
  }
}

void CheckModel(const config::ModelConfig& model, ConfigReport& report) {
  const auto found = repository::FindModelVersions(model);
  if (!found.ok()) {
    report.errors.emplace_back(Text(found.status()));  // names the model
    return;
  }
  for (const repository::FoundVersion& version : found->versions) {
    CheckVersion(model.name, version, version.id == found->live, report);
  }
}

}  // namespace

ConfigReport CheckConfig(const std::string& path, bool check_models) {
  ConfigReport report;
  const auto config = config::Load(path);
  if (!config.ok()) {
    AddLines(Text(config.status()), report.errors);
    return report;
  }
  for (const config::ModelConfig& model : config->models) {
    if (check_models) {
      CheckModel(model, report);
    } else {
      report.findings.push_back(StrCat("model '", model.name, "': ", model.base_path));
    }
  }
  return report;
}

Json ToJson(const ConfigReport& report) {
  return {{"ok", report.errors.empty()}, {"errors", report.errors}, {"findings", report.findings}};
}

std::string InspectionText(const repository::Inspection& inspection) {
  std::string out = StrCat("files:   ", FormatBytes(inspection.bytes), "\nengines: ", Join(inspection.engines),
                           "\ncontent: sha256 ", inspection.content_hash, "\n");
  if (!inspection.lod_inputs.empty()) StrAppend(&out, "sequence inputs: ", Join(inspection.lod_inputs), "\n");
  for (const std::string& warning : inspection.warnings) StrAppend(&out, "warning: ", warning, "\n");
  return out;
}

}  // namespace huidu::cli
