#include "front/samples/decide.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "tensor/numbers.h"

namespace huidu::front {
namespace {

using samples::Reason;
using tensor::DataType;

struct Half {
  uint16_t bits;
};
struct Brain {
  uint16_t bits;
};

double Value(Half half) { return tensor::FromFp16(half.bits); }
double Value(Brain brain) { return tensor::FromBf16(brain.bits); }
template <typename T>
double Value(T value) {
  return static_cast<double>(value);
}

// Not by NumberAt(), which asks for the type at each element: this is on the way of a request.
template <typename T>
std::optional<double> Least(std::span<const std::byte> data) {
  const size_t count = std::min(data.size() / sizeof(T), kMostElements);
  if (count == 0) return std::nullopt;
  double least = INFINITY;
  for (size_t i = 0; i < count; ++i) {
    T element;
    std::memcpy(&element, data.data() + i * sizeof(T), sizeof(T));
    const double value = Value(element);
    if (std::isnan(value)) return -INFINITY;
    least = std::min(least, value);
  }
  return least;
}

// A version's own failure, not the client's and not that there was no place.
bool IsFailure(const absl::Status& status) {
  const Outcome outcome = OutcomeOf(status, /*worker_lost=*/false);
  return outcome == Outcome::kServerError || outcome == Outcome::kDeadline || outcome == Outcome::kWorkerLost;
}

bool HasLowConfidence(const samples::LowConfidence& low, const FinishedRequest& request) {
  const int index = request.servable.OutputIndex(low.output);
  for (const Output& output : request.answer.outputs) {
    if (output.index != index) continue;
    const std::optional<double> least = LeastElement(output);
    return least.has_value() && *least < low.below;
  }
  return false;
}

}  // namespace

std::optional<double> LeastElement(const Output& output) {
  switch (output.type) {
    case DataType::kUint8: return Least<uint8_t>(output.data);
    case DataType::kUint16: return Least<uint16_t>(output.data);
    case DataType::kUint32: return Least<uint32_t>(output.data);
    case DataType::kUint64: return Least<uint64_t>(output.data);
    case DataType::kInt8: return Least<int8_t>(output.data);
    case DataType::kInt16: return Least<int16_t>(output.data);
    case DataType::kInt32: return Least<int32_t>(output.data);
    case DataType::kInt64: return Least<int64_t>(output.data);
    case DataType::kFp16: return Least<Half>(output.data);
    case DataType::kFp32: return Least<float>(output.data);
    case DataType::kFp64: return Least<double>(output.data);
    case DataType::kBf16: return Least<Brain>(output.data);
    case DataType::kBool:
    case DataType::kBytes: break;
  }
  return std::nullopt;
}

samples::ReasonSet Decide(const samples::Policy& policy, const FinishedRequest& request, double chance) {
  samples::ReasonSet reasons;
  const auto add = [&](Reason reason, auto&& holds) {
    if (policy.reasons.Has(reason) && holds()) reasons.Add(reason);
  };
  add(Reason::kFailed, [&] { return request.failed != nullptr || IsFailure(request.answer.status); });
  add(Reason::kSlow, [&] { return std::chrono::nanoseconds(request.total_ns) >= policy.slow; });
  add(Reason::kLowConfidence,
      [&] { return policy.low_confidence.has_value() && HasLowConfidence(*policy.low_confidence, request); });
  add(Reason::kRandom, [&] { return chance < policy.random_share; });
  return reasons;
}

}  // namespace huidu::front
