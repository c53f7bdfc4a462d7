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

size_t Sequences(const tensor::View& view) { return view.lod.empty() ? 1 : view.lod.size() - 1; }

// Rows `from` to `to` of a tensor of fixed-size elements, as one sequence.
tensor::View Rows(const tensor::View& view, uint64_t from, uint64_t to) {
  const size_t row_bytes = view.data.size() / static_cast<size_t>(view.shape[0]);
  tensor::View rows{view.type, view.shape, view.data.subspan(from * row_bytes, (to - from) * row_bytes), {}};
  rows.shape[0] = static_cast<int64_t>(to - from);
  return rows;
}

// Collects the outputs of several runs, one below the other.
class StackingSink : public OutputSink {
 public:
  StackingSink(const OutputSink& target, size_t outputs) : target_(target), stacks_(outputs) {}
  bool Wanted(size_t index) const override { return target_.Wanted(index); }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, tensor::DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override {
    Stack& stack = stacks_[index];
    const bool first = stack.shape.empty();
    if (shape.empty() ||
        (!first && !std::equal(shape.begin() + 1, shape.end(), stack.shape.begin() + 1, stack.shape.end()))) {
      return absl::InternalError(StrCat("output ", index, " cannot be joined over the sequences of a request"));
    }
    if (first)
      stack = {type, tensor::Shape(shape.begin(), shape.end()), {}};
    else
      stack.shape[0] += shape[0];
    stack.bytes.resize(stack.bytes.size() + bytes);
    return std::span(stack.bytes).last(bytes);
  }
  absl::Status WriteTo(OutputSink& outputs) const {
    for (size_t i = 0; i < stacks_.size(); ++i) {
      const Stack& stack = stacks_[i];
      if (stack.shape.empty()) continue;
      HUIDU_ASSIGN_OR_RETURN(const std::span<std::byte> memory,
                             outputs.Allocate(i, stack.type, stack.shape, stack.bytes.size()));
      std::copy(stack.bytes.begin(), stack.bytes.end(), memory.begin());
    }
    return absl::OkStatus();
  }

 private:
  struct Stack {
    tensor::DataType type;
    tensor::Shape shape;
    std::vector<std::byte> bytes;
  };
  const OutputSink& target_;
  std::vector<Stack> stacks_;
};

}  // namespace

PaddleInstance::PaddleInstance(PaddleModel& model, std::unique_ptr<paddle_infer::Predictor> clone)
    : model_(model), clone_(std::move(clone)) {
  for (const tensor::Spec& spec : model.signature().inputs) inputs_.push_back(clone_->GetInputHandle(spec.name));
  for (const tensor::Spec& spec : model.signature().outputs) outputs_.push_back(clone_->GetOutputHandle(spec.name));
}

PaddleInstance::~PaddleInstance() { model_.TakeBack(std::move(clone_)); }

absl::Status PaddleInstance::Run(std::span<const tensor::View> inputs, OutputSink& outputs) {
  const bool several = std::any_of(inputs.begin(), inputs.end(), [](const auto& view) { return Sequences(view) > 1; });
  return several ? RunEachSequence(inputs, outputs) : RunOnce(inputs, outputs);
}

// Paddle 3.3.1 computes a request with several sequences right only if the predictor's first run had several too; else
// all but the first of them answer with stale memory. One sequence a run is always right.
absl::Status PaddleInstance::RunEachSequence(std::span<const tensor::View> inputs, OutputSink& outputs) {
  size_t count = 0;
  for (const tensor::View& view : inputs) {
    if (view.lod.empty()) continue;
    const size_t rows = view.shape.empty() ? 0 : static_cast<size_t>(view.shape[0]);
    HUIDU_RETURN_IF_ERROR(CheckSequences({view.lod.begin(), view.lod.end()}, rows));
    if (count != 0 && count != Sequences(view)) {
      return absl::InvalidArgumentError("the inputs of a request have different numbers of sequences");
    }
    count = Sequences(view);
  }
  StackingSink stack(outputs, outputs_.size());
  for (size_t i = 0; i < count; ++i) {
    std::vector<tensor::View> slices(inputs.begin(), inputs.end());
    for (tensor::View& view : slices) {
      if (!view.lod.empty()) view = Rows(view, view.lod[i], view.lod[i + 1]);
    }
    HUIDU_RETURN_IF_ERROR(RunOnce(slices, stack));
  }
  return stack.WriteTo(outputs);
}

absl::Status PaddleInstance::RunOnce(std::span<const tensor::View> inputs, OutputSink& outputs) {
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
