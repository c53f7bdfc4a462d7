#pragma once

#include <memory>
#include <opencv2/core.hpp>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "tensor/tensor.h"

namespace huidu::task::ocr {

// One network of the task: a batch of pictures in, FP32 out.
// Runs on: the instance's thread.
class Network {
 public:
  // Error: FailedPrecondition if the network does not take one FP32 tensor [pictures, 3, height, width], or gives no
  // FP32 tensor of `rank` dimensions: expected and found, beginning with the part's name.
  static absl::Status Check(const std::string& part, const engine::Model& model, size_t rank);

  Network(std::string part, std::unique_ptr<engine::Instance> instance)
      : part_(std::move(part)), instance_(std::move(instance)) {}

  // Room for a batch, [count, 3, height, width], all zeros (the value of grey); valid until the next call.
  struct Batch {
    int count, height, width;
    std::vector<float> values;
  };
  Batch& NewBatch(int count, int height, int width);
  // Puts a BGR picture at the batch's left: value * scale - 1 with scale 1/127.5, so from -1 to 1.
  // The picture is as high as the batch and at most as wide.
  static void Put(Batch& batch, int index, const cv::Mat& picture);

  struct Answer {
    tensor::Shape shape;
    std::span<const float> values;  // valid until the next Run()
  };
  // Runs the batch. Errors: the engine's; Internal if the answer does not have `rank` dimensions.
  absl::StatusOr<Answer> Run(size_t rank);

 private:
  std::string part_;
  std::unique_ptr<engine::Instance> instance_;
  Batch batch_{};
  std::vector<float> answer_;
};

}  // namespace huidu::task::ocr
