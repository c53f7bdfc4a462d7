#include "notify/url.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::notify {
namespace {

TEST(UrlTest, TakesHttpAndHttpsOnly) {
  for (const char* url : {"http://localhost/hook", "https://hooks.example.com:8443/a?b=c", "http://[::1]:80/"}) {
    EXPECT_TRUE(CheckUrl(url).ok()) << url;
  }
  for (const char* url : {"", "hooks.example.com/a", "file:///etc/passwd", "ftp://host/a", "gopher://host/", "http://",
                          "http://host/a b", "http://host/\r\nX: y", "https//host"}) {
    EXPECT_EQ(CheckUrl(url).code(), absl::StatusCode::kInvalidArgument) << url;
  }
  EXPECT_FALSE(CheckUrl("http://host/" + std::string(kMaxUrlBytes, 'a')).ok());
}

TEST(UrlTest, ShowsNothingThatMayBeASecret) {
  EXPECT_EQ(PublicPart("https://user:pass@hooks.example.com:8443/T0/token?key=1#x"), "https://hooks.example.com:8443");
  EXPECT_EQ(PublicPart("http://host/token"), "http://host");
  EXPECT_EQ(PublicPart("token"), "(no URL)");
  const absl::Status refused = CheckUrl("ftp://host/token");
  EXPECT_EQ(Text(refused).find("token"), std::string_view::npos);
}

}  // namespace
}  // namespace huidu::notify
