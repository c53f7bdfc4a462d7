#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

// The part of Paddle Inference's C++ interface that the paddle engine uses, for building against libpaddle.so of the
// Python package, which exports the whole interface but ships no header for it. It stands in for the official header of
// the same name, which is used instead where PADDLE_INFERENCE_ROOT is given; the engine's own code is the same for
// both.
//
// Only names, signatures and enumerators have to agree with the library. What is inside the objects is left to it: a
// configuration lives in room that is larger than it needs, everything else is only made by the library and held by
// pointer. CheckLibrary() refuses to start with a library for which this was not verified.
// Verified against: paddlepaddle 3.3.1.

namespace paddle {

class AnalysisConfig {
 public:
  enum class Precision { kFloat32 = 0, kInt8, kHalf, kBf16 };

  AnalysisConfig();
  AnalysisConfig(const AnalysisConfig& other);
  ~AnalysisConfig();

  void SetModel(const std::string& directory);
  void SetModel(const std::string& program_file, const std::string& params_file);
  void SetCpuMathLibraryNumThreads(int threads);
  void EnableMemoryOptim(bool on = true);
  void DisableGlogInfo();

  void EnableMKLDNN();
  void EnableMkldnnBfloat16();
  void SetMkldnnCacheCapacity(int shapes);

  void EnableUseGpu(uint64_t pool_mb, int device, Precision precision = Precision::kFloat32);
  bool use_gpu() const;
  void EnableTensorRtEngine(int64_t workspace_bytes, int max_batch, int min_subgraph, Precision precision,
                            bool use_static, bool use_calib, bool use_cuda_graph = false);
  void SetTRTDynamicShapeInfo(std::map<std::string, std::vector<int>> min, std::map<std::string, std::vector<int>> max,
                              std::map<std::string, std::vector<int>> opt, bool disable_fp16 = false);
  void SetOptimCacheDir(const std::string& directory);

  // The library's own object ends at byte 1632 of this in 3.3.1.
  static constexpr size_t kRoom = 8192;

 private:
  alignas(std::max_align_t) std::byte room_[kRoom];
};

// Only here so that a clone can be destroyed.
class AnalysisPredictor {
 public:
  ~AnalysisPredictor();
  static void operator delete(void* memory) { ::operator delete(memory); }
};

}  // namespace paddle

namespace paddle_infer {

using Config = paddle::AnalysisConfig;

enum DataType { FLOAT32, INT64, INT32, UINT8, INT8, FLOAT16, BOOL, FLOAT64, BFLOAT16 };

class Tensor {
 public:
  Tensor() = delete;
  static void operator delete(void* memory) { ::operator delete(memory); }

  void Reshape(const std::vector<int>& shape);
  template <typename T>
  void CopyFromCpu(const T* data);
  template <typename T>
  void CopyToCpu(T* data) const;
  void SetLoD(const std::vector<std::vector<size_t>>& lod);
  std::vector<int> shape() const;
  DataType type() const;

 private:
  std::string name_;  // all that has a destructor to run; plain data follows in the library
};

class Predictor {
 public:
  Predictor() = delete;

  std::vector<std::string> GetInputNames();
  std::map<std::string, std::vector<int64_t>> GetInputTensorShape();
  std::map<std::string, DataType> GetInputTypes();
  std::unique_ptr<Tensor> GetInputHandle(const std::string& name);

  std::vector<std::string> GetOutputNames();
  std::map<std::string, std::vector<int64_t>> GetOutputTensorShape();
  std::map<std::string, DataType> GetOutputTypes();
  std::unique_ptr<Tensor> GetOutputHandle(const std::string& name);

  bool Run();
  std::unique_ptr<Predictor> Clone(void* stream = nullptr);

 private:
  std::unique_ptr<paddle::AnalysisPredictor> predictor_;
};

std::shared_ptr<Predictor> CreatePredictor(const Config& config);
std::string GetVersion();
bool UpdateDllFlag(const char* name, const char* value);

}  // namespace paddle_infer
