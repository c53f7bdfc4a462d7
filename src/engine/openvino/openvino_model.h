#pragma once

#include <memory>
#include <openvino/openvino.hpp>

#include "engine/engine.h"

namespace huidu::engine::openvino {

// A compiled model, whose instances share the weights.
class OpenVinoModel : public Model {
 public:
  // `stateful`: the network keeps variables from run to run.
  OpenVinoModel(ov::CompiledModel compiled, Signature signature, bool stateful);

  const Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<Instance>> NewInstance() override;

 private:
  ov::CompiledModel compiled_;
  Signature signature_;
  bool stateful_;
};

}  // namespace huidu::engine::openvino
