#include "samples/sample_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "samples/test_sample.h"

namespace huidu::samples {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Resealed(std::string bytes) {
  bytes.resize(bytes.size() - 8);
  const uint64_t sum = SampleChecksum(bytes);
  bytes.append(reinterpret_cast<const char*>(&sum), sizeof(sum));
  return bytes;
}

TEST(SampleFileTest, GivesBackWhatWasWrittenButTheUser) {
  Sample sample = TestSample();
  sample.user_hash = "00ff";
  sample.expected = "right";
  sample.inputs[0].lod = {0, 1, 2};
  const std::string bytes = EncodeSample(sample);
  EXPECT_THAT(bytes, Not(HasSubstr("alice")));
  const absl::StatusOr<Sample> read = DecodeSample(bytes);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(EncodeSample(*read), bytes);
  EXPECT_EQ(read->user, "");
  EXPECT_EQ(read->user_hash, "00ff");
  EXPECT_EQ(read->expected, "right");
  EXPECT_EQ(read->reasons, sample.reasons);
  EXPECT_EQ(read->error, sample.error);
  EXPECT_EQ(read->answered_by, "v1");
  EXPECT_EQ(read->inputs[0].data, sample.inputs[0].data);
  EXPECT_EQ(read->inputs[0].lod, sample.inputs[0].lod);
  EXPECT_EQ(read->answer[1].shape, sample.answer[1].shape);
  EXPECT_EQ(read->total_ns, sample.total_ns);
}

TEST(SampleFileTest, AnyChangedOrMissingByteIsSeen) {
  const std::string whole = EncodeSample(TestSample());
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(DecodeSample(changed).status().code(), absl::StatusCode::kDataLoss) << i;
    EXPECT_EQ(DecodeSample(whole.substr(0, i)).status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

TEST(SampleFileTest, AFileThatLiesWithARightChecksumIsRefused) {
  const std::string whole = EncodeSample(TestSample());
  const auto replaced = [&](const std::string& from, const std::string& to) {
    std::string bytes = whole;
    const size_t at = bytes.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return Resealed(bytes.replace(at, from.size(), to));
  };
  EXPECT_TRUE(DecodeSample(Resealed(whole)).ok());
  for (const auto& bytes : {replaced("\"bytes\":", "\"bytEs\":"), replaced("\"shape\":[2]", "\"shape\":[3]"),
                            replaced("\"shape\":[1,2]", "\"shape\":[7,2]"), replaced("\"FP32\"", "\"FPxx\""),
                            replaced("\"total_ns\":21", "\"total_ns\":-1"), replaced("\"inputs\":[", "\"inputZ\":["),
                            replaced("\"id\":\"0", "\"id\":\"."), replaced("{\"", "[\"")}) {
    EXPECT_EQ(DecodeSample(bytes).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(SampleIdTest, LaterOnesSortAfterEarlierOnesAndOnlyIdsAreIds) {
  EXPECT_LT(NewSampleId(1'800'000'000'000), NewSampleId(1'800'000'000'001));
  EXPECT_NE(NewSampleId(7), NewSampleId(7));
  EXPECT_TRUE(IsSampleId(NewSampleId(7)));
  for (const char* wrong :
       {"", "..", "0123456789abcdef012", "0123456789abcdef01234", "../3456789abcdef0123", "0123456789ABCDEF0123"}) {
    EXPECT_FALSE(IsSampleId(wrong)) << wrong;
  }
}

}  // namespace
}  // namespace huidu::samples
