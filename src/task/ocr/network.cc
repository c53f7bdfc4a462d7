#include "task/ocr/network.h"

#include <algorithm>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

constexpr int kChannels = 3;

// Keeps the network's first output in a buffer that is used again and again.
class FirstOutput : public engine::OutputSink {
 public:
  explicit FirstOutput(std::vector<float>& values) : values_(values) {}
  bool Wanted(size_t index) const override { return index == 0; }
  absl::StatusOr<std::span<std::byte>> Allocate(size_t, tensor::DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override {
    if (type != tensor::DataType::kFp32) return absl::InternalError(StrCat("the network gave ", tensor::Name(type)));
    shape_.assign(shape.begin(), shape.end());
    if (values_.size() < bytes / sizeof(float)) values_.resize(bytes / sizeof(float));
    count_ = bytes / sizeof(float);
    return std::as_writable_bytes(std::span(values_)).first(bytes);
  }
  const tensor::Shape& shape() const { return shape_; }
  size_t count() const { return count_; }

 private:
  std::vector<float>& values_;
  tensor::Shape shape_;
  size_t count_ = 0;
};

bool Takes(const tensor::Spec& spec, const tensor::Shape& expected) {
  if (spec.type != tensor::DataType::kFp32) return false;
  if (spec.any_rank) return true;
  return std::equal(
      spec.shape.begin(), spec.shape.end(), expected.begin(), expected.end(),
      [](int64_t has, int64_t want) { return want == tensor::kDynamic || has == tensor::kDynamic || has == want; });
}

}  // namespace

absl::Status Network::Check(const std::string& part, const engine::Model& model, size_t rank) {
  const engine::Signature& signature = model.signature();
  if (signature.inputs.size() != 1 ||
      !Takes(signature.inputs[0], {tensor::kDynamic, kChannels, tensor::kDynamic, tensor::kDynamic})) {
    const auto& inputs = signature.inputs;
    return absl::FailedPreconditionError(
        StrCat("part '", part, "' has to take one FP32 tensor [pictures,3,height,width]; it takes ",
               inputs.size() == 1 ? StrCat(tensor::Name(inputs[0].type), " ", tensor::ToString(inputs[0].shape))
                                  : StrCat(inputs.size(), " tensors")));
  }
  const auto& outputs = signature.outputs;
  const bool fits = !outputs.empty() && outputs[0].type == tensor::DataType::kFp32 &&
                    (outputs[0].any_rank || outputs[0].shape.size() == rank);
  if (fits) return absl::OkStatus();
  return absl::FailedPreconditionError(
      StrCat("part '", part, "' has to give an FP32 tensor of ", rank, " dimensions; it gives ",
             outputs.empty() ? std::string("none")
                             : StrCat(tensor::Name(outputs[0].type), " ", tensor::ToString(outputs[0].shape))));
}

Network::Batch& Network::NewBatch(int count, int height, int width) {
  batch_.count = count, batch_.height = height, batch_.width = width;
  batch_.values.assign(static_cast<size_t>(count) * kChannels * height * width, 0.f);
  return batch_;
}

void Network::Put(Batch& batch, int index, const cv::Mat& picture) {
  const size_t plane = static_cast<size_t>(batch.height) * batch.width;
  float* const at = batch.values.data() + static_cast<size_t>(index) * kChannels * plane;
  cv::Mat scaled;
  picture.convertTo(scaled, CV_32F, 1 / 127.5, -1);
  cv::Mat planes[kChannels];
  for (int c = 0; c < kChannels; ++c) {
    planes[c] =
        cv::Mat(batch.height, batch.width, CV_32F, at + static_cast<size_t>(c) * plane).colRange(0, picture.cols);
  }
  cv::split(scaled, planes);  // into the batch's memory, as size and type fit
}

absl::StatusOr<Network::Answer> Network::Run(size_t rank) {
  const tensor::View view = {.type = tensor::DataType::kFp32,
                             .shape = {batch_.count, kChannels, batch_.height, batch_.width},
                             .data = std::as_bytes(std::span(batch_.values))};
  FirstOutput output(answer_);
  if (absl::Status status = instance_->Run({&view, 1}, output); !status.ok()) {
    return Annotate(status, StrCat("part '", part_, "'"));
  }
  if (output.shape().size() != rank || output.shape()[0] != batch_.count) {
    return absl::InternalError(StrCat("part '", part_, "' answered ", batch_.count, " pictures with a tensor ",
                                      tensor::ToString(output.shape())));
  }
  return Answer{output.shape(), std::span(answer_).first(output.count())};
}

}  // namespace huidu::task::ocr
