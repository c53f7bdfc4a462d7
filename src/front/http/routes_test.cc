#include "front/http/routes.h"

#include <gmock/gmock.h>

namespace huidu::front::rest {
namespace {

using ::testing::HasSubstr;

std::variant<Route, http::Response> Find(std::string_view method, std::string_view path) {
  http::Request request;
  request.method = method;
  request.raw_path = path;
  request.path = path;
  return FindRoute(request);
}

void ExpectRoute(std::string_view method, std::string_view path, Call call, std::string_view model = "",
                 std::string_view version = "") {
  const auto found = Find(method, path);
  ASSERT_TRUE(std::holds_alternative<Route>(found)) << path;
  const Route& route = std::get<Route>(found);
  EXPECT_EQ(route.call, call) << path;
  EXPECT_EQ(route.model, model) << path;
  EXPECT_EQ(route.version, version) << path;
}

TEST(RoutesTest, FindsEveryCall) {
  ExpectRoute("GET", "/v2", Call::kServerMetadata);
  ExpectRoute("GET", "/v2/", Call::kServerMetadata);
  ExpectRoute("GET", "/v2/health/live", Call::kServerLive);
  ExpectRoute("GET", "/v2/health/ready", Call::kServerReady);
  ExpectRoute("GET", "/v2/models/m", Call::kModelMetadata, "m");
  ExpectRoute("GET", "/v2/models/m/versions/v1", Call::kModelMetadata, "m", "v1");
  ExpectRoute("GET", "/v2/models/m/ready", Call::kModelReady, "m");
  ExpectRoute("GET", "/v2/models/m/versions/v1/ready", Call::kModelReady, "m", "v1");
  ExpectRoute("GET", "/v2/models/m/config", Call::kModelConfig, "m");
  ExpectRoute("GET", "/v2/models/stats", Call::kStatistics);
  ExpectRoute("GET", "/v2/models/m/stats", Call::kStatistics, "m");
  ExpectRoute("GET", "/v2/models/m/versions/v1/stats", Call::kStatistics, "m", "v1");
  ExpectRoute("POST", "/v2/models/m/infer", Call::kInfer, "m");
  ExpectRoute("POST", "/v2/models/m/versions/v1/infer", Call::kInfer, "m", "v1");
  ExpectRoute("POST", "/v2/repository/index", Call::kRepositoryIndex);
  ExpectRoute("POST", "/v2/repository/models/m/unload", Call::kRepositoryChange, "m");
}

TEST(RoutesTest, NamesAreDecodedPieceByPiece) {
  ExpectRoute("POST", "/v2/models/a%2Fb%20c/versions/v1%252/infer", Call::kInfer, "a/b c", "v1%2");
}

TEST(RoutesTest, AnotherMethodIsA405ThatNamesTheRightOne) {
  const auto found = Find("GET", "/v2/models/m/infer");
  ASSERT_TRUE(std::holds_alternative<http::Response>(found));
  EXPECT_EQ(std::get<http::Response>(found).status, 405);
  EXPECT_THAT(std::get<http::Response>(found).headers, HasSubstr("Allow: POST\r\n"));
  EXPECT_THAT(std::get<http::Response>(Find("DELETE", "/v2/models/m")).headers, HasSubstr("Allow: GET, HEAD\r\n"));
}

TEST(RoutesTest, AnythingElseIsA404) {
  for (const char* path : {"/", "/v1/models/m", "/v2/models", "/v2/models/m/versions", "/v2/models/m/infer/more"}) {
    const auto found = Find("POST", path);
    ASSERT_TRUE(std::holds_alternative<http::Response>(found)) << path;
    EXPECT_EQ(std::get<http::Response>(found).status, 404) << path;
  }
}

}  // namespace
}  // namespace huidu::front::rest
