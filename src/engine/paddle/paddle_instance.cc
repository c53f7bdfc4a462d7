#include "engine/paddle/paddle_instance.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_join.h"
#include "base/status.h"
#include "base/strings.h"
#include "engine/paddle/tensors.h"
#include "engine/support/errors.h"

namespace huidu::engine::paddle {
namespace {

// Paddle's sequence operators trust the offsets and write past their memory where they are wrong.
absl::Status CheckSequences(const std::vector<size_t>& offsets, size_t rows) {
  const bool ascending = std::adjacent_find(offsets.begin(), offsets.end(), std::greater_equal<>()) == offsets.end();
  if (offsets.size() >= 2 && offsets.front() == 0 && offsets.back() == rows && ascending) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("the sequence offsets are [", absl::StrJoin(offsets, ","),
                                           "]: they have to rise from 0 to the number of rows, ", rows,
                                           ", and no sequence may be empty"));
}

// Tells the network where sequences begin and end; without a word of it, the rows are one sequence.
absl::Status SetSequences(const tensor::View& view, paddle_infer::Tensor& input) {
  const size_t rows = view.shape.empty() ? 0 : static_cast<size_t>(view.shape[0]);
  std::vector<size_t> offsets = {0, rows};
  if (!view.lod.empty()) offsets.assign(view.lod.begin(), view.lod.end());
  HUIDU_RETURN_IF_ERROR(CheckSequences(offsets, rows));
  input.SetLoD({offsets});
  return absl::OkStatus();
}

}  // namespace

PaddleInstance::PaddleInstance(PaddleModel& model, std::unique_ptr<paddle_infer::Predictor> clone)
    : model_(model), clone_(std::move(clone)) {
  for (const tensor::Spec& spec : model.signature().inputs) inputs_.push_back(clone_->GetInputHandle(spec.name));
  for (const tensor::Spec& spec : model.signature().outputs) outputs_.push_back(clone_->GetOutputHandle(spec.name));
}

PaddleInstance::~PaddleInstance() { model_.TakeBack(std::move(clone_)); }

absl::Status PaddleInstance::Run(std::span<const tensor::View> inputs, OutputSink& outputs) {
  for (size_t i = 0; i < inputs.size(); ++i) HUIDU_RETURN_IF_ERROR(SetInput(i, inputs[i]));
  try {
    if (!clone_->Run()) return absl::InternalError("the model failed");
    for (size_t i = 0; i < outputs_.size(); ++i) {
      if (outputs.Wanted(i)) HUIDU_RETURN_IF_ERROR(CopyOut(*outputs_[i], i, outputs));
    }
    return absl::OkStatus();
  } catch (...) {
    return CurrentException(FaultOf(inputs), "the model failed");
  }
}

absl::Status PaddleInstance::SetInput(size_t index, const tensor::View& view) {
  const tensor::Spec& spec = model_.signature().inputs[index];
  absl::Status set;
  try {
    set = CopyIn(view, *inputs_[index]);
    if (set.ok() && spec.lod_level > 0) set = SetSequences(view, *inputs_[index]);
  } catch (...) {
    set = CurrentException(absl::StatusCode::kInvalidArgument, "the tensor cannot be set");
  }
  return set.ok() ? set : Annotate(set, StrCat("input '", spec.name, "'"));
}

}  // namespace huidu::engine::paddle
