#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/engine.h"
#include "engine/testing/collecting_sink.h"

namespace huidu::task::text::testing {

// A network that is a function of the test's: its inputs to its first output.
template <typename T>
class FakeNetwork : public engine::Model {
 public:
  struct Answer {
    tensor::Shape shape;
    std::vector<T> values;
  };
  using Function = std::function<absl::StatusOr<Answer>(std::span<const tensor::View>)>;

  FakeNetwork(engine::Signature signature, Function function)
      : signature_(std::move(signature)), function_(std::move(function)) {}
  const engine::Signature& signature() const override { return signature_; }
  absl::StatusOr<std::unique_ptr<engine::Instance>> NewInstance() override { return std::make_unique<Copy>(*this); }

 private:
  class Copy : public engine::Instance {
   public:
    explicit Copy(FakeNetwork& network) : network_(network) {}
    absl::Status Run(std::span<const tensor::View> inputs, engine::OutputSink& outputs) override {
      const absl::StatusOr<Answer> answer = network_.function_(inputs);
      if (!answer.ok()) return answer.status();
      const size_t bytes = answer->values.size() * sizeof(T);
      const auto memory = outputs.Allocate(0, network_.signature_.outputs[0].type, answer->shape, bytes);
      if (!memory.ok()) return memory.status();
      if (bytes > 0) std::memcpy(memory->data(), answer->values.data(), bytes);
      return absl::OkStatus();
    }

   private:
    FakeNetwork& network_;
  };

  engine::Signature signature_;
  Function function_;
};

// The values of a tensor.
template <typename T>
std::vector<T> ValuesOf(const tensor::View& view) {
  std::vector<T> values(view.data.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), view.data.data(), values.size() * sizeof(T));
  return values;
}

// A BYTES tensor of texts.
struct Texts {
  explicit Texts(const std::vector<std::string>& texts) : count(static_cast<int64_t>(texts.size())) {
    for (const std::string& text : texts) {
      const auto length = static_cast<uint32_t>(text.size());
      bytes.append(reinterpret_cast<const char*>(&length), sizeof(length));
      bytes += text;
    }
  }
  tensor::View view() const { return {tensor::DataType::kBytes, {count}, std::as_bytes(std::span(bytes)), {}}; }

  std::string bytes;
  int64_t count;
};

// The texts of output `index`.
inline std::vector<std::string> TextsOf(const engine::testing::CollectingSink& sink, size_t index) {
  std::vector<std::string> texts;
  const std::vector<std::byte>& data = sink.at(index).data;
  for (size_t at = 0; at < data.size();) {
    uint32_t length = 0;
    std::memcpy(&length, data.data() + at, sizeof(length));
    texts.emplace_back(reinterpret_cast<const char*>(data.data()) + at + sizeof(length), length);
    at += sizeof(length) + length;
  }
  return texts;
}

}  // namespace huidu::task::text::testing
