#include <openvino/openvino.hpp>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "engine/engine.h"
#include "engine/openvino/openvino_model.h"
#include "engine/openvino/read_model.h"
#include "engine/support/errors.h"

namespace huidu::engine::openvino {
namespace {

// OpenVINO's own default is bfloat16 on CPUs that have it, which changes the answers: it is used only where asked for.
ov::element::Type InferencePrecision(Precision precision) {
  switch (precision) {
    case Precision::kFloat16: return ov::element::f16;
    case Precision::kBFloat16: return ov::element::bf16;
    case Precision::kFloat32:
    case Precision::kInt8: break;  // a quantized model says by itself which nodes run in 8 bits
  }
  return ov::element::f32;
}

ov::AnyMap Settings(const LoadOptions& options, int32_t instances) {
  ov::AnyMap settings = {
      ov::num_streams(instances),
      ov::inference_num_threads(instances * options.threads_per_instance),
      ov::hint::inference_precision(InferencePrecision(options.precision)),
      // Several versions share the machine, and each process would pin its threads to the same first cores.
      ov::hint::enable_cpu_pinning(false),
  };
  if (!options.cache_directory.empty()) settings.insert(ov::cache_dir(options.cache_directory));
  return settings;
}

class OpenVinoEngine : public Engine {
 public:
  std::string_view name() const override { return "openvino"; }
  std::string version() const override { return ov::get_openvino_version().buildNumber; }

  absl::StatusOr<std::unique_ptr<Model>> Load(const LoadOptions& options) override {
    if (options.use_gpu) {
      return absl::FailedPreconditionError(
          "the version asks for device GPU, but the openvino engine runs on the CPU: set engine: PADDLE or device: "
          "CPU");
    }
    HUIDU_ASSIGN_OR_RETURN(const std::shared_ptr<ov::Model> model, ReadModel(options));
    absl::StatusOr<Signature> signature = ReadSignature(*model, options.format);
    if (!signature.ok()) return Annotate(signature.status(), options.program_file);
    const ModelTraits traits = {.stateful = !model->get_variables().empty(), .dynamic = model->is_dynamic()};
    const CompileModel compile = [this, model, options](int32_t instances) {
      return core_.compile_model(model, "CPU", Settings(options, instances));
    };
    try {
      return std::make_unique<OpenVinoModel>(compile, options.instances, *std::move(signature), traits);
    } catch (...) {
      return CurrentException(absl::StatusCode::kInvalidArgument, options.program_file);
    }
  }

 private:
  ov::Core core_;
};

}  // namespace
}  // namespace huidu::engine::openvino

extern "C" __attribute__((visibility("default"))) huidu::engine::Engine* huidu_engine_v1() {
  try {
    // Never destroyed: its plug-ins are being unloaded too at the end of the process, in an order that nobody promises.
    static auto* engine = new huidu::engine::openvino::OpenVinoEngine;
    return engine;
  } catch (...) {
    return nullptr;
  }
}
