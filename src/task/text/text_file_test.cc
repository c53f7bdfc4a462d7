#include "task/text/text_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"

namespace huidu::task::text {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;

TEST(LinesTest, EndAsInPythonsTextFiles) {
  EXPECT_THAT(Lines("a\nb\r\nc\rd"), ElementsAre("a", "b", "c", "d"));
  EXPECT_THAT(Lines("a\n\n\r\rb\n"), ElementsAre("a", "", "", "", "b"));
  EXPECT_THAT(Lines(""), ElementsAre());
  EXPECT_THAT(Lines("\u2028"), ElementsAre("\u2028"));
}

TEST(ReadTextTest, RefusesWhatIsNoUtf8) {
  const engine::testing::TemporaryFolder folder;
  EXPECT_EQ(*ReadText(folder.Write("good.dic", "0\t发票\n")), "0\t发票\n");
  const absl::Status status = ReadText(folder.Write("gbk.dic", "0\t\xB7\xA2")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(Text(status)), EndsWith("gbk.dic: byte 2 is no UTF-8"));
  EXPECT_EQ(ReadText(folder.path() + "/none.dic").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace huidu::task::text
