#include "engine/openvino/good_inputs.h"

namespace huidu::engine::openvino {

std::shared_ptr<const std::vector<tensor::View>> GoodInputs::Get() const {
  const std::lock_guard lock(mutex_);
  if (copy_ == nullptr) return nullptr;
  return {copy_, &copy_->views};
}

void GoodInputs::Offer(std::span<const tensor::View> inputs) {
  const std::lock_guard lock(mutex_);
  if (copy_ != nullptr) return;
  size_t total = 0;
  for (const tensor::View& input : inputs) total += input.data.size();
  if (total > kMaxBytes) return;
  auto copy = std::make_shared<Copy>();
  copy->bytes.reserve(inputs.size());  // the views point into its elements
  for (const tensor::View& input : inputs) {
    copy->bytes.emplace_back(input.data.begin(), input.data.end());
    copy->views.push_back(input);
    copy->views.back().data = copy->bytes.back();
  }
  copy_ = std::move(copy);
}

}  // namespace huidu::engine::openvino
