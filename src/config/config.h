#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "config/routing.h"
#include "config/version_name.h"
#include "engine/load_options.h"
#include "samples/policy.h"

// The configuration as plain data with every default filled in. What each field means, its unit and
// its default are written once, in proto/config/model_config.proto.
namespace huidu::config {

enum class EngineChoice { kAuto, kOpenVino, kPaddle, kFake };
enum class Device { kCpu, kGpu };

// What happens to the requests of a version whose worker died.
enum class WorkerDeathPolicy { kOtherVersion, kWaitForRestart, kFail };

// Which version folders inside `base_path` are loaded.
struct VersionPolicy {
  enum class Kind { kLatest, kAll, kSpecific };
  Kind kind = Kind::kLatest;
  uint32_t num_versions = 1;          // kLatest
  std::vector<std::string> versions;  // kSpecific
};

struct InputShape {
  std::string input;
  std::vector<int64_t> dims;
};

struct Warmup {
  int32_t count = 3;
  std::vector<InputShape> shapes;
  std::vector<std::string> samples;  // files; relative names are inside the version's folder
  bool check_finite = true;
};

// One more version to keep loaded beside what base_path gives.
struct ExtraVersion {
  std::string version;
  std::string path;
  std::string place = {};  // as in Places, of its path
};

// Where the file has what only a look at the disk can find wrong: "file:line:column", of the model's entry where a
// field is not written. Empty: the configuration was not read from a text. No settings: Diff() passes over them.
struct Places {
  std::string base_path, version, version_policy, version_labels;
};

// Requests whose right answer is known; an empty file: none.
struct Golden {
  std::string file;
  std::chrono::seconds interval{60};
};

struct ModelConfig {
  std::string name;
  std::string base_path;  // absolute, without a slash at its end
  std::string platform;   // as written; informative
  std::string version;    // explicit id of the live version; empty: from the folder's name
  VersionNaming version_naming = VersionNaming::kAny;
  VersionPolicy version_policy;
  std::map<std::string, std::string> version_labels;  // label -> version id
  std::vector<ExtraVersion> versions;

  EngineChoice engine = EngineChoice::kAuto;
  Device device = Device::kCpu;
  engine::GpuOptions gpu;
  std::string cache_dir;
  engine::Precision precision = engine::Precision::kFloat32;

  int32_t worker_instances = 1;
  int32_t instances = 0;  // 0: ResolveInstances() chooses
  int32_t threads_per_instance = 1;
  int32_t keep_loaded = 2;
  int32_t max_queue = 256;
  std::chrono::milliseconds request_timeout{30'000};
  std::chrono::milliseconds hang_timeout{10'000};
  std::chrono::milliseconds drain_timeout{30'000};
  std::chrono::milliseconds load_timeout{300'000};
  WorkerDeathPolicy on_worker_death = WorkerDeathPolicy::kOtherVersion;
  Warmup warmup;

  Routing routing;
  std::vector<Weight> weights;  // beside the live version, which has the rest
  // What the admin API would take to start the rollout: the fields that are written, in the order
  // of their names, checked. Empty: none.
  std::string rollout_json;
  bool rewrite_base_path = false;  // of the rollout
  Golden golden;
  bool keep_answers = false;  // feedback may tell the expected answer

  samples::Policy samples;  // without reasons: nothing is kept
  Places places;
};

struct ServerConfig {
  std::vector<ModelConfig> models;                       // in the file's order; names are unique
  const ModelConfig* Find(std::string_view name) const;  // null: no such model
};

// Text of a model_config.prototxt to a checked configuration. Pure: looks at no file, so base_path
// need not exist. Error: InvalidArgument; its text holds all faults that were found, one a line,
// each `filename:line:column: what is wrong and what to do`, in the file's order.
absl::StatusOr<ServerConfig> Parse(std::string_view text, std::string_view filename);

// Parse() of a file of at most 4 MiB. Errors: NotFound, PermissionDenied, FailedPrecondition (not a
// regular file), InvalidArgument as above.
absl::StatusOr<ServerConfig> Load(const std::string& path);

// Inferences at a time in one worker on a machine of `cpus` cores: the configured number, else one
// a core's worth of threads, between 1 and 8; on a GPU 1.
int32_t ResolveInstances(const ModelConfig& model, int32_t cpus);

}  // namespace huidu::config
