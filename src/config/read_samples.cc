#include "config/read_samples.h"

#include <cmath>

#include "base/strings.h"
#include "config/read_field.h"

namespace huidu::config {
namespace {

using Model = proto::ModelConfig;
using Written = proto::Samples;
using samples::Reason;

constexpr int64_t kDayMs = 24LL * 60 * 60 * 1000;
constexpr int kMostMasks = 64;
constexpr size_t kLongestTensorName = 1024;

Reason ReadReason(Written::Reason reason) {
  switch (reason) {
    case Written::FAILED: return Reason::kFailed;
    case Written::SLOW: return Reason::kSlow;
    case Written::LOW_CONFIDENCE: return Reason::kLowConfidence;
    case Written::DISAGREED: return Reason::kDisagreed;
    case Written::NEGATIVE_FEEDBACK: return Reason::kNegativeFeedback;
    case Written::RANDOM: break;
  }
  return Reason::kRandom;
}

template <typename M>
std::string ReadTensorName(const Located<M>& source, int field, const std::string& name) {
  if (name.empty() || name.size() > kLongestTensorName) {
    source.Fault(field, StrCat(FieldName<M>(field), ": write the tensor's name, 1 to ", kLongestTensorName, " bytes"));
  }
  return name;
}

samples::LowConfidence ReadLowConfidence(const Located<proto::LowConfidence>& source) {
  using Low = proto::LowConfidence;
  samples::LowConfidence low{ReadTensorName(source, Low::kOutputFieldNumber, source.message.output()),
                             source.message.below()};
  if (!source.message.has_below() || !std::isfinite(low.below)) {
    source.Fault(Low::kBelowFieldNumber, "below is missing or no number; write the least good value, such as 0.6");
  }
  return low;
}

samples::Mask ReadMask(const Located<proto::SampleMask>& source) {
  using WrittenMask = proto::SampleMask;
  const WrittenMask& mask = source.message;
  if (mask.has_input() == mask.has_output()) {
    source.Fault(WrittenMask::kOutputFieldNumber, "a mask names an input or an output, and not both");
  }
  if (!mask.has_how()) source.Fault(WrittenMask::kHowFieldNumber, "how is missing; write DIGITS or REMOVE");
  const bool output = mask.has_output();
  return {.output = output,
          .tensor = output ? ReadTensorName(source, WrittenMask::kOutputFieldNumber, mask.output())
                           : ReadTensorName(source, WrittenMask::kInputFieldNumber, mask.input()),
          .how = mask.how() == WrittenMask::REMOVE ? samples::Mask::How::kRemove : samples::Mask::How::kDigits};
}

std::vector<samples::Mask> ReadMasks(const Located<Written>& source) {
  std::vector<samples::Mask> masks;
  const int count = source.message.mask_size();
  if (count > kMostMasks) {
    source.FaultAt(Written::kMaskFieldNumber, kMostMasks, StrCat(count, " mask; at most ", kMostMasks));
    return masks;
  }
  for (int i = 0; i < count; ++i) {
    masks.push_back(ReadMask(source.Child(Written::kMaskFieldNumber, i, source.message.mask(i))));
  }
  return masks;
}

// A reason without its limit would keep nothing, or everything.
void CheckReasons(const Located<Written>& source, const samples::Policy& policy) {
  constexpr int kReasons = Written::kReasonsFieldNumber;
  const auto needs = [&](Reason reason, bool has, const char* what) {
    if (policy.reasons.Has(reason) && !has) source.Fault(kReasons, StrCat("reason ", Name(reason), " needs ", what));
  };
  if (policy.reasons.empty()) source.Fault(kReasons, "samples without reasons keep nothing; write reasons: FAILED");
  needs(Reason::kSlow, source.message.has_slow_ms(), "slow_ms");
  needs(Reason::kLowConfidence, source.message.has_low_confidence(), "low_confidence { output: … below: … }");
  needs(Reason::kRandom, source.message.has_random_share(), "random_share");
}

double ReadRandomShare(const Located<Written>& source) {
  const double share = source.message.random_share();
  if (source.message.has_random_share() && !(share > 0 && share <= 1)) {
    source.Fault(
        Written::kRandomShareFieldNumber,
        StrCat("random_share is ", share, "; it must be more than 0, at most 1: 0.001 is one request of 1000"));
  }
  return share;
}

}  // namespace

samples::Policy ReadSamples(const Located<Model>& source) {
  samples::Policy policy;
  if (!source.message.has_samples()) return policy;
  const Written& written = source.message.samples();
  const auto located = source.Child(Model::kSamplesFieldNumber, -1, written);
  for (int i = 0; i < written.reasons_size(); ++i) policy.reasons.Add(ReadReason(written.reasons(i)));
  CheckReasons(located, policy);
  if (written.has_slow_ms()) {
    policy.slow = std::chrono::milliseconds(Ranged(located, Written::kSlowMsFieldNumber, written.slow_ms(), 1, kDayMs));
  }
  if (written.has_low_confidence()) {
    policy.low_confidence =
        ReadLowConfidence(located.Child(Written::kLowConfidenceFieldNumber, -1, written.low_confidence()));
  }
  policy.random_share = ReadRandomShare(located);
  policy.max_per_minute =
      static_cast<uint32_t>(Ranged(located, Written::kMaxPerMinuteFieldNumber, written.max_per_minute(), 1, 10'000));
  policy.quota_bytes =
      static_cast<uint64_t>(Ranged(located, Written::kQuotaMbFieldNumber, written.quota_mb(), 1, 1 << 20)) << 20;
  policy.keep = std::chrono::hours(24) * Ranged(located, Written::kKeepDaysFieldNumber, written.keep_days(), 1, 3650);
  policy.masks = ReadMasks(located);
  return policy;
}

}  // namespace huidu::config
