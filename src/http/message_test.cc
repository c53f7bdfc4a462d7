#include "http/message.h"

#include <gmock/gmock.h>

namespace huidu::http {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(MessageTest, FindsAHeaderWhateverItsCase) {
  Request request;
  request.headers = {{"Content-Type", "text/plain"}, {"x-A", "1"}, {"X-a", "2"}};
  EXPECT_EQ(request.Header("content-type"), "text/plain");
  EXPECT_EQ(request.Header("X-A"), "1");
  EXPECT_EQ(request.Header("x-b"), "");
}

TEST(MessageTest, DecodesQueryParameters) {
  Request request;
  request.raw_query = "a=1+2&b%3D=%E7%81%B0&flag&bad=%zz";
  EXPECT_EQ(request.Query("a"), "1 2");
  EXPECT_EQ(request.Query("b="), "灰");
  EXPECT_EQ(request.Query("flag"), "");
  EXPECT_EQ(request.Query("bad"), "%zz");
  EXPECT_EQ(request.Query("none"), std::nullopt);
}

TEST(MessageTest, SplitsThePathBeforeItDecodes) {
  Request request;
  request.raw_path = "/v2//models/a%2Fb/";
  EXPECT_THAT(request.PathSegments(), ElementsAre("v2", "models", "a/b"));
}

TEST(MessageTest, PercentDecodeRefusesWhatIsNoNumber) {
  EXPECT_EQ(*PercentDecode("%41%2525"), "A%25");
  EXPECT_FALSE(PercentDecode("a%4").ok());
  EXPECT_FALSE(PercentDecode("%").ok());
  EXPECT_FALSE(PercentDecode("%g0").ok());
  EXPECT_FALSE(PercentDecode("a%00b").ok());
}

TEST(MessageTest, AHeadersValueCannotForgeAnotherHeader) {
  Response response;
  response.AddHeader("x-request-id", "a\r\nSet-Cookie: b");
  EXPECT_EQ(response.headers, "x-request-id: a  Set-Cookie: b\r\n");
}

TEST(MessageTest, AnErrorKeepsTheHttpStatusThatItWasMadeWith) {
  EXPECT_EQ(StatusOf(Error(413, "too large")), 413);
  EXPECT_EQ(StatusOf(absl::ResourceExhaustedError("")), 429);
  EXPECT_EQ(StatusOf(absl::DeadlineExceededError("")), 504);
  EXPECT_EQ(StatusOf(absl::DataLossError("")), 500);
}

TEST(MessageTest, OverloadAndUnavailabilitySayWhenToComeBack) {
  EXPECT_THAT(ErrorResponse(absl::ResourceExhaustedError("full")).headers, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(ErrorResponse(absl::UnavailableError("later")).headers, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_EQ(ErrorResponse(absl::NotFoundError("no \"x\"")).body, R"({"error":"no \"x\""})");
}

TEST(MessageTest, JsonStringsAreEscapedAndAlwaysUtf8) {
  const auto json = [](std::string_view text) {
    std::string out;
    AppendJsonString(out, text);
    return out;
  };
  EXPECT_EQ(json("灰度 \"\\\n\t\x01\x7f"), "\"灰度 \\\"\\\\\\n\\t\\u0001\\u007f\"");
  EXPECT_EQ(json("a\xFFz"), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(json("\xE7\x81"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");          // cut off
  EXPECT_EQ(json("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");          // overlong "/"
  EXPECT_EQ(json("\xED\xA0\x80").find('\xED'), std::string::npos);      // a surrogate
  EXPECT_EQ(json("\xF4\x90\x80\x80").find('\xF4'), std::string::npos);  // beyond U+10FFFF
}

// Proxies that add a line of their own below that of the client; only all of them together tell where it is.
TEST(MessageTest, SeveralLinesOfAHeaderAreOneList) {
  Request request;
  request.headers = {{"X-Forwarded-For", "10.0.0.1"}, {"Host", "h"}, {"x-forwarded-for", "203.0.113.9, 10.0.0.5"}};
  EXPECT_EQ(request.Joined("x-forwarded-for"), "10.0.0.1, 203.0.113.9, 10.0.0.5");
  EXPECT_EQ(request.Joined("x-other"), "");
}

}  // namespace
}  // namespace huidu::http
