#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>

#include "absl/strings/ascii.h"
#include "front/admin/assets.h"
#include "front/admin/routes.h"
#include "front/versions/version_state.h"

namespace huidu::front {
namespace {

using Json = nlohmann::json;

TEST(OpenApiTest, DescribesExactlyTheRoutesThatExist) {
  std::set<std::string> described, existing;
  const Json document = Json::parse(OpenApiDocument());
  for (const auto& [path, item] : document["paths"].items()) {
    for (const auto& [key, operation] : item.items()) {
      if (key != "parameters") described.insert(absl::AsciiStrToUpper(key) + " " + path);
    }
  }
  for (const AdminRoute& route : AdminRoutes()) {
    existing.insert(std::string(route.method) + " " + std::string(route.pattern));
  }
  EXPECT_EQ(described, existing);
}

TEST(OpenApiTest, NamesEveryPathParameter) {
  const Json document = Json::parse(OpenApiDocument());
  for (const auto& [path, item] : document["paths"].items()) {
    const auto braces = std::count(path.begin(), path.end(), '{');
    ASSERT_EQ(braces, item.contains("parameters") ? item["parameters"].size() : 0) << path;
    for (int i = 0; i < braces; ++i) {
      const std::string name = item["parameters"][i]["name"];
      EXPECT_NE(path.find("{" + name + "}"), std::string::npos) << path;
    }
  }
}

TEST(OpenApiTest, RefersOnlyToSchemasThatItHas) {
  const Json document = Json::parse(OpenApiDocument());
  const Json flat = document.flatten();
  int references = 0;
  for (const auto& [pointer, value] : flat.items()) {
    if (!pointer.ends_with("/$ref")) continue;
    ++references;
    EXPECT_TRUE(document.contains(Json::json_pointer(value.get<std::string>().substr(1)))) << value;
  }
  EXPECT_GT(references, 10);
}

TEST(OpenApiTest, ListsEveryStateOfAVersion) {
  std::set<std::string> states;
  for (size_t i = 0; i < kVersionStates; ++i) states.insert(std::string(Name(static_cast<VersionState>(i))));
  const Json document = Json::parse(OpenApiDocument());
  EXPECT_EQ(document["components"]["schemas"]["Version"]["properties"]["state"]["enum"].get<std::set<std::string>>(),
            states);
}

TEST(AdminPageTest, LoadsNothingFromElsewhereAndNeverSetsHtml) {
  const std::string_view page = AdminPage();
  EXPECT_TRUE(page.starts_with("<!doctype html>"));
  for (const char* forbidden : {"http://", "https://", "src=", "innerHTML", "document.write", "insertAdjacentHTML"}) {
    EXPECT_EQ(page.find(forbidden), std::string_view::npos) << forbidden;
  }
}

}  // namespace
}  // namespace huidu::front
