#include "samples/masking.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples/test_sample.h"

namespace huidu::samples {
namespace {

using ::testing::ElementsAre;

const KeyedHash kHash("0123456789abcdef0123456789abcdef");

TEST(MaskingTest, DigitsBecomeZerosInBothWidthsAndNothingElseChanges) {
  Sample sample = TestSample();
  ApplyMasks(sample, {{.output = false, .tensor = "text", .how = Mask::How::kDigits}}, kHash);
  EXPECT_THAT(Elements(sample.inputs[0]), ElementsAre("call 00000000000", "第００号"));
  EXPECT_THAT(Elements(sample.answer[0]), ElementsAre("13800138000"))
      << "the output of the same name is another tensor";
}

TEST(MaskingTest, AnOutputIsMaskedInBothAnswersAndInWhatWasExpected) {
  Sample sample = TestSample();
  sample.outputs = {TextTensor("text", {"1"})};
  sample.expected = "order 42";
  ApplyMasks(sample, {{.output = true, .tensor = "text", .how = Mask::How::kDigits}}, kHash);
  EXPECT_THAT(Elements(sample.outputs[0]), ElementsAre("0"));
  EXPECT_THAT(Elements(sample.answer[0]), ElementsAre("00000000000"));
  EXPECT_EQ(sample.expected, "order 00");
  EXPECT_THAT(Elements(sample.inputs[0])[0], "call 13800138000");
}

TEST(MaskingTest, WhatIsRemovedLeavesSizeAndAKeyedHash) {
  Sample sample = TestSample();
  sample.expected = "x";
  const SampleTensor before = sample.inputs[0];
  ApplyMasks(sample,
             {{.output = false, .tensor = "text", .how = Mask::How::kRemove},
              {.output = true, .tensor = "text", .how = Mask::How::kRemove}},
             kHash);
  const SampleTensor& after = sample.inputs[0];
  EXPECT_TRUE(after.removed);
  EXPECT_EQ(after.data, "");
  EXPECT_EQ(after.shape, before.shape);
  EXPECT_EQ(after.removed_bytes, before.data.size());
  EXPECT_EQ(after.removed_hash, kHash.Of(before.data));
  EXPECT_NE(after.removed_hash, KeyedHash("another key").Of(before.data));
  EXPECT_FALSE(sample.expected.has_value());
}

TEST(MaskingTest, DigitsOfWhatIsNoTextAreRemovedWhole) {
  Sample sample = TestSample();
  sample.inputs = {TextTensor("image", {"\xff\xd8\xff 123"}), FloatTensor("x", {1, 2})};
  ApplyMasks(sample,
             {{.output = false, .tensor = "image", .how = Mask::How::kDigits},
              {.output = false, .tensor = "x", .how = Mask::How::kDigits}},
             kHash);
  EXPECT_TRUE(sample.inputs[0].removed);
  EXPECT_TRUE(sample.inputs[1].removed);
}

}  // namespace
}  // namespace huidu::samples
