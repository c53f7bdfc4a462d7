#include "front/grpc/describe.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front::rpc {
namespace {

using tensor::DataType;

inference::DataType ConfigType(DataType type) {
  switch (type) {
    case DataType::kBool: return inference::TYPE_BOOL;
    case DataType::kUint8: return inference::TYPE_UINT8;
    case DataType::kUint16: return inference::TYPE_UINT16;
    case DataType::kUint32: return inference::TYPE_UINT32;
    case DataType::kUint64: return inference::TYPE_UINT64;
    case DataType::kInt8: return inference::TYPE_INT8;
    case DataType::kInt16: return inference::TYPE_INT16;
    case DataType::kInt32: return inference::TYPE_INT32;
    case DataType::kInt64: return inference::TYPE_INT64;
    case DataType::kFp16: return inference::TYPE_FP16;
    case DataType::kFp32: return inference::TYPE_FP32;
    case DataType::kFp64: return inference::TYPE_FP64;
    case DataType::kBf16: return inference::TYPE_BF16;
    case DataType::kBytes: return inference::TYPE_STRING;
  }
  return inference::TYPE_INVALID;
}

void FillTensor(const tensor::Spec& spec, inference::ModelMetadataResponse::TensorMetadata& tensor) {
  tensor.set_name(spec.name);
  tensor.set_datatype(std::string(tensor::Name(spec.type)));
  tensor.mutable_shape()->Add(spec.shape.begin(), spec.shape.end());
}

template <typename ConfigTensor>
void FillConfigTensor(const tensor::Spec& spec, ConfigTensor& tensor) {
  tensor.set_name(spec.name);
  tensor.set_data_type(ConfigType(spec.type));
  tensor.mutable_dims()->Add(spec.shape.begin(), spec.shape.end());
}

void Fill(uint64_t count, uint64_t ns, inference::StatisticDuration* duration) {
  duration->set_count(count);
  duration->set_ns(ns);
}

// Counters move while they are read, each by itself; a difference must not wrap around.
uint64_t Minus(uint64_t a, uint64_t b) { return a > b ? a - b : 0; }

void FillStatistics(const Servable& servable, inference::ModelStatistics& statistics) {
  const VersionStats& stats = servable.stats();
  uint64_t failed = 0;
  for (size_t i = 0; i < kOutcomes; ++i) {
    if (static_cast<Outcome>(i) != Outcome::kSuccess) failed += stats.outcome(static_cast<Outcome>(i));
  }
  const uint64_t fail_ns = stats.fail_ns.load(std::memory_order_relaxed);
  statistics.set_name(servable.model());
  statistics.set_version(servable.version());
  statistics.set_last_inference(static_cast<uint64_t>(stats.last_inference_ms.load(std::memory_order_relaxed)));
  statistics.set_inference_count(stats.inferences.load(std::memory_order_relaxed));
  statistics.set_execution_count(stats.infer.count());
  inference::InferStatistics* figures = statistics.mutable_inference_stats();
  Fill(stats.outcome(Outcome::kSuccess), Minus(stats.total.sum_ns(), fail_ns), figures->mutable_success());
  Fill(failed, fail_ns, figures->mutable_fail());
  Fill(stats.queue.count(), stats.queue.sum_ns(), figures->mutable_queue());
  Fill(stats.infer.count(), stats.infer.sum_ns(), figures->mutable_compute_infer());
}

}  // namespace

void DescribeServer(inference::ServerMetadataResponse& response) {
  response.set_name("huidu");
  response.set_version(HUIDU_VERSION);
  for (const char* extension : {"model_repository", "model_configuration", "statistics"}) {
    response.add_extensions(extension);
  }
}

absl::Status DescribeModel(const ServingTable& table, std::string_view model, std::string_view version,
                           inference::ModelMetadataResponse& response) {
  HUIDU_ASSIGN_OR_RETURN(const ModelEntry* entry, FindModel(table, model));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> servable, FindVersion(*entry, version));
  response.set_name(entry->name);
  for (const auto& [id, loaded] : entry->versions) response.add_versions(id);
  response.set_platform(servable->signature().platform);
  for (const tensor::Spec& spec : servable->signature().inputs) FillTensor(spec, *response.add_inputs());
  for (const tensor::Spec& spec : servable->signature().outputs) FillTensor(spec, *response.add_outputs());
  return absl::OkStatus();
}

absl::Status DescribeConfig(const ServingTable& table, std::string_view model, std::string_view version,
                            inference::ModelConfig& config) {
  HUIDU_ASSIGN_OR_RETURN(const ModelEntry* entry, FindModel(table, model));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> servable, FindVersion(*entry, version));
  config.set_name(entry->name);
  config.set_platform(servable->signature().platform);
  for (const tensor::Spec& spec : servable->signature().inputs) FillConfigTensor(spec, *config.add_input());
  for (const tensor::Spec& spec : servable->signature().outputs) FillConfigTensor(spec, *config.add_output());
  return absl::OkStatus();
}

absl::Status DescribeStatistics(const ServingTable& table, std::string_view model, std::string_view version,
                                inference::ModelStatisticsResponse& response) {
  if (model.empty()) {
    for (const auto& [name, entry] : table.models) {
      for (const auto& [id, servable] : entry->versions) FillStatistics(*servable, *response.add_model_stats());
    }
    return absl::OkStatus();
  }
  HUIDU_ASSIGN_OR_RETURN(const ModelEntry* entry, FindModel(table, model));
  if (version.empty()) {
    for (const auto& [id, servable] : entry->versions) FillStatistics(*servable, *response.add_model_stats());
    return absl::OkStatus();
  }
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> servable, FindVersion(*entry, version));
  FillStatistics(*servable, *response.add_model_stats());
  return absl::OkStatus();
}

void DescribeIndex(const ServingTable& table, bool only_ready, inference::RepositoryIndexResponse& response) {
  for (const auto& [name, entry] : table.models) {
    for (const VersionStatus& version : entry->all) {
      if (only_ready && version.state != "READY") continue;
      auto* model = response.add_models();
      model->set_name(name);
      model->set_version(version.version);
      model->set_state(version.state);
      model->set_reason(version.reason);
    }
  }
}

}  // namespace huidu::front::rpc
