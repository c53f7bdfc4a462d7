#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "front/admin/version_control.h"
#include "front/metrics/process_figures.h"
#include "state/audit.h"

// What the admin port says, as JSON text. The fields are described in openapi.json.
// Runs on: any thread; pure but for the counters of versions in use, which are read one by one.
namespace huidu::front {

// Constant facts of this server.
struct ServerInfo {
  std::string version;
  std::string config_file;
  uint16_t http_port = 0;
  uint16_t grpc_port = 0;
  std::chrono::system_clock::time_point started = std::chrono::system_clock::now();
};

std::string DescribeModels(const std::vector<ModelInfo>& models);
std::string DescribeModel(const ModelInfo& model);
std::string DescribeVersion(const ModelInfo& model, const std::string& version);

struct StatusInput {
  const ServerInfo& info;
  const std::vector<ModelInfo>& models;
  const ReloadInfo& reload;
  const ProcessFigures& process;
  int pid = 0;
  std::chrono::system_clock::time_point now;
  uint64_t audit_failures = 0;
};
std::string DescribeStatus(const StatusInput& input);

std::string DescribeAudit(const std::vector<state::AuditEntry>& entries);
std::string DescribeReload(bool dry_run, const ReloadReport& report, uint64_t generation);

}  // namespace huidu::front
