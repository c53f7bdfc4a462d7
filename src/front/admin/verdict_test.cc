#include "front/admin/verdict.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace huidu::front {
namespace {

using nlohmann::json;

json Described(const std::string& verdict) {
  return {{"model", "ocr"},
          {"rollout",
           {{"candidate", "v2"}, {"phase", "running"}, {"verdict", verdict}, {"waiting_for", {"time", "requests"}}}}};
}

TEST(VerdictTest, SaysOneWordThatArgoCanCompare) {
  const auto text = Verdict(Described("not_enough_yet"));
  ASSERT_TRUE(text.ok()) << text.status();
  const json answer = json::parse(*text);
  EXPECT_EQ(answer["verdict"], "not_enough_yet");
  EXPECT_EQ(answer["text"], "time; requests");
  EXPECT_EQ(Verdict({{"model", "ocr"}, {"rollout", nullptr}}).status().code(), absl::StatusCode::kNotFound);
}

TEST(VerdictTest, AnswersFlaggersWebhooksWithTheRollbackTheOtherWayRound) {
  struct Case {
    std::string verdict;
    bool check, promotion, rollback;
  };
  for (const Case& c :
       {Case{"good", true, true, false}, Case{"bad", false, false, true}, Case{"not_enough_yet", true, false, false}}) {
    SCOPED_TRACE(c.verdict);
    EXPECT_EQ(FlaggerHook(Described(c.verdict), "rollout").ok(), c.check);
    EXPECT_EQ(FlaggerHook(Described(c.verdict), "confirm-promotion").ok(), c.promotion);
    EXPECT_EQ(FlaggerHook(Described(c.verdict), "rollback").ok(), c.rollback);
    EXPECT_TRUE(FlaggerHook(Described(c.verdict), "event").ok());
  }
  EXPECT_EQ(FlaggerHook(Described("good"), "no-such").code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(FlaggerHook({{"model", "ocr"}, {"rollout", nullptr}}, "rollback").ok()) << "nothing to roll back";
}

}  // namespace
}  // namespace huidu::front
