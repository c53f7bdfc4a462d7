#include "front/admin/describe.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "front/metrics/metrics.h"

namespace huidu::front {
namespace {

using Json = nlohmann::ordered_json;

// Paths and errors may hold bytes that are not UTF-8; they must not make an answer fail.
std::string Dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

double Milliseconds(double seconds) { return seconds * 1e3; }

Json Requests(const Servable& servable) {
  const VersionStats& stats = servable.stats();
  Json json;
  uint64_t total = 0;
  Json results = Json::object();
  for (size_t i = 0; i < kOutcomes; ++i) {
    const auto outcome = static_cast<Outcome>(i);
    results[Name(outcome)] = stats.outcome(outcome);
    total += stats.outcome(outcome);
  }
  json["total"] = total;
  json["in_flight"] = servable.in_flight();
  json["at_workers"] = servable.AtWorkers();
  json["results"] = std::move(results);
  json["retried_away"] = stats.retried_away.load(std::memory_order_relaxed);
  json["inferences"] = stats.inferences.load(std::memory_order_relaxed);
  return json;
}

Json Latency(const DurationHistogram& histogram) {
  const uint64_t count = histogram.count();
  const double mean = count == 0 ? 0 : static_cast<double>(histogram.sum_ns()) * 1e-9 / static_cast<double>(count);
  return {{"mean", Milliseconds(mean)},
          {"p50", Milliseconds(QuantileSeconds(histogram, 0.5))},
          {"p99", Milliseconds(QuantileSeconds(histogram, 0.99))}};
}

Json Workers(const VersionInfo& version) {
  Json workers = Json::array();
  for (const VersionInfo::Worker& worker : version.workers) {
    workers.push_back({{"pid", worker.pid}, {"state", worker.state}, {"resident_bytes", worker.resident_bytes}});
  }
  return workers;
}

uint64_t ResidentBytes(const VersionInfo& version) {
  uint64_t sum = 0;
  for (const VersionInfo::Worker& worker : version.workers) sum += worker.resident_bytes;
  return sum;
}

Json Version(const VersionInfo& version) {
  Json json;
  json["version"] = version.version;
  json["state"] = Name(version.state);
  json["live"] = version.live;
  json["traffic_percent"] = version.traffic_share * 100;
  json["message"] = version.message;
  json["path"] = version.path;
  json["source"] = version.source;
  json["platform"] = version.platform;
  json["engine"] = version.engine;
  json["engine_version"] = version.engine_version;
  json["content_hash"] = version.content_hash;
  json["load_seconds"] = version.load_seconds;
  json["warmup_seconds"] = version.warmup_seconds;
  json["restarts"] = version.restarts;
  json["resident_bytes"] = ResidentBytes(version);
  json["workers"] = Workers(version);
  if (version.servable != nullptr) {
    json["requests"] = Requests(*version.servable);
    json["latency_ms"] = Latency(version.servable->stats().total);
  }
  return json;
}

Json Model(const ModelInfo& model) {
  Json versions = Json::array();
  for (const VersionInfo& version : model.versions) versions.push_back(Version(version));
  Json json;
  json["name"] = model.name;
  json["live"] = model.live;
  json["previous"] = model.previous;
  json["configured"] = model.configured;
  json["message"] = model.message;
  json["versions"] = std::move(versions);
  return json;
}

Json Reload(const ReloadInfo& reload) {
  return {{"generation", reload.generation}, {"failures", reload.failures},
          {"last_error", reload.last_error}, {"refused", reload.refused},
          {"warning", reload.warning},       {"last_reload_time", reload.last_reload_time}};
}

}  // namespace

std::string DescribeModels(const std::vector<ModelInfo>& models) {
  Json list = Json::array();
  for (const ModelInfo& model : models) list.push_back(Model(model));
  return Dump({{"models", std::move(list)}});
}

std::string DescribeModel(const ModelInfo& model) { return Dump(Model(model)); }

std::string DescribeVersion(const ModelInfo& model, const std::string& version) {
  const auto found = std::find_if(model.versions.begin(), model.versions.end(),
                                  [&](const VersionInfo& info) { return info.version == version; });
  Json json = {{"model", model.name}, {"version", version}};
  if (found != model.versions.end()) json.update(Version(*found));
  return Dump(json);
}

std::string DescribeStatus(const StatusInput& input) {
  uint64_t workers_bytes = 0;
  for (const ModelInfo& model : input.models) {
    for (const VersionInfo& version : model.versions) workers_bytes += ResidentBytes(version);
  }
  Json json;
  json["server"] = "huidu";
  json["version"] = input.info.version;
  json["pid"] = input.pid;
  json["started"] = UtcTimestamp(input.info.started);
  json["uptime_seconds"] = std::chrono::duration<double>(input.now - input.info.started).count();
  json["config_file"] = input.info.config_file;
  json["http_port"] = input.info.http_port;
  json["grpc_port"] = input.info.grpc_port;
  json["reload"] = Reload(input.reload);
  json["models"] = input.models.size();
  json["front_resident_bytes"] = input.process.resident_bytes;
  json["workers_resident_bytes"] = workers_bytes;
  json["open_fds"] = input.process.open_fds;
  json["audit_failures"] = input.audit_failures;
  return Dump(json);
}

std::string DescribeAudit(const std::vector<state::AuditEntry>& entries) {
  Json list = Json::array();
  for (const state::AuditEntry& entry : entries) {
    list.push_back({{"id", entry.id},
                    {"time", entry.time},
                    {"action", entry.action},
                    {"model", entry.model},
                    {"actor", entry.actor},
                    {"reason", entry.reason},
                    {"before", entry.before},
                    {"after", entry.after},
                    {"result", entry.result}});
  }
  return Dump({{"entries", std::move(list)}});
}

std::string DescribeReload(bool dry_run, const ReloadReport& report, uint64_t generation) {
  return Dump(
      {{"dry_run", dry_run}, {"changes", report.changes}, {"warning", report.warning}, {"generation", generation}});
}

}  // namespace huidu::front
