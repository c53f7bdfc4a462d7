#include "engine/paddle/config.h"

#include <map>
#include <string>
#include <vector>

#include "base/strings.h"

namespace huidu::engine::paddle {
namespace {

using paddle_infer::Config;
using PaddlePrecision = Config::Precision;
using ShapeMap = std::map<std::string, std::vector<int>>;

// oneDNN keeps compiled kernels for each input shape; texts and pictures come in many, so the number is bounded.
constexpr int kOneDnnShapes = 16;
constexpr uint64_t kDefaultPoolMb = 100;

PaddlePrecision PrecisionOf(Precision precision) {
  switch (precision) {
    case Precision::kFloat16: return PaddlePrecision::kHalf;
    case Precision::kBFloat16: return PaddlePrecision::kBf16;
    case Precision::kInt8: return PaddlePrecision::kInt8;
    case Precision::kFloat32: break;
  }
  return PaddlePrecision::kFloat32;
}

std::vector<int> Dims(const std::vector<int64_t>& shape) { return std::vector<int>(shape.begin(), shape.end()); }

void ConfigureCpu(const LoadOptions& options, Config& config) {
  config.SetCpuMathLibraryNumThreads(options.threads_per_instance);
  config.EnableMKLDNN();  // six times as fast as without on convolutions
  config.SetMkldnnCacheCapacity(kOneDnnShapes);
  if (options.precision == Precision::kBFloat16) config.EnableMkldnnBfloat16();
}

void ConfigureTensorRt(const LoadOptions& options, Config& config) {
  const GpuOptions& gpu = options.gpu;
  const bool keep_engines = !options.cache_directory.empty();
  config.EnableTensorRtEngine(static_cast<int64_t>(gpu.tensorrt_workspace_mb) << 20, gpu.tensorrt_max_batch,
                              gpu.tensorrt_min_subgraph, PrecisionOf(gpu.tensorrt_precision), keep_engines,
                              /*use_calib=*/false);
  ShapeMap min, opt, max;
  for (const ShapeRange& range : gpu.tensorrt_shapes) {
    min[range.input] = Dims(range.min);
    opt[range.input] = Dims(range.opt);
    max[range.input] = Dims(range.max);
  }
  if (!min.empty()) config.SetTRTDynamicShapeInfo(min, max, opt);
}

std::string FirstLineOfVersion() {
  const std::string text = paddle_infer::GetVersion();
  return text.substr(0, text.find('\n'));
}

absl::Status ConfigureGpu(const LoadOptions& options, Config& config) {
  const GpuOptions& gpu = options.gpu;
  config.EnableUseGpu(gpu.memory_mb == 0 ? kDefaultPoolMb : gpu.memory_mb, gpu.device_id,
                      PrecisionOf(options.precision));
  // A build without CUDA logs an error here and goes on with the CPU; a slow answer is not what was asked for.
  if (!config.use_gpu()) {
    return absl::FailedPreconditionError(StrCat(
        "the version asks for device GPU, but this build of Paddle Inference (", FirstLineOfVersion(),
        ", CPU) has no CUDA: install paddlepaddle-gpu or build with PADDLE_INFERENCE_ROOT set to a CUDA build, or set "
        "device: CPU"));
  }
  if (gpu.memory_fraction > 0) {
    paddle_infer::UpdateDllFlag("fraction_of_gpu_memory_to_use", StrCat(gpu.memory_fraction).c_str());
  }
  if (gpu.tensorrt) ConfigureTensorRt(options, config);
  if (!options.cache_directory.empty()) config.SetOptimCacheDir(options.cache_directory);
  return absl::OkStatus();
}

}  // namespace

absl::Status Configure(const LoadOptions& options, Config& config) {
  if (options.format == Format::kPaddleSeparate) {
    config.SetModel(options.directory);
  } else {
    config.SetModel(options.program_file, options.params_file);
  }
  config.DisableGlogInfo();
  // In Paddle 3's program format, 3.3.1 finishes no model with it.
  config.EnableMemoryOptim(options.format != Format::kPaddlePir);
  if (options.use_gpu) return ConfigureGpu(options, config);
  ConfigureCpu(options, config);
  return absl::OkStatus();
}

}  // namespace huidu::engine::paddle
