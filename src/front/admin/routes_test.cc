#include "front/admin/routes.h"

#include <gtest/gtest.h>

namespace huidu::front {
namespace {

TEST(RoutesTest, FindsACallAndItsParameters) {
  const RouteMatch unload = MatchRoute("DELETE", {"admin", "v1", "models", "a/b", "versions", "v2"});
  ASSERT_NE(unload.route, nullptr);
  EXPECT_EQ(unload.route->call, AdminCall::kUnload);
  EXPECT_EQ(unload.parameters, (std::vector<std::string>{"a/b", "v2"}));

  EXPECT_EQ(MatchRoute("GET", {}).route->call, AdminCall::kPage);
  EXPECT_EQ(MatchRoute("GET", {"admin", "v1", "models"}).route->call, AdminCall::kModels);
}

TEST(RoutesTest, ListsTheMethodsOfAPathThatHasOthers) {
  const RouteMatch match = MatchRoute("GET", {"admin", "v1", "models", "m", "switch"});
  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, "POST");
}

TEST(RoutesTest, KnowsNoOtherPath) {
  const std::vector<std::vector<std::string>> paths = {
      {"admin"}, {"admin", "v1"}, {"admin", "v1", "models", "m", "versions", "v", "x"}, {"healthz", ""}, {"Metrics"}};
  for (const auto& path : paths) {
    const RouteMatch match = MatchRoute("GET", path);
    EXPECT_EQ(match.route, nullptr);
    EXPECT_EQ(match.allowed, "");
  }
}

TEST(RoutesTest, MarksExactlyTheCallsThatAreNotGetAsChanges) {
  for (const AdminRoute& route : AdminRoutes()) EXPECT_EQ(route.changes, route.method != "GET") << route.pattern;
}

}  // namespace
}  // namespace huidu::front
