#include "front/http/feedback.h"

#include <gmock/gmock.h>

#include "base/strings.h"
#include "front/testing/loopback.h"

namespace huidu::front {
namespace {

using ::testing::HasSubstr;
using testing::IoThread;
using testing::LoopbackVersion;
using testing::Plus;
using testing::PlusSignature;

// Notes the right answer that a client told.
class NotedExpected : public SampleSink {
 public:
  bool Wants(std::string_view) const override { return false; }
  void OnFinished(const FinishedRequest&) override {}
  void OnNegativeFeedback(std::string_view, std::string_view, std::optional<std::string> text) override {
    expected = std::move(text);
  }
  std::optional<std::string> expected;
};

class FeedbackTest : public ::testing::Test {
 protected:
  FeedbackTest() {
    auto table = std::make_shared<ServingTable>(*testing::MakeTable({version_.servable()}));
    auto entry = std::make_shared<ModelEntry>(*table->models.at("m"));
    entry->feedback = counters_;
    table->models["m"] = entry;
    tables_.Publish(table);
    router_.answered().Remember("a", version_.servable());
  }
  http::Response Say(const absl::StatusOr<std::string>& body, std::string_view version = "",
                     std::string_view model = "m") {
    return rest::AnswerFeedback(router_, model, version, body);
  }
  // Of all refusals since the last call, in the order of FeedbackRefusal.
  std::vector<uint64_t> Refused() {
    std::vector<uint64_t> now, since;
    for (size_t i = 0; i < kFeedbackRefusalNames.size(); ++i) {
      now.push_back(counters_->Refused(static_cast<FeedbackRefusal>(i)));
      since.push_back(now[i] - before_[i]);
    }
    before_ = now;
    return since;
  }

  IoThread io_;
  LoopbackVersion version_{io_, "m", "v1", PlusSignature(), Plus(1)};
  TableHolder tables_;
  NotedExpected noted_;
  std::shared_ptr<FeedbackCounters> counters_ = std::make_shared<FeedbackCounters>();
  std::vector<uint64_t> before_ = std::vector<uint64_t>(kFeedbackRefusalNames.size());
  Router router_{tables_, nullptr, &noted_};
};

std::string Nested(size_t depth) {
  return StrCat(R"({"request_id":"a","correct":false,"expected":)", std::string(depth, '['), std::string(depth, ']'),
                "}");
}

// Copying and writing such a value would take a stack frame or more for each level.
TEST_F(FeedbackTest, AnExpectedAnswerThatIsNestedTooDeeplyIsRefused) {
  for (const size_t depth : {65, 16'000}) {
    const http::Response response = Say(Nested(depth));
    EXPECT_EQ(response.status, 400) << depth;
    EXPECT_THAT(response.body, HasSubstr("nested more than 64 levels deep"));
  }
  EXPECT_EQ(noted_.expected, std::nullopt);
  EXPECT_EQ(Say(Nested(64)).status, 200) << "and it can still be said";
  EXPECT_EQ(noted_.expected, std::string(64, '[') + std::string(64, ']'));
}

TEST_F(FeedbackTest, WhatIsRefusedIsCountedByWhy) {
  using ::testing::ElementsAre;
  constexpr char kGood[] = R"({"request_id":"a","correct":true})";
  EXPECT_EQ(Say(R"({"request_id":"b","correct":true})").status, 404);
  EXPECT_EQ(Say(kGood, "v2").status, 404);
  EXPECT_THAT(Refused(), ElementsAre(2, 0, 0, 0, 0));
  EXPECT_EQ(Say(R"({"request_id":"a","expected":7})").status, 409) << "the model keeps no answers";
  EXPECT_THAT(Refused(), ElementsAre(0, 0, 0, 0, 1));
  EXPECT_EQ(Say(kGood).status, 200);
  EXPECT_THAT(Refused(), ElementsAre(0, 0, 0, 0, 0));
  EXPECT_EQ(Say(kGood).status, 409);
  EXPECT_THAT(Refused(), ElementsAre(0, 1, 0, 0, 0));
  for (const std::string& body : {std::string("{"), std::string(R"({"request_id":"a"})"), Nested(65)}) {
    EXPECT_EQ(Say(body).status, 400) << body;
  }
  EXPECT_THAT(Refused(), ElementsAre(0, 0, 3, 0, 0));
  EXPECT_EQ(Say(http::Error(413, "too large")).status, 413);
  EXPECT_THAT(Refused(), ElementsAre(0, 0, 0, 1, 0));
  EXPECT_EQ(Say(kGood, "", "a model that somebody thought of").status, 404);
  EXPECT_THAT(Refused(), ElementsAre(0, 0, 0, 0, 0));
}

}  // namespace
}  // namespace huidu::front
