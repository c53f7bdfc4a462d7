#include "front/samples/decide.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace huidu::front {
namespace {

using samples::Reason;
using samples::ReasonSet;
using tensor::DataType;

template <typename T>
Output OutputOf(DataType type, const std::vector<T>& values, uint16_t index = 0) {
  return {.index = index,
          .type = type,
          .shape = {static_cast<int64_t>(values.size())},
          .data = std::as_bytes(std::span(values))};
}

TEST(LeastElementTest, OfEveryKindOfNumber) {
  EXPECT_EQ(LeastElement(OutputOf<float>(DataType::kFp32, {0.5f, 0.25f, 3})), 0.25);
  EXPECT_EQ(LeastElement(OutputOf<double>(DataType::kFp64, {-1, 2})), -1);
  EXPECT_EQ(LeastElement(OutputOf<int8_t>(DataType::kInt8, {-5, 2})), -5);
  EXPECT_EQ(LeastElement(OutputOf<uint8_t>(DataType::kUint8, {200, 255})), 200);
  EXPECT_EQ(LeastElement(OutputOf<int64_t>(DataType::kInt64, {7})), 7);
  EXPECT_EQ(LeastElement(OutputOf<uint16_t>(DataType::kFp16, {0x3c00, 0x3800, 0x7c00})), 0.5);
  EXPECT_EQ(LeastElement(OutputOf<uint16_t>(DataType::kFp16, {0xbc00, 0x0001})), -1);
  EXPECT_EQ(LeastElement(OutputOf<uint16_t>(DataType::kFp16, {0x0001})), std::ldexp(1.0, -24));
  EXPECT_EQ(LeastElement(OutputOf<uint16_t>(DataType::kBf16, {0x3f80, 0x3f00})), 0.5);
}

TEST(LeastElementTest, OfNothingThereIsNoneAndANanIsTheWorst) {
  EXPECT_EQ(LeastElement(OutputOf<float>(DataType::kFp32, {})), std::nullopt);
  EXPECT_EQ(LeastElement(OutputOf<char>(DataType::kBytes, {'a', 'b', 'c', 'd'})), std::nullopt);
  EXPECT_EQ(LeastElement(OutputOf<float>(DataType::kFp32, {1, std::numeric_limits<float>::quiet_NaN()})), -INFINITY);
  EXPECT_EQ(LeastElement(OutputOf<uint16_t>(DataType::kFp16, {0x7e00})), -INFINITY);
}

TEST(LeastElementTest, LooksOnlySoFar) {
  std::vector<float> values(kMostElements + 1, 1.0f);
  values.back() = 0;
  EXPECT_EQ(LeastElement(OutputOf(DataType::kFp32, values)), 1);
  values[kMostElements - 1] = 0.5f;
  EXPECT_EQ(LeastElement(OutputOf(DataType::kFp32, values)), 0.5);
}

class DecideTest : public ::testing::Test {
 protected:
  DecideTest() {
    engine::Signature signature;
    signature.outputs = {{.name = "y"}, {.name = "score"}};
    servable_ = std::make_shared<Servable>("m", "v1", signature, nullptr);
    policy_.reasons = {Reason::kFailed, Reason::kSlow,      Reason::kLowConfidence,
                       Reason::kRandom, Reason::kDisagreed, Reason::kNegativeFeedback};
    policy_.slow = std::chrono::milliseconds(500);
    policy_.low_confidence = {"score", 0.6};
    policy_.random_share = 0.25;
  }
  ReasonSet Decided(double chance = 0.9) const {
    return Decide(
        policy_, {*servable_, RouteReason::kStable, payload_, answer_, total_ns_, nullptr, failed_, &failure_}, chance);
  }

  std::shared_ptr<Servable> servable_;
  samples::Policy policy_;
  Payload payload_;
  Answer answer_;
  uint64_t total_ns_ = 1'000'000;
  const Servable* failed_ = nullptr;
  absl::Status failure_;
};

TEST_F(DecideTest, AGoodRequestGivesNoReason) { EXPECT_EQ(Decided(), ReasonSet()); }

TEST_F(DecideTest, AFailureIsTheVersionsOwn) {
  for (const auto& [status, is] :
       std::vector<std::pair<absl::Status, bool>>{{absl::InternalError(""), true},
                                                  {absl::UnavailableError(""), true},
                                                  {absl::DeadlineExceededError(""), true},
                                                  {absl::InvalidArgumentError(""), false},
                                                  {absl::ResourceExhaustedError(""), false}}) {
    answer_.status = status;
    EXPECT_EQ(Decided().Has(Reason::kFailed), is) << status;
  }
  answer_.status = absl::OkStatus();
  failed_ = servable_.get();
  EXPECT_EQ(Decided(), ReasonSet({Reason::kFailed})) << "also where another version answered";
}

TEST_F(DecideTest, SlowIsAtTheLimitOrAboveIt) {
  total_ns_ = 499'999'999;
  EXPECT_EQ(Decided(), ReasonSet());
  total_ns_ = 500'000'000;
  EXPECT_EQ(Decided(), ReasonSet({Reason::kSlow}));
}

TEST_F(DecideTest, LowConfidenceIsOfTheNamedOutputOnly) {
  const std::vector<float> low = {0.9f, 0.59f}, high = {0.61f};
  answer_.outputs = {OutputOf(DataType::kFp32, low, 0), OutputOf(DataType::kFp32, high, 1)};
  EXPECT_EQ(Decided(), ReasonSet());
  answer_.outputs = {OutputOf(DataType::kFp32, high, 0), OutputOf(DataType::kFp32, low, 1)};
  EXPECT_EQ(Decided(), ReasonSet({Reason::kLowConfidence}));
  policy_.low_confidence->output = "no such output";
  EXPECT_EQ(Decided(), ReasonSet());
}

TEST_F(DecideTest, RandomIsAShare) {
  EXPECT_EQ(Decided(0.2499), ReasonSet({Reason::kRandom}));
  EXPECT_EQ(Decided(0.25), ReasonSet());
}

TEST_F(DecideTest, AllThatHoldAreNamedAndOnlyThoseThatAreWanted) {
  answer_.status = absl::InternalError("");
  total_ns_ = 900'000'000;
  EXPECT_EQ(Decided(0), ReasonSet({Reason::kFailed, Reason::kSlow, Reason::kRandom}));
  policy_.reasons = {Reason::kSlow};
  EXPECT_EQ(Decided(0), ReasonSet({Reason::kSlow}));
  policy_.reasons = {};
  EXPECT_EQ(Decided(0), ReasonSet());
}

}  // namespace
}  // namespace huidu::front
