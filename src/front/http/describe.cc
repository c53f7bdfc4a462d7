#include "front/http/describe.h"

#include <vector>

#include "base/status.h"
#include "front/http/json_writer.h"

namespace huidu::front::rest {
namespace {

using tensor::Spec;

void WriteTensors(std::string_view key, const std::vector<Spec>& specs, JsonWriter& json) {
  json.Key(key).BeginArray();
  for (const Spec& spec : specs) {
    json.BeginObject().Member("name", spec.name).Member("datatype", Name(spec.type));
    json.Key("shape").Shape(spec.shape).EndObject();
  }
  json.EndArray();
}

void WriteConfigTensors(std::string_view key, const std::vector<Spec>& specs, JsonWriter& json) {
  json.Key(key).BeginArray();
  for (const Spec& spec : specs) {
    const bool text = spec.type == tensor::DataType::kBytes;
    json.BeginObject().Member("name", spec.name);
    json.Member("data_type", text ? "TYPE_STRING" : StrCat("TYPE_", Name(spec.type)));
    json.Key("dims").Shape(spec.shape).EndObject();
  }
  json.EndArray();
}

void WriteDuration(std::string_view key, uint64_t count, uint64_t ns, JsonWriter& json) {
  json.Key(key).BeginObject().Key("count").Uint(count).Key("ns").Uint(ns).EndObject();
}

void WriteStatistics(const Servable& servable, JsonWriter& json) {
  const VersionStats& stats = servable.stats();
  const uint64_t succeeded = stats.outcome(Outcome::kSuccess);
  uint64_t failed = 0;
  for (size_t i = 0; i < kOutcomes; ++i) {
    if (static_cast<Outcome>(i) != Outcome::kSuccess) failed += stats.outcome(static_cast<Outcome>(i));
  }
  const uint64_t fail_ns = stats.fail_ns.load(std::memory_order_relaxed);
  const uint64_t total_ns = stats.total.sum_ns();
  json.BeginObject().Member("name", servable.model()).Member("version", servable.version());
  json.Key("last_inference").Int(stats.last_inference_ms.load(std::memory_order_relaxed));
  json.Key("inference_count").Uint(stats.inferences.load(std::memory_order_relaxed));
  json.Key("execution_count").Uint(stats.infer.count());
  json.Key("inference_stats").BeginObject();
  // Counters move while they are read, each by itself; a difference must not wrap around.
  WriteDuration("success", succeeded, total_ns > fail_ns ? total_ns - fail_ns : 0, json);
  WriteDuration("fail", failed, fail_ns, json);
  WriteDuration("queue", stats.queue.count(), stats.queue.sum_ns(), json);
  // Tensors are written where the engine reads them: there is no time of their own for input and output.
  WriteDuration("compute_input", succeeded, 0, json);
  WriteDuration("compute_infer", stats.infer.count(), stats.infer.sum_ns(), json);
  WriteDuration("compute_output", succeeded, 0, json);
  WriteDuration("cache_hit", 0, 0, json);
  WriteDuration("cache_miss", 0, 0, json);
  json.EndObject();
  json.Key("response_stats").BeginObject().EndObject();
  json.Key("batch_stats").BeginArray().EndArray();
  json.Key("memory_usage").BeginArray().EndArray();
  json.EndObject();
}

void WriteStatistics(const ModelEntry& entry, JsonWriter& json) {
  for (const auto& [id, servable] : entry.versions) WriteStatistics(*servable, json);
}

}  // namespace

std::string DescribeServer() {
  JsonWriter json;
  json.BeginObject().Member("name", "huidu").Member("version", HUIDU_VERSION).Key("extensions").BeginArray();
  for (const char* extension : {"binary_tensor_data", "statistics", "model_repository", "model_configuration"}) {
    json.String(extension);
  }
  json.EndArray().EndObject();
  return json.Take();
}

std::string DescribeModel(const ServingTable& table, const Servable& servable) {
  JsonWriter json;
  json.BeginObject().Member("name", servable.model()).Key("versions").BeginArray();
  if (const ModelEntry* entry = table.Find(servable.model())) {
    for (const auto& [id, version] : entry->versions) json.String(id);
  }
  json.EndArray().Member("platform", servable.signature().platform);
  WriteTensors("inputs", servable.signature().inputs, json);
  WriteTensors("outputs", servable.signature().outputs, json);
  json.EndObject();
  return json.Take();
}

std::string DescribeConfig(const Servable& servable) {
  JsonWriter json;
  json.BeginObject().Member("name", servable.model()).Member("platform", servable.signature().platform);
  // The shapes have their batch dimension themselves.
  json.Key("max_batch_size").Int(0);
  WriteConfigTensors("input", servable.signature().inputs, json);
  WriteConfigTensors("output", servable.signature().outputs, json);
  json.EndObject();
  return json.Take();
}

std::string DescribeReadiness(std::string_view model, bool ready, std::string_view reason) {
  JsonWriter json;
  json.BeginObject().Member("name", model).Key("ready").Bool(ready);
  if (!reason.empty()) json.Member("reason", reason);
  json.EndObject();
  return json.Take();
}

absl::StatusOr<std::string> DescribeStatistics(const ServingTable& table, std::string_view model,
                                               std::string_view version) {
  JsonWriter json;
  json.BeginObject().Key("model_stats").BeginArray();
  if (model.empty()) {
    for (const auto& [name, entry] : table.models) WriteStatistics(*entry, json);
  } else if (version.empty()) {
    HUIDU_ASSIGN_OR_RETURN(const ModelEntry* entry, FindModel(table, model));
    WriteStatistics(*entry, json);
  } else {
    HUIDU_ASSIGN_OR_RETURN(const ModelEntry* entry, FindModel(table, model));
    HUIDU_ASSIGN_OR_RETURN(const std::shared_ptr<Servable> servable, FindVersion(*entry, version));
    WriteStatistics(*servable, json);
  }
  json.EndArray().EndObject();
  return json.Take();
}

std::string DescribeIndex(const ServingTable& table, bool only_ready) {
  JsonWriter json;
  json.BeginArray();
  for (const auto& [name, entry] : table.models) {
    for (const VersionStatus& version : entry->all) {
      if (only_ready && version.state != "READY") continue;
      json.BeginObject().Member("name", name).Member("version", version.version);
      json.Member("state", version.state).Member("reason", version.reason).EndObject();
    }
  }
  json.EndArray();
  return json.Take();
}

}  // namespace huidu::front::rest
