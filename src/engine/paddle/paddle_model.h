#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "paddle_inference_api.h"

namespace huidu::engine::paddle {

// A loaded network. Its instances run clones of one predictor, which share the weights.
// Paddle 3.3.1 empties the shared weights as soon as any of the clones is destroyed, so the model keeps every clone for
// as long as it lives itself and lends it to one instance after the other.
class PaddleModel : public Model {
 public:
  // Errors: InvalidArgument if the network has a tensor of an unknown type, or `lod_inputs` names none of its inputs.
  static absl::StatusOr<std::unique_ptr<Model>> Make(std::shared_ptr<paddle_infer::Predictor> predictor,
                                                     const std::vector<std::string>& lod_inputs);

  const Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<Instance>> NewInstance() override;

  // An instance ends and gives back its clone. Runs on: any thread.
  void TakeBack(std::unique_ptr<paddle_infer::Predictor> clone);

 private:
  PaddleModel(std::shared_ptr<paddle_infer::Predictor> predictor, Signature signature);
  std::unique_ptr<paddle_infer::Predictor> TakeClone();
  void LearnOutputTypes();

  std::shared_ptr<paddle_infer::Predictor> predictor_;
  Signature signature_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<paddle_infer::Predictor>> idle_clones_;  // guarded by mutex_
};

}  // namespace huidu::engine::paddle
