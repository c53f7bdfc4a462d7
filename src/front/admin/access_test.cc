#include "front/admin/access.h"

#include <gtest/gtest.h>

#include <initializer_list>

#include "absl/strings/escaping.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

http::Request RequestWith(std::initializer_list<http::HeaderField> headers) {
  http::Request request;
  request.method = "POST";
  request.headers = headers;
  return request;
}

Access WithoutTokens() { return Access(std::nullopt); }

Access WithTokens() {
  return Access(*Tokens::Parse("viewer-token viewer grafana\noperator-token operator alice\n", "tokens"));
}

std::string ActorOf(const absl::StatusOr<std::string>& actor) {
  return actor.ok() ? *actor : actor.status().ToString();
}

TEST(AdminBindingTest, WithoutTokensTakesLoopbackAddressesOnly) {
  for (const char* host : {"127.0.0.1", "127.8.9.1", "::1", "localhost"}) {
    EXPECT_TRUE(CheckAdminBinding(host, "").ok()) << host;
  }
  for (const char* host : {"0.0.0.0", "::", "192.168.1.2", "example.com", "127.0.0.1.evil.com", ""}) {
    const absl::Status refused = CheckAdminBinding(host, "");
    EXPECT_EQ(refused.code(), absl::StatusCode::kInvalidArgument) << host;
    EXPECT_NE(Text(refused).find("--admin-token-file"), std::string_view::npos);
    EXPECT_TRUE(CheckAdminBinding(host, "/etc/huidu/tokens").ok()) << host;
  }
}

TEST(AccessTest, WithoutTokensTakesTheActorsWord) {
  EXPECT_EQ(
      ActorOf(WithoutTokens().Check(RequestWith({{"Host", "127.0.0.1:18082"}, {"x-huidu-actor", "root@box"}}), true)),
      "root@box");
  EXPECT_EQ(ActorOf(WithoutTokens().Check(RequestWith({}), true)), "anonymous");
  EXPECT_EQ(ActorOf(WithoutTokens().Check(RequestWith({{"X-Huidu-Actor", "a\x01\xe7"}}), true)), "a??");
}

TEST(AccessTest, WithoutTokensRefusesAnotherHostName) {
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1:18082", "[::1]:18082", "[::1]"}) {
    EXPECT_TRUE(WithoutTokens().Check(RequestWith({{"Host", host}}), false).ok()) << host;
  }
  for (const char* host : {"evil.example:18082", "[", "10.0.0.1", "localhost.evil.example", "::1"}) {
    EXPECT_EQ(WithoutTokens().Check(RequestWith({{"Host", host}}), false).status().code(),
              absl::StatusCode::kPermissionDenied)
        << host;
  }
}

TEST(AccessTest, RefusesAChangeFromAnotherSitesPage) {
  const http::Request foreign = RequestWith({{"Host", "localhost:18082"}, {"Origin", "https://evil.example"}});
  const http::Request same = RequestWith({{"Host", "localhost:18082"}, {"Origin", "http://localhost:18082"}});
  const http::Request other_port = RequestWith({{"Host", "localhost:18082"}, {"Origin", "http://localhost:3000"}});
  const http::Request opaque = RequestWith({{"Host", "localhost:18082"}, {"Origin", "null"}});
  EXPECT_EQ(WithoutTokens().Check(foreign, true).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(WithoutTokens().Check(other_port, true).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(WithoutTokens().Check(opaque, true).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_TRUE(WithoutTokens().Check(same, true).ok());
}

TEST(AccessTest, WithTokensAsksForOne) {
  const auto check = [](const char* authorization, bool changes) {
    return WithTokens().Check(RequestWith({{"Host", "huidu.example"}, {"Authorization", authorization}}), changes);
  };
  EXPECT_EQ(ActorOf(check("Bearer operator-token", true)), "operator:alice");
  EXPECT_EQ(ActorOf(check("bearer  operator-token", true)), "operator:alice");
  EXPECT_EQ(ActorOf(check("Bearer viewer-token", false)), "viewer:grafana");
  EXPECT_EQ(check("Bearer viewer-token", true).status().code(), absl::StatusCode::kPermissionDenied);
  for (const char* wrong : {"", "Bearer", "Bearer ", "Bearer operator-toke", "Bearer operator-tokens", "operator-token",
                            "Digest operator-token"}) {
    EXPECT_EQ(check(wrong, false).status().code(), absl::StatusCode::kUnauthenticated) << wrong;
  }
}

TEST(AccessTest, TakesATokenAsTheBasicPasswordOfABrowser) {
  const auto check = [](const std::string& pair) {
    const std::string header = StrCat("Basic ", absl::Base64Escape(pair));
    return WithTokens().Check(RequestWith({{"Authorization", header}}), false);
  };
  EXPECT_EQ(ActorOf(check("me:viewer-token")), "viewer:grafana");
  EXPECT_EQ(check("viewer-token").status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(WithTokens().Check(RequestWith({{"Authorization", "Basic !!!"}}), false).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST(AccessTest, DoesNotTakeTheActorsWordWhereThereAreTokens) {
  EXPECT_EQ(ActorOf(WithTokens().Check(
                RequestWith({{"Authorization", "Bearer operator-token"}, {"X-Huidu-Actor", "bob"}}), true)),
            "operator:alice");
}

TEST(AccessTest, NeverRepeatsATokenInAnError) {
  const auto refused = WithTokens().Check(RequestWith({{"Authorization", "Bearer my-secret-word"}}), true);
  EXPECT_EQ(refused.status().ToString().find("my-secret-word"), std::string::npos);
}

}  // namespace
}  // namespace huidu::front
