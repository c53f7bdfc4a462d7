#pragma once

#include <memory>
#include <vector>

#include "engine/paddle/paddle_model.h"

namespace huidu::engine::paddle {

// One clone of the network, borrowed from the model. Runs on: one thread at a time.
class PaddleInstance : public Instance {
 public:
  // Throws what Paddle throws.
  PaddleInstance(PaddleModel& model, std::unique_ptr<paddle_infer::Predictor> clone);
  ~PaddleInstance() override;

  absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) override;

 private:
  absl::Status RunOnce(std::span<const tensor::View> inputs, OutputSink& outputs);
  absl::Status RunEachSequence(std::span<const tensor::View> inputs, OutputSink& outputs);
  absl::Status SetInput(size_t index, const tensor::View& view);

  PaddleModel& model_;
  std::unique_ptr<paddle_infer::Predictor> clone_;
  std::vector<std::unique_ptr<paddle_infer::Tensor>> inputs_;
  std::vector<std::unique_ptr<paddle_infer::Tensor>> outputs_;
};

}  // namespace huidu::engine::paddle
