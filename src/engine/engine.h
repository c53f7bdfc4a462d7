#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "engine/load_options.h"
#include "tensor/tensor.h"

namespace huidu::engine {

// What a loaded model takes and gives. Order is the model's own; requests and answers refer to tensors by index.
struct Signature {
  std::string platform;  // KServe metadata: "paddle_inference", "openvino_onnx", …
  std::vector<tensor::Spec> inputs;
  std::vector<tensor::Spec> outputs;
};

// Where an instance puts its answers. The worker backs it with the shared response arena, so that an output is
// written once, where the network will read it.
// Runs on: the thread that called Instance::Run().
class OutputSink {
 public:
  virtual ~OutputSink() = default;
  // True if the client asked for output `index`; an engine skips the copy of those that are not wanted.
  virtual bool Wanted(size_t index) const = 0;
  // Memory for output `index`, of exactly `bytes`, aligned to 64. Errors: ResourceExhausted if the arena is full.
  virtual absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType type,
                                                        std::span<const int64_t> shape, size_t bytes) = 0;
};

// One executable copy of a model: its own activations and scratch memory.
// Runs on: one thread, the same from the first Run() to the last; instances of a model run side by side.
class Instance {
 public:
  virtual ~Instance() = default;
  // `inputs` in the order of Signature::inputs, already checked against it; their bytes are read-only and outlive
  // the call. Errors: InvalidArgument if the request is at fault (shape that the network cannot take),
  // Internal if the model is. After an error nothing that was allocated from `outputs` is used.
  virtual absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) = 0;
};

// A model in memory.
// Runs on: NewInstance() on the thread that loaded it; the instances then go to threads of their own.
// Lives:   longer than its instances.
class Model {
 public:
  virtual ~Model() = default;
  virtual const Signature& signature() const = 0;
  virtual absl::StatusOr<std::unique_ptr<Instance>> NewInstance() = 0;
};

// An inference library behind one small interface. Its exceptions end in its adapter.
// Runs on: the worker's main thread. Lives: for the process, as its module is never unloaded.
class Engine {
 public:
  virtual ~Engine() = default;
  virtual std::string_view name() const = 0;
  virtual std::string version() const = 0;
  // Errors: InvalidArgument (files are not a model that this engine reads), FailedPrecondition (the device or a
  // library is missing; the text says what to install), Internal.
  virtual absl::StatusOr<std::unique_ptr<Model>> Load(const LoadOptions& options) = 0;
};

// Loads the module of an engine ("openvino", "paddle", "fake") from the folder ../lib/huidu beside the program.
// Every module is one shared library, libhuidu_engine_<name>.so, that exports kEntryPoint.
// Errors: FailedPrecondition if the module or a library it needs is not there.
absl::StatusOr<Engine*> OpenEngine(const std::string& name);

// A module's one exported function: `extern "C" huidu::engine::Engine* huidu_engine_v1()`. The number is raised
// whenever this header changes, so that a module of another build is refused instead of crashing.
inline constexpr char kEntryPoint[] = "huidu_engine_v1";
using EntryPoint = Engine* (*)();

}  // namespace huidu::engine
