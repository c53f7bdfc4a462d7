#include "config/diff.h"

#include <algorithm>
#include <map>
#include <set>

#include "absl/strings/str_join.h"
#include "base/strings.h"

namespace huidu::config {
namespace {

using SettingList = std::vector<std::pair<std::string, std::string>>;

std::string Text(bool value) { return value ? "true" : "false"; }

std::string Text(EngineChoice engine) {
  switch (engine) {
    case EngineChoice::kAuto: return "AUTO";
    case EngineChoice::kOpenVino: return "OPENVINO";
    case EngineChoice::kPaddle: return "PADDLE";
    case EngineChoice::kFake: return "FAKE";
  }
  return "";
}

std::string Text(engine::Precision precision) {
  switch (precision) {
    case engine::Precision::kFloat32: return "FP32";
    case engine::Precision::kFloat16: return "FP16";
    case engine::Precision::kBFloat16: return "BF16";
    case engine::Precision::kInt8: return "INT8";
  }
  return "";
}

std::string Text(WorkerDeathPolicy policy) {
  switch (policy) {
    case WorkerDeathPolicy::kOtherVersion: return "OTHER_VERSION";
    case WorkerDeathPolicy::kWaitForRestart: return "WAIT_FOR_RESTART";
    case WorkerDeathPolicy::kFail: return "FAIL";
  }
  return "";
}

std::string Text(const VersionPolicy& policy) {
  switch (policy.kind) {
    case VersionPolicy::Kind::kAll: return "all";
    case VersionPolicy::Kind::kLatest: return StrCat("latest ", policy.num_versions);
    case VersionPolicy::Kind::kSpecific: return "specific " + absl::StrJoin(policy.versions, ",");
  }
  return "";
}

std::string Text(const std::vector<int64_t>& dims) { return StrCat("[", absl::StrJoin(dims, ","), "]"); }

std::string Text(const Warmup& warmup) {
  std::string text = StrCat("count ", warmup.count, ", check_finite ", Text(warmup.check_finite));
  for (const InputShape& shape : warmup.shapes) absl::StrAppend(&text, ", ", shape.input, Text(shape.dims));
  for (const std::string& sample : warmup.samples) absl::StrAppend(&text, ", ", sample);
  return text;
}

std::string TensorRtText(const engine::GpuOptions& gpu) {
  if (!gpu.tensorrt) return "off";
  std::string text =
      StrCat(Text(gpu.tensorrt_precision), ", workspace_mb ", gpu.tensorrt_workspace_mb, ", min_subgraph_size ",
             gpu.tensorrt_min_subgraph, ", max_batch_size ", gpu.tensorrt_max_batch);
  for (const engine::ShapeRange& range : gpu.tensorrt_shapes) {
    absl::StrAppend(&text, ", ", range.input, Text(range.min), Text(range.opt), Text(range.max));
  }
  return text;
}

std::string Text(Routing::Forcing forcing) {
  switch (forcing) {
    case Routing::Forcing::kEveryone: return "EVERYONE";
    case Routing::Forcing::kInternalUsers: return "INTERNAL_USERS";
    case Routing::Forcing::kTokenHolders: return "TOKEN_HOLDERS";
    case Routing::Forcing::kNobody: return "NOBODY";
  }
  return "";
}

std::string Text(const std::vector<Network>& networks) {
  return absl::StrJoin(networks, ",", [](std::string* out, const Network& network) { StrAppend(out, network.Text()); });
}

std::string Text(const TokenClaims& token) {
  if (!token.IsSet()) return "(none)";
  const auto claim = [](std::string* out, const TokenClaim& one) {
    StrAppend(out, one.name, " of ", absl::StrJoin(one.values, ","));
  };
  return StrCat("hs256_key_file ", token.hs256_key_file, ", rs256_key_file ", token.rs256_key_file, ", claims [",
                absl::StrJoin(token.claims, "; ", claim), "], issuer ", token.issuer, ", audience ", token.audience,
                ", leeway_s ", token.leeway.count());
}

std::string Text(const InternalUsers& internal) {
  const auto pair = [](std::string* out, const HeaderValue& header) { StrAppend(out, header.name, "=", header.value); };
  return StrCat("headers [", absl::StrJoin(internal.headers, ",", pair), "], users [",
                absl::StrJoin(internal.users, ","), "], user_files [", absl::StrJoin(internal.user_files, ","),
                "], networks [", Text(internal.networks), "], token ", Text(internal.token));
}

// Tokens are in files and so not in here.
std::string Text(const Routing& routing) {
  return StrCat("forcing ", Text(routing.forcing), ", token_files [", absl::StrJoin(routing.token_files, ","),
                "], internal_users_enabled ", Text(routing.internal_users_enabled), ", ", Text(routing.internal),
                ", trusted_proxies [", Text(routing.trusted_proxies), "], sticky ", Text(routing.sticky),
                ", user_header ", routing.user_header, ", user_cookie ",
                routing.user_cookie.empty() ? "(none)" : routing.user_cookie);
}

std::string Text(const std::vector<Weight>& weights) {
  return absl::StrJoin(weights, ", ", [](std::string* out, const Weight& weight) {
    StrAppend(out, weight.version, " ", weight.share / 100.0, " %");
  });
}

std::string Text(const samples::Mask& mask) {
  return StrCat(mask.output ? "output " : "input ", mask.tensor,
                mask.how == samples::Mask::How::kRemove ? " removed" : " digits");
}

std::string Text(const samples::Policy& policy) {
  if (policy.reasons.empty()) return "";
  std::string text;
  for (const samples::Reason reason : policy.reasons.List()) StrAppend(&text, Name(reason), " ");
  if (policy.low_confidence) {
    StrAppend(&text, "(", policy.low_confidence->output, " below ", policy.low_confidence->below, ") ");
  }
  StrAppend(&text, "slow_ms ", policy.slow.count(), ", random_share ", policy.random_share, ", max_per_minute ",
            policy.max_per_minute, ", quota_mb ", policy.quota_bytes >> 20, ", keep_days ", policy.keep.count() / 24);
  for (const samples::Mask& mask : policy.masks) StrAppend(&text, ", ", Text(mask));
  return text;
}

std::string RolloutText(const ModelConfig& model) {
  return StrCat(model.rollout_json, model.rewrite_base_path ? ", rewrite_base_path" : "");
}

// What takes effect only when a worker loads the model.
SettingList LoadSettings(const ModelConfig& model) {
  return {{"engine", Text(model.engine)},
          {"device", model.device == Device::kGpu ? "GPU" : "CPU"},
          {"precision", Text(model.precision)},
          {"worker_instances", StrCat(model.worker_instances)},
          {"instances", StrCat(model.instances)},
          {"threads_per_instance", StrCat(model.threads_per_instance)},
          {"warmup", Text(model.warmup)},
          {"cache_dir", model.cache_dir},
          {"gpu_device_id", StrCat(model.gpu.device_id)},
          {"gpu_memory_mb", StrCat(model.gpu.memory_mb)},
          {"gpu_memory_fraction", StrCat(model.gpu.memory_fraction)},
          {"tensorrt", TensorRtText(model.gpu)}};
}

// What the server applies at once, or by loading and unloading whole versions.
SettingList ServingSettings(const ModelConfig& model) {
  const auto pair = absl::PairFormatter("=");
  const auto extra = [](std::string* out, const ExtraVersion& v) { absl::StrAppend(out, v.version, "=", v.path); };
  return {{"base_path", model.base_path},
          {"platform", model.platform},
          {"version", model.version},
          {"version_naming", model.version_naming == VersionNaming::kStrict ? "STRICT" : "ANY"},
          {"model_version_policy", Text(model.version_policy)},
          {"version_labels", absl::StrJoin(model.version_labels, ",", pair)},
          {"versions", absl::StrJoin(model.versions, ",", extra)},
          {"keep_loaded", StrCat(model.keep_loaded)},
          {"max_queue", StrCat(model.max_queue)},
          {"request_timeout_ms", StrCat(model.request_timeout.count())},
          {"hang_timeout_ms", StrCat(model.hang_timeout.count())},
          {"drain_timeout_ms", StrCat(model.drain_timeout.count())},
          {"load_timeout_ms", StrCat(model.load_timeout.count())},
          {"on_worker_death", Text(model.on_worker_death)},
          {"feedback", model.keep_answers ? "keep_answers" : ""},
          {"golden",
           model.golden.file.empty() ? "" : StrCat(model.golden.file, " each ", model.golden.interval.count(), " s")},
          {"routing", Text(model.routing)},
          {"weights", Text(model.weights)},
          {"rollout", RolloutText(model)},
          {"samples", Text(model.samples)}};
}

std::string Quoted(const std::string& value) { return value.empty() ? "(none)" : value; }

}  // namespace

std::vector<std::pair<std::string, std::string>> Settings(const ModelConfig& model) {
  SettingList all = ServingSettings(model);
  for (auto& setting : LoadSettings(model)) all.push_back(std::move(setting));
  return all;
}

std::vector<std::string> Diff(const ServerConfig& from, const ServerConfig& to) {
  std::set<std::string> names;
  for (const ModelConfig& model : from.models) names.insert(model.name);
  for (const ModelConfig& model : to.models) names.insert(model.name);
  std::vector<std::string> lines;
  for (const std::string& name : names) {
    const ModelConfig* before = from.Find(name);
    const ModelConfig* after = to.Find(name);
    const std::string model = StrCat("model '", name, "': ");
    if (before == nullptr) {
      lines.push_back(StrCat(model, "added (base_path ", after->base_path, ")"));
    } else if (after == nullptr) {
      lines.push_back(model + "removed");
    } else {
      const SettingList old_settings = Settings(*before);
      const SettingList new_settings = Settings(*after);
      for (size_t i = 0; i < old_settings.size(); ++i) {
        if (old_settings[i] == new_settings[i]) continue;
        lines.push_back(StrCat(model, old_settings[i].first, ": ", Quoted(old_settings[i].second), " -> ",
                               Quoted(new_settings[i].second)));
      }
    }
  }
  return lines;
}

bool NeedsNewWorkers(const ModelConfig& from, const ModelConfig& to) { return LoadSettings(from) != LoadSettings(to); }

}  // namespace huidu::config
