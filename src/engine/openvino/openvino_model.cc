#include "engine/openvino/openvino_model.h"

#include <optional>
#include <utility>

#include "base/status.h"
#include "base/strings.h"
#include "engine/openvino/tensors.h"
#include "engine/support/errors.h"

namespace huidu::engine::openvino {
namespace {

class OpenVinoInstance : public Instance {
 public:
  OpenVinoInstance(ov::CompiledModel compiled, const Signature& signature, ModelTraits traits, GoodInputs& good_inputs)
      : signature_(signature),
        traits_(traits),
        good_inputs_(good_inputs),
        inputs_(compiled.inputs()),
        outputs_(compiled.outputs()),
        bound_(inputs_.size()),
        request_(compiled.create_infer_request()) {}

  absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) override {
    if (failure_.has_value() && Recover()) failure_.reset();
    if (FailedBefore(inputs)) return failure_->status;
    HUIDU_RETURN_IF_ERROR(Bind(inputs));
    if (absl::Status status = Execute(inputs); !status.ok()) {
      if (traits_.dynamic && !Recover()) failure_.emplace(Failure{ShapesOf(inputs), status});
      return status;
    }
    if (!answered_) {
      good_inputs_.Offer(inputs);
      answered_ = true;
    }
    return CopyOutputs(outputs);
  }

 private:
  struct Bound {
    const std::byte* data = nullptr;
    tensor::Shape shape;
  };
  struct Failure {
    std::vector<tensor::Shape> shapes;
    absl::Status status;
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
      if (traits_.stateful) request_.reset_state();
      request_.start_async();
      request_.wait();
      return absl::OkStatus();
    } catch (...) {
      return CurrentException(FaultOf(inputs), "the model failed");
    }
  }

  absl::Status CopyOutputs(OutputSink& outputs) {
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

  // Takes inputs that are known to be good through every operator, so that the failed ones are checked again when they
  // come back. False where there are none, as nothing has been answered yet: then what failed is not run a second time.
  bool Recover() {
    const auto good = good_inputs_.Get();
    return good != nullptr && Bind(*good).ok() && Execute(*good).ok();
  }

  bool FailedBefore(std::span<const tensor::View> inputs) const {
    return failure_.has_value() && failure_->shapes == ShapesOf(inputs);
  }

  static std::vector<tensor::Shape> ShapesOf(std::span<const tensor::View> inputs) {
    std::vector<tensor::Shape> shapes;
    for (const tensor::View& input : inputs) shapes.push_back(input.shape);
    return shapes;
  }

  const Signature& signature_;
  const ModelTraits traits_;
  GoodInputs& good_inputs_;
  const std::vector<ov::Output<const ov::Node>> inputs_;
  const std::vector<ov::Output<const ov::Node>> outputs_;
  std::vector<Bound> bound_;
  ov::InferRequest request_;
  bool answered_ = false;
  std::optional<Failure> failure_;  // that could not be recovered from
};

}  // namespace

OpenVinoModel::OpenVinoModel(CompileModel compile, int32_t instances, Signature signature, ModelTraits traits)
    : compile_(std::move(compile)),
      signature_(std::move(signature)),
      traits_(traits),
      next_(compile_(traits.dynamic ? 1 : instances)) {}

absl::StatusOr<std::unique_ptr<Instance>> OpenVinoModel::NewInstance() {
  try {
    if (next_is_taken_ && traits_.dynamic) next_ = compile_(1);
    next_is_taken_ = true;
    return std::make_unique<OpenVinoInstance>(next_, signature_, traits_, good_inputs_);
  } catch (...) {
    return CurrentException(absl::StatusCode::kInternal, "making an instance");
  }
}

}  // namespace huidu::engine::openvino
