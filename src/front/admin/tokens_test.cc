#include "front/admin/tokens.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::front {
namespace {

TEST(TokensTest, ReadsRolesActorsCommentsAndABareToken) {
  const auto tokens = Tokens::Parse(
      "# who may\n"
      "\n"
      "view-12345\tviewer  grafana\r\n"
      "  oper-12345 operator alice\n"
      "bare-12345",
      "tokens");
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  EXPECT_EQ(tokens->size(), 3u);
  EXPECT_EQ(tokens->Find("view-12345")->role, Role::kViewer);
  EXPECT_EQ(tokens->Find("view-12345")->actor, "grafana");
  EXPECT_EQ(tokens->Find("oper-12345")->role, Role::kOperator);
  EXPECT_EQ(tokens->Find("bare-12345")->role, Role::kOperator);
  EXPECT_EQ(tokens->Find("bare-12345")->actor, "token");
  EXPECT_EQ(tokens->Find("bare-1234"), nullptr);
  EXPECT_EQ(tokens->Find(""), nullptr);
}

TEST(TokensTest, NamesTheLineOfAFaultAndNeverTheToken) {
  const struct {
    const char* text;
    const char* where;
    const char* what;
  } cases[] = {
      {"good-token-1\nsecret-token-2 viewer\n", "tokens:2:", "token role actor"},
      {"secret-token-2 admin bob\n", "tokens:1:", "neither viewer nor operator"},
      {"# x\n\nshort viewer bob\n", "tokens:3:", "at least 8"},
      {"secret-token-2 viewer a\nsecret-token-2 operator b\n", "tokens:2:", "earlier line"},
      {"secret-tok\xc3\xa9n\n", "tokens:1:", "printable"},
      {"# only a comment\n", "tokens:", "no token"},
      {"", "tokens:", "no token"},
  };
  for (const auto& c : cases) {
    const auto tokens = Tokens::Parse(c.text, "tokens");
    ASSERT_FALSE(tokens.ok()) << c.text;
    const std::string text(Text(tokens.status()));
    EXPECT_NE(text.find(c.where), std::string::npos) << text;
    EXPECT_NE(text.find(c.what), std::string::npos) << text;
    EXPECT_EQ(text.find("secret"), std::string::npos) << text;
  }
}

TEST(TokensTest, SaysThatTheFileIsMissing) {
  const auto tokens = Tokens::Load("/nonexistent/tokens");
  EXPECT_EQ(tokens.status().code(), absl::StatusCode::kNotFound);
  EXPECT_NE(Text(tokens.status()).find("/nonexistent/tokens: No such file"), std::string_view::npos);
}

TEST(TokensTest, RefusesAFolderAsTokenFile) { EXPECT_FALSE(Tokens::Load("/tmp").ok()); }

}  // namespace
}  // namespace huidu::front
