#include "front/shadow/shadow_copy.h"

#include <cstring>
#include <span>

namespace huidu::front {

OwnOutputs::OwnOutputs(const std::vector<Output>& from) : outputs_(from) {
  size_t total = 0;
  for (const Output& output : outputs_) total += output.data.size();
  bytes_.resize(total);
  size_t at = 0;
  for (Output& output : outputs_) {
    if (!output.data.empty()) std::memcpy(bytes_.data() + at, output.data.data(), output.data.size());
    output.data = std::span(bytes_).subspan(at, output.data.size());
    at += output.data.size();
  }
}

size_t BytesOf(const ShadowRequest& request) {
  size_t bytes = request.payload->block.bytes().size();
  for (const Output& output : request.answer) bytes += output.data.size();
  return bytes;
}

}  // namespace huidu::front
