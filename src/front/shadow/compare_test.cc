#include "front/shadow/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <deque>
#include <limits>
#include <vector>

namespace huidu::front {
namespace {

using tensor::DataType;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Optional;

constexpr auto kAgree = std::nullopt;
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

// An answer that owns its bytes.
class TestAnswer {
 public:
  template <typename T>
  TestAnswer& Add(std::string name, DataType type, tensor::Shape shape, const std::vector<T>& values) {
    std::vector<std::byte> bytes(values.size() * sizeof(T));
    if (!values.empty()) std::memcpy(bytes.data(), values.data(), bytes.size());
    bytes_.push_back(std::move(bytes));
    outputs_.push_back({static_cast<uint16_t>(specs_.size()), type, std::move(shape), bytes_.back()});
    specs_.push_back({.name = std::move(name), .type = type});
    return *this;
  }
  TestAnswer& AddTexts(const std::vector<std::string>& texts) {
    std::vector<char> bytes;
    for (const std::string& text : texts) {
      const auto length = static_cast<uint32_t>(text.size());
      bytes.insert(bytes.end(), reinterpret_cast<const char*>(&length), reinterpret_cast<const char*>(&length + 1));
      bytes.insert(bytes.end(), text.begin(), text.end());
    }
    return Add("text", DataType::kBytes, {static_cast<int64_t>(texts.size())}, bytes);
  }
  std::vector<Output>& outputs() { return outputs_; }
  AnswerView view() const { return {specs_, outputs_}; }

 private:
  std::deque<std::vector<std::byte>> bytes_;
  std::vector<tensor::Spec> specs_;
  std::vector<Output> outputs_;
};

TestAnswer Floats(const std::vector<float>& values, tensor::Shape shape = {}) {
  if (shape.empty()) shape = {static_cast<int64_t>(values.size())};
  TestAnswer answer;
  answer.Add("y", DataType::kFp32, std::move(shape), values);
  return answer;
}

TestAnswer Texts(const std::vector<std::string>& texts) {
  TestAnswer answer;
  answer.AddTexts(texts);
  return answer;
}

std::optional<std::string> Compare(const TestAnswer& stable, const TestAnswer& candidate, CompareOptions options = {}) {
  return FindDifference(stable.view(), candidate.view(), options);
}

TEST(CompareTest, OutputsAreMatchedByNameInWhateverOrder) {
  TestAnswer a, b;
  a.Add<int32_t>("n", DataType::kInt32, {1}, {7}).Add<float>("y", DataType::kFp32, {1}, {0.5});
  b.Add<float>("y", DataType::kFp32, {1}, {0.5}).Add<int32_t>("n", DataType::kInt32, {1}, {7});
  EXPECT_EQ(Compare(a, b), kAgree);
}

TEST(CompareTest, OtherNamesTypesOrShapesNeverAgree) {
  const TestAnswer y = Floats({1, 2});
  TestAnswer z, more = Floats({1, 2}), integers;
  z.Add<float>("z", DataType::kFp32, {2}, {1, 2});
  more.Add<float>("z", DataType::kFp32, {2}, {1, 2});
  integers.Add<int32_t>("y", DataType::kInt32, {2}, {1, 2});
  EXPECT_THAT(Compare(y, z), Optional(Eq("stable gives y, the candidate z")));
  EXPECT_THAT(Compare(y, more), Optional(Eq("stable gives y, the candidate y, z")));
  EXPECT_THAT(Compare(more, y), Optional(Eq("stable gives y, z, the candidate y")));
  EXPECT_THAT(Compare(y, integers), Optional(Eq("output 'y': stable gives FP32 [2], the candidate INT32 [2]")));
  EXPECT_THAT(Compare(y, Floats({1, 2}, {1, 2})), Optional(HasSubstr("FP32 [2], the candidate FP32 [1,2]")));
}

TEST(CompareTest, AWorkersWordOnItsOutputsIsNotTrusted) {
  const TestAnswer y = Floats({1, 2});
  TestAnswer unknown = Floats({1, 2}), few = Floats({1, 2}), twice = Floats({1, 2}), huge = Floats({1, 2});
  unknown.outputs()[0].index = 1;
  few.outputs()[0].data = few.outputs()[0].data.first(4);
  twice.outputs().push_back(twice.outputs()[0]);
  huge.outputs()[0].shape = {int64_t{1} << 62, 4};
  EXPECT_THAT(Compare(y, unknown), Optional(HasSubstr("not in the version's signature")));
  EXPECT_THAT(Compare(y, few), Optional(Eq("output 'y': stable gives 8 bytes, the candidate 4 for FP32 [2]")));
  EXPECT_THAT(Compare(y, twice), Optional(HasSubstr("the candidate y, y")));
  EXPECT_NE(Compare(huge, huge), kAgree);
}

TEST(CompareTest, NothingAgreesWithNothing) {
  EXPECT_EQ(Compare({}, {}), kAgree);
  using enum CompareKind;
  for (const CompareKind kind : {kExact, kTolerance, kTop1, kText}) {
    EXPECT_EQ(Compare(Floats({}, {0, 3}), Floats({}, {0, 3}), {.kind = kind}), kAgree);
    EXPECT_EQ(Compare(Texts({}), Texts({}), {.kind = kind}), kAgree);
  }
}

TEST(CompareTest, ExactTakesTheSameBytesOnly) {
  const CompareOptions exact{.kind = CompareKind::kExact};
  EXPECT_EQ(Compare(Floats({1, 2}), Floats({1, 2}), exact), kAgree);
  EXPECT_THAT(Compare(Floats({1, 2}), Floats({1, 2.0000002F}), exact), Optional(HasSubstr("not the same")));
  EXPECT_NE(Compare(Floats({0.0F}), Floats({-0.0F}), exact), kAgree);
  EXPECT_NE(Compare(Texts({"ab"}), Texts({"abc"}), exact), kAgree);
}

TEST(CompareTest, ToleranceIsAbsoluteAndRelativeToStable) {
  const CompareOptions options{.absolute = 0.1, .relative = 0.01};
  EXPECT_EQ(Compare(Floats({100, -100, 0}), Floats({101.05F, -101.05F, 0.09F}), options), kAgree);
  EXPECT_THAT(Compare(Floats({100, 0}), Floats({100, 0.11F}), options),
              Optional(Eq("output 'y': element 1 is 0 from stable and 0.11 from the candidate")));
  EXPECT_NE(Compare(Floats({100}), Floats({101.2F}), options), kAgree);
  EXPECT_EQ(Compare(Floats({1000}), Floats({1000.9F})), kAgree) << "one in a thousand unless something else is said";
  EXPECT_NE(Compare(Floats({1000}), Floats({1001.1F})), kAgree);
}

TEST(CompareTest, ToleranceKnowsNanAndInfinity) {
  EXPECT_EQ(Compare(Floats({kNan, kInfinity, -kInfinity}), Floats({kNan, kInfinity, -kInfinity})), kAgree);
  EXPECT_NE(Compare(Floats({1}), Floats({kNan})), kAgree);
  EXPECT_NE(Compare(Floats({kNan}), Floats({1})), kAgree);
  EXPECT_NE(Compare(Floats({kInfinity}), Floats({1})), kAgree);
  EXPECT_NE(Compare(Floats({1}), Floats({kInfinity})), kAgree);
  EXPECT_NE(Compare(Floats({kInfinity}), Floats({-kInfinity})), kAgree);
}

TEST(CompareTest, ToleranceReadsEveryFloatType) {
  const auto agree = [](DataType type, auto a, auto b) {
    TestAnswer stable, candidate;
    stable.Add("y", type, {1}, std::vector{a});
    candidate.Add("y", type, {1}, std::vector{b});
    return Compare(stable, candidate, {.absolute = 0.25, .relative = 0}) == kAgree;
  };
  EXPECT_TRUE(agree(DataType::kFp64, 1.0, 1.25));
  EXPECT_FALSE(agree(DataType::kFp64, 1.0, 1.26));
  constexpr uint16_t kHalf1 = 0x3C00, kHalf1_25 = 0x3D00, kHalf1_5 = 0x3E00, kHalfMinus1 = 0xBC00;
  EXPECT_TRUE(agree(DataType::kFp16, kHalf1, kHalf1_25));
  EXPECT_FALSE(agree(DataType::kFp16, kHalf1, kHalf1_5));
  EXPECT_FALSE(agree(DataType::kFp16, kHalf1, kHalfMinus1));
  EXPECT_TRUE(agree(DataType::kFp16, uint16_t{0x8001}, uint16_t{0x03FF})) << "denormal, both nearly 0";
  EXPECT_TRUE(agree(DataType::kFp16, uint16_t{0x7E00}, uint16_t{0xFE01})) << "NaN and NaN";
  EXPECT_FALSE(agree(DataType::kFp16, uint16_t{0x7C00}, uint16_t{0xFC00})) << "infinity and its negative";
  constexpr uint16_t kBf1 = 0x3F80, kBf1_25 = 0x3FA0, kBf1_5 = 0x3FC0;
  EXPECT_TRUE(agree(DataType::kBf16, kBf1, kBf1_25));
  EXPECT_FALSE(agree(DataType::kBf16, kBf1, kBf1_5));
}

TEST(CompareTest, IntegersAndBytesHaveNoTolerance) {
  const CompareOptions wide{.absolute = 1e9, .relative = 1};
  TestAnswer a, b;
  a.Add<int64_t>("n", DataType::kInt64, {2}, {1, 2});
  b.Add<int64_t>("n", DataType::kInt64, {2}, {1, 3});
  EXPECT_EQ(Compare(a, a, wide), kAgree);
  EXPECT_NE(Compare(a, b, wide), kAgree);
  EXPECT_NE(Compare(Texts({"a"}), Texts({"b"}), wide), kAgree);
}

TEST(CompareTest, Top1ComparesTheGreatestElementOfEachRow) {
  const CompareOptions top1{.kind = CompareKind::kTop1};
  const TestAnswer stable = Floats({0.1F, 0.9F, 0.0F, 5, 1, 2}, {2, 3});
  EXPECT_EQ(Compare(stable, Floats({0.4F, 0.6F, 0.0F, 3, 2, 1}, {2, 3}), top1), kAgree);
  EXPECT_THAT(Compare(stable, Floats({0.6F, 0.4F, 0.0F, 3, 2, 1}, {2, 3}), top1),
              Optional(Eq("output 'y': the greatest element is the same in 1 of 2 rows")));
  const CompareOptions half{.kind = CompareKind::kTop1, .min_top1_share = 0.5};
  EXPECT_EQ(Compare(stable, Floats({0.6F, 0.4F, 0, 3, 2, 1}, {2, 3}), half), kAgree);
}

TEST(CompareTest, Top1DoesNotTakeNanForAnAnswer) {
  const CompareOptions top1{.kind = CompareKind::kTop1};
  EXPECT_NE(Compare(Floats({1, 2, 3}), Floats({kNan, kNan, kNan}), top1), kAgree);
  EXPECT_NE(Compare(Floats({1, 2, 3}), Floats({1, kNan, 3}), top1), kAgree);
  EXPECT_EQ(Compare(Floats({1, kNan, 3}), Floats({2, kNan, 9}), top1), kAgree);
}

TEST(CompareTest, Top1ComparesLargeIntegersExactlyAndSingleElementsByTolerance) {
  const CompareOptions top1{.kind = CompareKind::kTop1};
  constexpr int64_t kLarge = int64_t{1} << 60;
  TestAnswer a, b, label, other_label;
  a.Add<int64_t>("n", DataType::kInt64, {2}, {kLarge, kLarge + 1});
  b.Add<int64_t>("n", DataType::kInt64, {2}, {kLarge + 1, kLarge});
  label.Add<int64_t>("label", DataType::kInt64, {1, 1}, {3});
  other_label.Add<int64_t>("label", DataType::kInt64, {1, 1}, {4});
  EXPECT_NE(Compare(a, b, top1), kAgree);
  EXPECT_EQ(Compare(label, label, top1), kAgree);
  EXPECT_NE(Compare(label, other_label, top1), kAgree) << "the only element of a row is not its greatest by merit";
}

TEST(CompareTest, TextIsJudgedByItsEditsAgainstItsLength) {
  const CompareOptions text{.kind = CompareKind::kText, .max_edit_share = 0.1};
  EXPECT_EQ(Compare(Texts({"0123456789"}), Texts({"012345678x"}), text), kAgree);
  EXPECT_THAT(Compare(Texts({"0123456789"}), Texts({"01234567xx"}), text),
              Optional(Eq("output 'text': the text differs in more than 1 of 10 characters")));
  EXPECT_EQ(Compare(Texts({"灰度发布灰度发布灰度"}), Texts({"灰度发布灰度发布灰"}), text), kAgree)
      << "characters, not bytes";
  EXPECT_EQ(Compare(Texts({"012345678", "a"}), Texts({"012345678", "b"}), text), kAgree) << "all elements together";
  EXPECT_NE(Compare(Texts({""}), Texts({"a"}), text), kAgree);
  EXPECT_EQ(Compare(Texts({"a"}), Texts({"a"}), {.kind = CompareKind::kText, .max_edit_share = 0}), kAgree);
}

TEST(CompareTest, BrokenTextDoesNotAgree) {
  const CompareOptions text{.kind = CompareKind::kText, .max_edit_share = 1};
  TestAnswer broken = Texts({"abc"}), fewer = Texts({"a"});
  broken.outputs()[0].data = broken.outputs()[0].data.first(5);
  EXPECT_THAT(Compare(Texts({"abc"}), broken, text), Optional(HasSubstr("do not fit")));
  fewer.outputs()[0].shape = {2};
  EXPECT_THAT(Compare(Texts({"a", "b"}), fewer, text), Optional(HasSubstr("stable gives 2 texts, the candidate 1")));
}

TEST(CompareTest, TextOfMegabytesIsComparedInBoundedWork) {
  const CompareOptions text{.kind = CompareKind::kText, .max_edit_share = 1};
  const std::string a(1 << 20, 'a'), b(1 << 20, 'b');
  EXPECT_EQ(Compare(Texts({a}), Texts({b}), text), kAgree);
  const std::string longer(5 << 20, 'a');
  EXPECT_EQ(Compare(Texts({longer}), Texts({longer}), text), kAgree);
  EXPECT_NE(Compare(Texts({longer}), Texts({longer + "b"}), text), kAgree) << "exactly, from 4 MiB on";
}

}  // namespace
}  // namespace huidu::front
