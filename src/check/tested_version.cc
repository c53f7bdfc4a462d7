#include "check/tested_version.h"

#include <cstring>

#include "base/status.h"
#include "base/strings.h"
#include "front/http/json_sample.h"
#include "front/router/payload.h"

namespace huidu::check {
namespace {

constexpr char kVersion[] = "under_test";
constexpr std::chrono::minutes kTimeout{1};

config::ModelConfig ForTest(config::ModelConfig model) {
  model.max_queue = 100'000;                                 // callers are bounded; none is to be turned away
  model.on_worker_death = config::WorkerDeathPolicy::kFail;  // a crash is a failure, and not to be waited out
  model.request_timeout = kTimeout;
  return model;
}

front::VersionManager::Options ManagerOptions() {
  front::VersionManager::Options options;
  options.read_sample = front::ReadJsonSample;
  return options;
}

// A file or a text as the one element of the one BYTES input.
absl::StatusOr<std::shared_ptr<front::Payload>> OneElement(const front::Servable& servable,
                                                           const std::string& content) {
  const auto& inputs = servable.signature().inputs;
  if (inputs.size() != 1 || inputs[0].type != tensor::DataType::kBytes) {
    return absl::InvalidArgumentError(
        "the model takes tensors: give \"request\" (a file with a KServe request in JSON), or name a task in the "
        "version's version.prototxt");
  }
  front::InputDescription input{.name = inputs[0].name, .datatype = tensor::Name(tensor::DataType::kBytes)};
  input.shape.assign(inputs[0].any_rank ? 1 : inputs[0].shape.size(), 1);
  input.bytes = sizeof(uint32_t) + content.size();
  HUIDU_ASSIGN_OR_RETURN(auto payload, front::NewPayload(servable, {&input, 1}, {}));
  const std::span<std::byte> memory = front::InputBytes(servable, *payload, 0);
  const auto length = static_cast<uint32_t>(content.size());
  std::memcpy(memory.data(), &length, sizeof(length));
  std::memcpy(memory.data() + sizeof(length), content.data(), content.size());
  return payload;
}

Answer Copy(const front::Result& result) {
  Answer answer{.status = result.answer.status};
  if (!answer.status.ok()) return answer;
  const auto& specs = result.servable->signature().outputs;
  for (const front::Output& output : result.answer.outputs) {
    answer.outputs.push_back({output.index < specs.size() ? specs[output.index].name : "",
                              output.type,
                              output.shape,
                              {output.data.begin(), output.data.end()}});
  }
  return answer;
}

}  // namespace

TestedVersion::TestedVersion(const config::ModelConfig& model) : host_(ForTest(model), ManagerOptions()) {}

absl::StatusOr<std::unique_ptr<TestedVersion>> TestedVersion::Load(const config::ModelConfig& model,
                                                                   const std::string& directory) {
  auto version = std::unique_ptr<TestedVersion>(new TestedVersion(model));
  HUIDU_RETURN_IF_ERROR(version->host_.Load(kVersion, directory));
  HUIDU_RETURN_IF_ERROR(version->host_.SwitchTo(kVersion));
  return version;
}

Answer TestedVersion::Ask(const Sample& sample, uint64_t* nanoseconds) {
  const TimePoint start = Now();
  const auto fill = [&](const front::Servable& servable) -> absl::StatusOr<std::shared_ptr<front::Payload>> {
    if (sample.kind == Sample::Kind::kRequest) return front::ReadJsonSample(servable, sample.content);
    return OneElement(servable, sample.content);
  };
  if (crashed_) return {.status = absl::UnavailableError("the version has crashed; it is not asked any more")};
  const absl::StatusOr<front::Result> result = host_.Run(kVersion, fill, kTimeout);
  if (result.ok() && result->servable->stats().outcome(front::Outcome::kWorkerLost) > 0) crashed_ = true;
  if (nanoseconds != nullptr) *nanoseconds = static_cast<uint64_t>((Now() - start).count());
  return result.ok() ? Copy(*result) : Answer{.status = result.status()};
}

front::VersionInfo TestedVersion::Info() {
  front::ModelInfo info = host_.Info();
  return info.versions.empty() ? front::VersionInfo{} : std::move(info.versions[0]);
}

double TestedVersion::ResidentMb() {
  uint64_t bytes = 0;
  for (const auto& worker : Info().workers) bytes += worker.resident_bytes;
  return static_cast<double>(bytes) / (1 << 20);
}

}  // namespace huidu::check
