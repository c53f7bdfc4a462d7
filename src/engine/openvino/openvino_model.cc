#include "engine/openvino/openvino_model.h"

#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "engine/openvino/tensors.h"
#include "engine/support/errors.h"

namespace huidu::engine::openvino {
namespace {

class OpenVinoInstance : public Instance {
 public:
  OpenVinoInstance(ov::CompiledModel& compiled, const Signature& signature, bool stateful)
      : signature_(signature),
        stateful_(stateful),
        inputs_(compiled.inputs()),
        outputs_(compiled.outputs()),
        bound_(inputs_.size()),
        request_(compiled.create_infer_request()) {}

  absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) override {
    HUIDU_RETURN_IF_ERROR(Bind(inputs));
    HUIDU_RETURN_IF_ERROR(Execute(inputs));
    try {
      for (size_t i = 0; i < outputs_.size(); ++i) {
        if (!outputs.Wanted(i)) continue;
        HUIDU_RETURN_IF_ERROR(CopyOut(request_.get_tensor(outputs_[i]), i, signature_.outputs[i].type, outputs));
      }
      return absl::OkStatus();
    } catch (...) {
      return CurrentException(absl::StatusCode::kInternal, "reading the results");
    }
  }

 private:
  struct Bound {
    const std::byte* data = nullptr;
    tensor::Shape shape;
  };

  // Requests often lie at the address of the one before, with its shape: then nothing has to be told to OpenVINO.
  absl::Status Bind(std::span<const tensor::View> inputs) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const tensor::View& view = inputs[i];
      HUIDU_RETURN_IF_ERROR(CheckRange(signature_.inputs[i].name, view));
      const bool fixed_size = view.type != tensor::DataType::kBytes;
      if (fixed_size && bound_[i].data == view.data.data() && bound_[i].shape == view.shape) continue;
      bound_[i].data = nullptr;
      try {
        request_.set_tensor(inputs_[i], Wrap(view));
      } catch (...) {
        return CurrentException(absl::StatusCode::kInvalidArgument, StrCat("input '", signature_.inputs[i].name, "'"));
      }
      bound_[i].shape = view.shape;
      if (fixed_size) bound_[i].data = view.data.data();
    }
    return absl::OkStatus();
  }

  // Never infer(): with one inference thread it returns normally when a node fails, and the results are then those
  // of the request before, which may be another user's. start_async() and wait() always report it.
  absl::Status Execute(std::span<const tensor::View> inputs) {
    try {
      if (stateful_) request_.reset_state();
      request_.start_async();
      request_.wait();
      return absl::OkStatus();
    } catch (...) {
      return CurrentException(FaultOf(inputs), "the model failed");
    }
  }

  const Signature& signature_;
  const bool stateful_;
  const std::vector<ov::Output<const ov::Node>> inputs_;
  const std::vector<ov::Output<const ov::Node>> outputs_;
  std::vector<Bound> bound_;
  ov::InferRequest request_;
};

}  // namespace

OpenVinoModel::OpenVinoModel(ov::CompiledModel compiled, Signature signature, bool stateful)
    : compiled_(std::move(compiled)), signature_(std::move(signature)), stateful_(stateful) {}

absl::StatusOr<std::unique_ptr<Instance>> OpenVinoModel::NewInstance() {
  try {
    return std::make_unique<OpenVinoInstance>(compiled_, signature_, stateful_);
  } catch (...) {
    return CurrentException(absl::StatusCode::kInternal, "making an instance");
  }
}

}  // namespace huidu::engine::openvino
