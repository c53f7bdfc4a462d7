#include "engine/paddle/paddle_model.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "engine/paddle/paddle_instance.h"
#include "engine/paddle/tensors.h"
#include "engine/support/errors.h"

namespace huidu::engine::paddle {
namespace {

using paddle_infer::Predictor;

// Takes the answers of a trial run only to see of which types they are.
class TypeSink : public OutputSink {
 public:
  explicit TypeSink(std::vector<tensor::Spec>& outputs) : outputs_(outputs) {}
  bool Wanted(size_t) const override { return true; }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType type, std::span<const int64_t>,
                                                size_t bytes) override {
    outputs_[index].type = type;
    room_.resize(bytes);
    return std::span(room_);
  }

 private:
  std::vector<tensor::Spec>& outputs_;
  std::vector<std::byte> room_;
};

// One tensor of zeros in each input's form, one row where the size is open, over `zeros`. Empty if that is not enough.
std::vector<tensor::View> TrialInputs(const std::vector<tensor::Spec>& inputs, std::span<const std::byte> zeros) {
  std::vector<tensor::View> views;
  for (const tensor::Spec& spec : inputs) {
    tensor::View& view = views.emplace_back();
    view.type = spec.type;
    view.shape = spec.shape;
    std::replace(view.shape.begin(), view.shape.end(), tensor::kDynamic, int64_t{1});
    const absl::StatusOr<size_t> bytes = tensor::ByteSize(spec.type, view.shape);
    if (!bytes.ok() || *bytes > zeros.size()) return {};
    view.data = zeros.first(*bytes);
  }
  return views;
}

absl::StatusOr<std::vector<tensor::Spec>> Specs(const std::vector<std::string>& names, const char* direction,
                                                const std::map<std::string, std::vector<int64_t>>& shapes,
                                                const std::map<std::string, paddle_infer::DataType>& types) {
  std::vector<tensor::Spec> specs;
  for (const std::string& name : names) {
    tensor::Spec& spec = specs.emplace_back();
    spec.name = name;
    const auto type_at = types.find(name);
    const auto type = type_at == types.end() ? std::nullopt : FromPaddle(type_at->second);
    if (!type.has_value()) {
      return absl::InvalidArgumentError(
          StrCat(direction, " '", name, "' is of a type that cannot be sent over the network"));
    }
    spec.type = *type;
    const auto shape = shapes.find(name);
    spec.any_rank = shape == shapes.end();
    if (!spec.any_rank) spec.shape = shape->second;
    for (int64_t& dim : spec.shape) dim = std::max(dim, tensor::kDynamic);
  }
  return specs;
}

absl::Status MarkLodInputs(const std::vector<std::string>& lod_inputs, std::vector<tensor::Spec>& inputs) {
  for (const std::string& name : lod_inputs) {
    const auto input = std::find_if(inputs.begin(), inputs.end(), [&](const auto& spec) { return spec.name == name; });
    if (input == inputs.end()) {
      return absl::InvalidArgumentError(
          StrCat("the LoD input '", name, "' is no input of the model, which has: ",
                 absl::StrJoin(inputs, ", ", [](std::string* out, const auto& spec) { out->append(spec.name); })));
    }
    input->lod_level = 1;
  }
  return absl::OkStatus();
}

absl::StatusOr<Signature> ReadSignature(Predictor& predictor, const std::vector<std::string>& lod_inputs) {
  Signature signature{.platform = "paddle_inference"};
  HUIDU_ASSIGN_OR_RETURN(signature.inputs, Specs(predictor.GetInputNames(), "input", predictor.GetInputTensorShape(),
                                                 predictor.GetInputTypes()));
  HUIDU_ASSIGN_OR_RETURN(signature.outputs, Specs(predictor.GetOutputNames(), "output",
                                                  predictor.GetOutputTensorShape(), predictor.GetOutputTypes()));
  HUIDU_RETURN_IF_ERROR(MarkLodInputs(lod_inputs, signature.inputs));
  return signature;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Model>> PaddleModel::Make(std::shared_ptr<Predictor> predictor,
                                                         const std::vector<std::string>& lod_inputs) {
  HUIDU_ASSIGN_OR_RETURN(Signature signature, ReadSignature(*predictor, lod_inputs));
  std::unique_ptr<PaddleModel> model(new PaddleModel(std::move(predictor), std::move(signature)));
  if (!lod_inputs.empty()) model->LearnOutputTypes();
  return model;
}

PaddleModel::PaddleModel(std::shared_ptr<Predictor> predictor, Signature signature)
    : predictor_(std::move(predictor)), signature_(std::move(signature)) {}

absl::StatusOr<std::unique_ptr<Instance>> PaddleModel::NewInstance() {
  try {
    return std::make_unique<PaddleInstance>(*this, TakeClone());
  } catch (...) {
    return CurrentException(absl::StatusCode::kInternal, "making an instance");
  }
}

std::unique_ptr<Predictor> PaddleModel::TakeClone() {
  std::lock_guard lock(mutex_);
  if (idle_clones_.empty()) return predictor_->Clone();
  std::unique_ptr<Predictor> clone = std::move(idle_clones_.back());
  idle_clones_.pop_back();
  return clone;
}

void PaddleModel::TakeBack(std::unique_ptr<Predictor> clone) {
  std::lock_guard lock(mutex_);
  idle_clones_.push_back(std::move(clone));
}

// Sequence models are of the time when programs declared every output as FP32: LAC's tags are INT64. The types are
// those of a run with one row of zeros, which is a word of every dictionary; if it fails, the declared ones stay.
void PaddleModel::LearnOutputTypes() {
  const std::vector<std::byte> zeros(1 << 16);
  const std::vector<tensor::View> inputs = TrialInputs(signature_.inputs, zeros);
  std::vector<tensor::Spec> learned = signature_.outputs;
  TypeSink sink(learned);
  auto instance = NewInstance();
  if (inputs.empty() || !instance.ok() || !(*instance)->Run(inputs, sink).ok()) return;
  signature_.outputs = std::move(learned);
}

}  // namespace huidu::engine::paddle
