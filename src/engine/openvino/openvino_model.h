#pragma once

#include <functional>
#include <memory>
#include <openvino/openvino.hpp>

#include "engine/engine.h"
#include "engine/openvino/good_inputs.h"

namespace huidu::engine::openvino {

// Compiles the model for so many inferences at a time. Throws ov::Exception where OpenVINO does.
using CompileModel = std::function<ov::CompiledModel(int32_t instances)>;

struct ModelTraits {
  bool stateful = false;  // the network keeps variables from run to run
  bool dynamic = false;   // some shape in it depends on the request
};

// A model and its instances. They share one compiled model, but those of a dynamic one have a compiled copy each.
//
// Why copies: in OpenVINO's CPU plug-in every operator of a dynamic graph remembers the shapes for which it was
// prepared last, and notes new ones before it checks them. When the check fails, the same shapes are taken for prepared
// the next time: that request, which has to fail as well, is answered in the shape, and from the memory, of an earlier
// one. So after a failure the graph must run something else before it sees another request, and that takes a graph that
// no other instance uses. The graphs inside one compiled model belong to its threads, and which of them runs a request
// cannot be chosen.
class OpenVinoModel : public Model {
 public:
  // Throws what `compile` throws.
  OpenVinoModel(CompileModel compile, int32_t instances, Signature signature, ModelTraits traits);

  const Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<Instance>> NewInstance() override;

 private:
  const CompileModel compile_;
  const Signature signature_;
  const ModelTraits traits_;
  GoodInputs good_inputs_;
  ov::CompiledModel next_;  // dynamic: the copy for the next instance; else what all of them share
  bool next_is_taken_ = false;
};

}  // namespace huidu::engine::openvino
