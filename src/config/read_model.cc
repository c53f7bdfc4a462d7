#include "config/read_model.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "config/read_field.h"
#include "config/read_rollout.h"
#include "config/read_routing.h"
#include "config/read_samples.h"
#include "config/read_shapes.h"

namespace huidu::config {
namespace {

using Model = proto::ModelConfig;

constexpr size_t kLongestName = 128;
constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr int64_t kMostMegabytes = 1 << 20;

bool IsName(std::string_view text) {
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isalnum(c) || c == '_' || c == '.' || c == '-';
  });
}

void CheckId(const Located<Model>& source, int field, int index, std::string_view id, VersionNaming naming) {
  if (absl::Status status = CheckVersionId(id, naming); !status.ok()) {
    source.FaultAt(field, index, std::string(status.message()));
  }
}

void ReadIdentity(const Located<Model>& source, ModelConfig& model) {
  const Model& written = source.message;
  model.name = written.name();
  if (model.name.empty()) {
    source.Fault(Model::kNameFieldNumber, "name is missing; it is what clients call the model");
  } else if (!IsName(model.name)) {
    source.Fault(Model::kNameFieldNumber, StrCat("name '", absl::CHexEscape(model.name.substr(0, kLongestName)),
                                                 "': 1 to 128 of A-Z a-z 0-9 _ . - are accepted"));
  }
  model.base_path = ReadPath(source, Model::kBasePathFieldNumber, written.base_path());
  model.platform = written.has_platform() ? written.platform() : written.model_platform();
  model.version_naming = written.version_naming() == proto::STRICT ? VersionNaming::kStrict : VersionNaming::kAny;
  model.version = written.version();
  if (written.has_version()) CheckId(source, Model::kVersionFieldNumber, -1, model.version, model.version_naming);
}

VersionPolicy ReadVersionPolicy(const Located<Model>& source) {
  VersionPolicy policy;
  const proto::VersionPolicy& written = source.message.model_version_policy();
  const auto located = source.Child(Model::kModelVersionPolicyFieldNumber, -1, written);
  if (written.has_all()) policy.kind = VersionPolicy::Kind::kAll;
  if (written.has_latest()) {
    policy.num_versions = std::max(written.latest().num_versions(), 1u);
    const auto latest = located.Child(proto::VersionPolicy::kLatestFieldNumber, -1, written.latest());
    Ranged(latest, proto::VersionPolicy::Latest::kNumVersionsFieldNumber, policy.num_versions, 1, 1000);
  }
  if (written.has_specific()) {
    policy.kind = VersionPolicy::Kind::kSpecific;
    const auto specific = located.Child(proto::VersionPolicy::kSpecificFieldNumber, -1, written.specific());
    constexpr int kVersions = proto::VersionPolicy::Specific::kVersionsFieldNumber;
    if (written.specific().versions().empty()) {
      specific.Fault(kVersions, "specific names no version; write versions: 1");
    }
    for (int i = 0; i < written.specific().versions_size(); ++i) {
      const std::string id = StrCat(written.specific().versions(i));
      if (written.specific().versions(i) < 0) specific.FaultAt(kVersions, i, "a version number is 0 or more");
      if (std::count(policy.versions.begin(), policy.versions.end(), id) > 0) {
        specific.FaultAt(kVersions, i, StrCat("version ", id, " is named twice"));
      }
      policy.versions.push_back(id);
    }
  }
  return policy;
}

void ReadExtraVersions(const Located<Model>& source, ModelConfig& model) {
  constexpr int kField = Model::kVersionsFieldNumber;
  std::set<std::string> ids;
  if (!model.version.empty()) ids.insert(model.version);
  for (int i = 0; i < source.message.versions_size(); ++i) {
    const proto::ExtraVersion& written = source.message.versions(i);
    const auto located = source.Child(kField, i, written);
    ExtraVersion extra{written.version(), ReadPath(located, proto::ExtraVersion::kPathFieldNumber, written.path())};
    if (extra.version.empty()) {
      absl::StatusOr<std::string> id = VersionIdFromPath(extra.path, model.version_naming);
      if (!id.ok()) located.Fault(proto::ExtraVersion::kPathFieldNumber, std::string(id.status().message()));
      extra.version = id.value_or("");
    } else if (absl::Status status = CheckVersionId(extra.version, model.version_naming); !status.ok()) {
      located.Fault(proto::ExtraVersion::kVersionFieldNumber, std::string(status.message()));
    }
    if (!ids.insert(extra.version).second) {
      located.Fault(proto::ExtraVersion::kVersionFieldNumber,
                    StrCat("version '", extra.version, "' is given twice for model '", model.name, "'"));
    }
    model.versions.push_back(std::move(extra));
  }
}

// A label to a version that is certainly not loaded. What a folder of versions holds is seen only
// later.
bool LabelPointsToNothing(const ModelConfig& model, const std::string& id) {
  const VersionPolicy& policy = model.version_policy;
  if (policy.kind != VersionPolicy::Kind::kSpecific || id == model.version) return false;
  if (std::count(policy.versions.begin(), policy.versions.end(), id) > 0) return false;
  return std::none_of(model.versions.begin(), model.versions.end(),
                      [&](const ExtraVersion& extra) { return extra.version == id; });
}

// Read through reflection, as protobuf's map forgets the order, and with it the line, of its
// entries.
void ReadLabels(const Located<Model>& source, ModelConfig& model) {
  constexpr int kField = Model::kVersionLabelsFieldNumber;
  const auto* field = Model::descriptor()->FindFieldByNumber(kField);
  const google::protobuf::Reflection* reflection = source.message.GetReflection();
  for (int i = 0; i < reflection->FieldSize(source.message, field); ++i) {
    const google::protobuf::Message& entry = reflection->GetRepeatedMessage(source.message, field, i);
    const google::protobuf::Reflection* of_entry = entry.GetReflection();
    const std::string label = of_entry->GetString(entry, field->message_type()->map_key());
    const int64_t number = of_entry->GetInt64(entry, field->message_type()->map_value());
    if (!IsName(label)) {
      source.FaultAt(kField, i, "a version label is 1 to 128 of A-Z a-z 0-9 _ . -");
    } else if (number < 0) {
      source.FaultAt(kField, i, StrCat("label '", label, "': a version number is 0 or more"));
    } else if (LabelPointsToNothing(model, StrCat(number))) {
      source.FaultAt(
          kField, i,
          StrCat("label '", label, "' points to version ", number, ", which model_version_policy does not load"));
    } else if (!model.version_labels.emplace(label, StrCat(number)).second) {
      source.FaultAt(kField, i, StrCat("label '", label, "' is given twice"));
    }
  }
}

engine::Precision ReadPrecision(proto::Precision precision) {
  switch (precision) {
    case proto::FP16: return engine::Precision::kFloat16;
    case proto::BF16: return engine::Precision::kBFloat16;
    case proto::INT8: return engine::Precision::kInt8;
    case proto::FP32: break;
  }
  return engine::Precision::kFloat32;
}

EngineChoice ReadEngine(proto::Engine engine) {
  switch (engine) {
    case proto::OPENVINO: return EngineChoice::kOpenVino;
    case proto::PADDLE: return EngineChoice::kPaddle;
    case proto::FAKE: return EngineChoice::kFake;
    case proto::AUTO: break;
  }
  return EngineChoice::kAuto;
}

WorkerDeathPolicy ReadDeathPolicy(proto::WorkerDeathPolicy policy) {
  switch (policy) {
    case proto::WAIT_FOR_RESTART: return WorkerDeathPolicy::kWaitForRestart;
    case proto::FAIL: return WorkerDeathPolicy::kFail;
    case proto::OTHER_VERSION: break;
  }
  return WorkerDeathPolicy::kOtherVersion;
}

void ReadTensorRt(const Located<Model>& source, engine::GpuOptions& gpu) {
  using TensorRt = proto::TensorRt;
  const TensorRt& written = source.message.tensorrt();
  const auto located = source.Child(Model::kTensorrtFieldNumber, -1, written);
  gpu.tensorrt = true;
  gpu.tensorrt_precision = ReadPrecision(written.precision());
  if (written.precision() == proto::BF16) {
    located.Fault(TensorRt::kPrecisionFieldNumber, "tensorrt has FP32, FP16 and INT8");
  }
  gpu.tensorrt_workspace_mb =
      Ranged(located, TensorRt::kWorkspaceMbFieldNumber, written.workspace_mb(), 1, kMostMegabytes);
  gpu.tensorrt_min_subgraph =
      Ranged(located, TensorRt::kMinSubgraphSizeFieldNumber, written.min_subgraph_size(), 1, 10'000);
  gpu.tensorrt_max_batch = Ranged(located, TensorRt::kMaxBatchSizeFieldNumber, written.max_batch_size(), 1, 65'536);
  gpu.tensorrt_shapes = ReadShapeRanges(located);
}

void ReadGpu(const Located<Model>& source, ModelConfig& model) {
  const Model& written = source.message;
  model.gpu.device_id = Ranged(source, Model::kGpuDeviceIdFieldNumber, written.gpu_device_id(), 0, 63);
  model.gpu.memory_mb = Ranged(source, Model::kGpuMemoryMbFieldNumber, written.gpu_memory_mb(), 0, kMostMegabytes);
  model.gpu.memory_fraction = written.gpu_memory_fraction();
  if (!(model.gpu.memory_fraction >= 0 && model.gpu.memory_fraction <= 1)) {  // so that NaN is refused too
    source.Fault(Model::kGpuMemoryFractionFieldNumber,
                 StrCat("gpu_memory_fraction is ", model.gpu.memory_fraction, "; it must be 0 to 1"));
  }
  if (written.has_tensorrt()) ReadTensorRt(source, model.gpu);
}

void ReadEngineSettings(const Located<Model>& source, ModelConfig& model) {
  const Model& written = source.message;
  model.engine = ReadEngine(written.engine());
  model.device = written.device() == proto::GPU ? Device::kGpu : Device::kCpu;
  if (model.device == Device::kGpu && model.engine == EngineChoice::kOpenVino) {
    source.Fault(Model::kEngineFieldNumber,
                 "engine OPENVINO runs on the CPU; write engine: PADDLE or AUTO with device: GPU");
  }
  model.precision = ReadPrecision(written.precision());
  if (written.precision() == proto::INT8) {
    source.Fault(Model::kPrecisionFieldNumber, "precision has FP32, FP16 and BF16; INT8 is a precision of tensorrt");
  }
  if (written.has_cache_dir()) {
    model.cache_dir = ReadPath(source, Model::kCacheDirFieldNumber, written.cache_dir());
  }
  model.worker_instances = Ranged(source, Model::kWorkerInstancesFieldNumber, written.worker_instances(), 1, 64);
  model.instances = Ranged(source, Model::kInstancesFieldNumber, written.instances(), 0, 256);
  model.threads_per_instance =
      Ranged(source, Model::kThreadsPerInstanceFieldNumber, written.threads_per_instance(), 1, 256);
}

Golden ReadGolden(const Located<Model>& source) {
  using Written = proto::Golden;
  if (!source.message.has_golden()) return {};
  const Written& written = source.message.golden();
  const auto located = source.Child(Model::kGoldenFieldNumber, -1, written);
  return {ReadPath(located, Written::kFileFieldNumber, written.file()),
          std::chrono::seconds(Ranged(located, Written::kIntervalSFieldNumber, written.interval_s(), 1, 86'400))};
}

void ReadLimits(const Located<Model>& source, ModelConfig& model) {
  using std::chrono::milliseconds;
  const Model& written = source.message;
  model.keep_loaded = Ranged(source, Model::kKeepLoadedFieldNumber, written.keep_loaded(), 1, 64);
  model.max_queue = Ranged(source, Model::kMaxQueueFieldNumber, written.max_queue(), 1, 1'000'000);
  model.request_timeout =
      milliseconds(Ranged(source, Model::kRequestTimeoutMsFieldNumber, written.request_timeout_ms(), 1, kDayMs));
  model.hang_timeout =
      milliseconds(Ranged(source, Model::kHangTimeoutMsFieldNumber, written.hang_timeout_ms(), 100, kDayMs));
  model.drain_timeout =
      milliseconds(Ranged(source, Model::kDrainTimeoutMsFieldNumber, written.drain_timeout_ms(), 0, kDayMs));
  model.load_timeout =
      milliseconds(Ranged(source, Model::kLoadTimeoutMsFieldNumber, written.load_timeout_ms(), 1, kDayMs));
  model.golden = ReadGolden(source);
  model.keep_answers = written.feedback().keep_answers();
  model.on_worker_death = ReadDeathPolicy(written.on_worker_death());
}

Warmup ReadWarmup(const Located<Model>& source) {
  using Written = proto::Warmup;
  const Written& written = source.message.warmup();
  const auto located = source.Child(Model::kWarmupFieldNumber, -1, written);
  Warmup warmup;
  warmup.count = Ranged(located, Written::kCountFieldNumber, written.count(), 1, 10'000);
  warmup.check_finite = written.check_finite();
  warmup.shapes = ReadInputShapes(located);
  for (int i = 0; i < written.samples_size(); ++i) {
    const std::string& sample = written.samples(i);
    if (sample.empty() || sample.size() > kLongestPath ||
        std::any_of(sample.begin(), sample.end(), absl::ascii_iscntrl)) {
      located.FaultAt(Written::kSamplesFieldNumber, i, "a sample is the name of a file");
    }
    warmup.samples.push_back(sample);
  }
  return warmup;
}

}  // namespace

ModelConfig ReadModel(const Located<proto::ModelConfig>& source) {
  ModelConfig model;
  ReadIdentity(source, model);
  model.version_policy = ReadVersionPolicy(source);
  ReadExtraVersions(source, model);
  ReadLabels(source, model);
  ReadEngineSettings(source, model);
  ReadGpu(source, model);
  ReadLimits(source, model);
  model.warmup = ReadWarmup(source);
  model.routing = ReadRouting(source);
  model.weights = ReadWeights(source, model);
  ReadRollout(source, model);
  model.samples = ReadSamples(source);
  return model;
}

}  // namespace huidu::config
