#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace huidu::engine {

// The forms in which a version folder may hold a model. The numbers travel between front and worker.
enum class Format : uint8_t {
  kPaddle = 1,          // *.pdmodel + *.pdiparams
  kPaddleCombined = 2,  // __model__ + __params__
  kPaddleSeparate = 3,  // __model__ + one file a parameter
  kPaddlePir = 4,       // Paddle 3: *.json + *.pdiparams
  kOnnx = 5,
  kOpenVinoIr = 6,  // *.xml + *.bin
  kFake = 7,        // *.fake: the scriptable engine of the tests
};

enum class Precision : uint8_t { kFloat32 = 1, kFloat16 = 2, kBFloat16 = 3, kInt8 = 4 };

// The smallest, usual and largest shape of one input, for TensorRT's dynamic shapes.
struct ShapeRange {
  std::string input;
  std::vector<int64_t> min;
  std::vector<int64_t> opt;
  std::vector<int64_t> max;
};

// Settings that only a GPU build of an engine uses.
struct GpuOptions {
  int32_t device_id = 0;
  uint64_t memory_mb = 0;        // initial memory pool; 0: the engine's default
  double memory_fraction = 0.0;  // of the whole card, an upper bound; 0: none
  bool tensorrt = false;
  Precision tensorrt_precision = Precision::kFloat32;
  uint64_t tensorrt_workspace_mb = 1024;
  int32_t tensorrt_min_subgraph = 3;
  int32_t tensorrt_max_batch = 1;
  std::vector<ShapeRange> tensorrt_shapes;
};

// Everything that an engine needs to load one version. Plain data: it travels from front to worker.
struct LoadOptions {
  std::string directory;  // absolute
  Format format = Format::kPaddle;
  std::string program_file;                  // absolute; the .onnx, .xml, .pdmodel, __model__ or .json
  std::string params_file;                   // absolute; empty for kOnnx, kPaddleSeparate
  std::vector<std::string> parameter_files;  // kPaddleSeparate: file names inside `directory`
  std::vector<std::string> lod_inputs;       // Paddle: inputs whose rows are grouped into sequences
  bool use_gpu = false;
  GpuOptions gpu;
  // Inferences that run at the same time, and CPU threads of each.
  int32_t instances = 1;
  int32_t threads_per_instance = 1;
  Precision precision = Precision::kFloat32;
  std::string cache_directory;  // writable; compiled engines are kept here. Empty: none
};

}  // namespace huidu::engine
