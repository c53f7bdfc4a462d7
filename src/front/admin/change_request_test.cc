#include "front/admin/change_request.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::front {
namespace {

TEST(ChangeRequestTest, ReadsTheFieldsOfACall) {
  const auto request =
      ParseChangeRequest(R"({"version":"v2","path":"/models/ocr_v2","reason":"更好"})", "version path reason");
  ASSERT_TRUE(request.ok()) << request.status();
  EXPECT_EQ(request->version, "v2");
  EXPECT_EQ(request->path, "/models/ocr_v2");
  EXPECT_EQ(request->reason, "更好");
  EXPECT_TRUE(ParseChangeRequest(R"({"dry_run":true})", "dry_run reason")->dry_run);
  EXPECT_EQ(ParseChangeRequest(R"({"stage":"20 %"})", "stage reason")->stage, "20 %");
  EXPECT_EQ(ParseChangeRequest("{}", "stage reason")->stage, std::nullopt);
}

TEST(ChangeRequestTest, TakesAnEmptyBodyAsAnEmptyObject) {
  EXPECT_TRUE(ParseChangeRequest("", "reason").ok());
  EXPECT_TRUE(ParseChangeRequest("{}", "reason").ok());
}

TEST(ChangeRequestTest, RefusesAMistypedFieldAndListsTheKnownOnes) {
  const auto refused = ParseChangeRequest(R"({"dryrun":true})", "dry_run reason");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(Text(refused.status()), "unknown field \"dryrun\"; this call has: dry_run reason");
}

TEST(ChangeRequestTest, RefusesAFieldOfAnotherType) {
  EXPECT_EQ(Text(ParseChangeRequest(R"({"version":2})", "version").status()),
            "field \"version\": expected a string, got number");
  EXPECT_EQ(Text(ParseChangeRequest(R"({"dry_run":"no"})", "dry_run").status()),
            "field \"dry_run\": expected true or false, got string");
}

TEST(ChangeRequestTest, RefusesWhatIsNoObject) {
  for (const std::string& body : {std::string("[]"), std::string("1"), std::string("{"), std::string("\xff"),
                                  std::string(60000, '['), std::string("{\"version\":\"\xff\"}")}) {
    EXPECT_FALSE(ParseChangeRequest(body, "version").ok()) << body.substr(0, 20);
  }
}

}  // namespace
}  // namespace huidu::front
