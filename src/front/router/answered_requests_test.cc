#include "front/router/answered_requests.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::front {
namespace {

using tensor::DataType;

class AnsweredRequestsTest : public ::testing::Test {
 protected:
  std::shared_ptr<Servable> Make(bool keep_answers) {
    engine::Signature signature;
    signature.outputs = {{.name = "text", .type = DataType::kBytes}};
    auto servable = std::make_shared<Servable>("m", "v1", signature, nullptr);
    servable->SetLimits({.keep_answers = keep_answers});
    return servable;
  }
  // An answer with one text of so many bytes.
  std::vector<Output> Answer(uint32_t bytes) {
    text_.assign(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
    text_.append(bytes, 'x');
    return {{0, DataType::kBytes, {1}, std::as_bytes(std::span(text_))}};
  }

  std::string text_;
  AnsweredRequests answered_;
};

TEST_F(AnsweredRequestsTest, KeepsWhatWasSaidOnlyOfModelsThatWantIt) {
  const auto keeps = Make(true), forgets = Make(false);
  answered_.Remember("a", keeps, Answer(10));
  answered_.Remember("b", forgets, Answer(10));
  EXPECT_EQ(answered_.Find("m", "", "a")->kept->outputs[0].texts[0].size(), 10);
  EXPECT_EQ(answered_.Find("m", "", "b")->kept, nullptr);
  EXPECT_TRUE(absl::IsNotFound(answered_.Find("m", "", "c").status()));
  EXPECT_TRUE(absl::IsNotFound(answered_.Find("m", "v2", "a").status()));
}

TEST_F(AnsweredRequestsTest, LookingClaimsNothing) {
  const auto servable = Make(true);
  answered_.Remember("a", servable, Answer(10));
  EXPECT_TRUE(answered_.Find("m", "v1", "a").ok());
  EXPECT_EQ(*answered_.Claim("m", "v1", "a"), servable);
  EXPECT_TRUE(absl::IsAlreadyExists(answered_.Claim("m", "v1", "a").status()));
  EXPECT_TRUE(absl::IsAlreadyExists(answered_.Find("m", "v1", "a").status()));
}

TEST_F(AnsweredRequestsTest, TheSameIdAgainIsANewAnswer) {
  const auto servable = Make(true);
  answered_.Remember("a", servable, Answer(10));
  EXPECT_TRUE(answered_.Claim("m", "", "a").ok());
  answered_.Remember("a", servable, Answer(20));
  EXPECT_EQ(answered_.Find("m", "", "a")->kept->outputs[0].texts[0].size(), 20);
}

// The places are chosen by chance: with one for each hash some of these would push others out (in 98 of 100 runs).
TEST_F(AnsweredRequestsTest, AFewHundredNewerAnswersPushNoneOut) {
  const auto servable = Make(false);
  for (int i = 0; i < 700; ++i) answered_.Remember(StrCat("r", i), servable);
  for (int i = 0; i < 700; ++i) EXPECT_TRUE(answered_.Claim("m", "", StrCat("r", i)).ok()) << i;
}

// 65,536 answers of 3 kB would be 200 MB.
TEST_F(AnsweredRequestsTest, KeepsTheNewestWithinItsMemory) {
  const auto servable = Make(true);
  const std::vector<Output> answer = Answer(3000);
  constexpr size_t kAnswers = AnsweredRequests::kPlaces;
  for (size_t i = 0; i < kAnswers; ++i) answered_.Remember(StrCat("r", i), servable, answer);
  size_t bytes = 0, newest = 0;
  for (size_t i = 0; i < kAnswers; ++i) {
    const auto found = answered_.Find("m", "", StrCat("r", i));
    if (!found.ok() || found->kept == nullptr) continue;
    bytes += found->kept->bytes;
    if (i >= kAnswers - 1000) ++newest;
  }
  EXPECT_LE(bytes, AnsweredRequests::kMaxKeptBytes);
  EXPECT_GT(bytes, AnsweredRequests::kMaxKeptBytes / 2);
  EXPECT_GT(newest, 950);
}

TEST_F(AnsweredRequestsTest, TheSameIdForeverTakesNoMoreMemory) {
  const auto servable = Make(true);
  const std::vector<Output> answer = Answer(3000);
  for (int i = 0; i < 5000; ++i) answered_.Remember("a", servable, answer);
  EXPECT_NE(answered_.Find("m", "", "a")->kept, nullptr);
}

}  // namespace
}  // namespace huidu::front
