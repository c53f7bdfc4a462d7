#include "base/log.h"

#include <gtest/gtest.h>

#include "absl/status/statusor.h"

namespace huidu::log {
namespace {

TEST(LogTest, WritesOneJsonObjectWithTheFieldsInOrder) {
  EXPECT_EQ(
      Format(Level::kWarning, "2026-01-01T00:00:00.000Z", "worker died", {{"model", "ocr"}, {"model_version", "v2"}}),
      R"({"ts":"2026-01-01T00:00:00.000Z","level":"WARNING","msg":"worker died",)"
      R"("model":"ocr","model_version":"v2"})");
}

TEST(LogTest, EscapesWhatAClientSentSoThatALineStaysALine) {
  const std::string line = Format(Level::kInfo, "t", "a\nb", {{"request_id", "\xff\"\n"}});
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_NE(line.find("\\\"\\n"), std::string::npos);
}

TEST(LogTest, RefusesAnUnknownLevelAndNamesTheKnownOnes) {
  EXPECT_EQ(*ParseLevel("warn"), Level::kWarning);
  const auto refused = ParseLevel("LOUD");
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(std::string(refused.status().message()).find("DEBUG, INFO"), std::string::npos);
}

}  // namespace
}  // namespace huidu::log
