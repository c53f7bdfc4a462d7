#include "front/admin/describe.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace huidu::front {
namespace {

using Json = nlohmann::json;
using std::chrono::system_clock;

ModelInfo Ocr() {
  VersionInfo v1, v2;
  v1.version = "v1";
  v1.state = VersionState::kFailed;
  v1.message = "inference.pdiparams: cut off";
  v2.version = "v2";
  v2.state = VersionState::kReady;
  v2.live = true;
  v2.traffic_share = 1;
  v2.workers = {{.pid = 7, .state = "ready", .resident_bytes = 1000}, {.pid = 8, .resident_bytes = 500}};
  v2.servable = std::make_shared<Servable>("ocr", "v2", engine::Signature{}, nullptr);
  v2.servable->stats().outcomes[static_cast<size_t>(Outcome::kSuccess)] = 5;
  v2.servable->stats().outcomes[static_cast<size_t>(Outcome::kOverload)] = 2;
  v2.servable->stats().total.Add(4'000'000);
  return {.name = "ocr", .live = "v2", .previous = "v1", .configured = "v1", .versions = {v1, v2}};
}

TEST(DescribeTest, ShowsAModelsVersionsWithTheirFigures) {
  const Json model = Json::parse(DescribeModel(Ocr()));
  EXPECT_EQ(model["name"], "ocr");
  EXPECT_EQ(model["live"], "v2");
  EXPECT_EQ(model["previous"], "v1");
  EXPECT_EQ(model["configured"], "v1");
  const Json& failed = model["versions"][0];
  EXPECT_EQ(failed["state"], "FAILED");
  EXPECT_EQ(failed["message"], "inference.pdiparams: cut off");
  EXPECT_EQ(failed["traffic_percent"], 0);
  EXPECT_FALSE(failed.contains("requests"));
  const Json& live = model["versions"][1];
  EXPECT_EQ(live["traffic_percent"], 100);
  EXPECT_EQ(live["resident_bytes"], 1500);
  EXPECT_EQ(live["workers"][0]["pid"], 7);
  EXPECT_EQ(live["requests"]["total"], 7);
  EXPECT_EQ(live["requests"]["results"]["overload"], 2);
  EXPECT_DOUBLE_EQ(live["latency_ms"]["mean"], 4.0);
}

TEST(DescribeTest, ShowsOneVersionByItsId) {
  const Json version = Json::parse(DescribeVersion(Ocr(), "v1"));
  EXPECT_EQ(version["model"], "ocr");
  EXPECT_EQ(version["state"], "FAILED");
  EXPECT_EQ(Json::parse(DescribeVersion(Ocr(), "gone")), Json({{"model", "ocr"}, {"version", "gone"}}));
}

TEST(DescribeTest, ReplacesBytesThatAreNoUtf8) {
  EXPECT_EQ(Json::parse(DescribeModel({.name = "a\xff"}))["name"], "a\xef\xbf\xbd");
}

TEST(DescribeTest, SumsUpTheServer) {
  const ServerInfo info{.version = "0.1.0", .http_port = 18080, .started = system_clock::time_point{}};
  const std::vector<ModelInfo> models = {Ocr()};
  const ReloadInfo reload{.generation = 3, .failures = 1, .last_error = "m.prototxt:1:2: no", .refused = true};
  const ProcessFigures process{.resident_bytes = 4096, .open_fds = 12};
  const Json status = Json::parse(DescribeStatus({.info = info,
                                                  .models = models,
                                                  .reload = reload,
                                                  .process = process,
                                                  .pid = 42,
                                                  .now = system_clock::time_point{std::chrono::seconds(90)},
                                                  .audit_failures = 2}));
  EXPECT_EQ(status["pid"], 42);
  EXPECT_EQ(status["uptime_seconds"], 90.0);
  EXPECT_EQ(status["started"], "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(status["reload"]["generation"], 3);
  EXPECT_EQ(status["reload"]["last_error"], "m.prototxt:1:2: no");
  EXPECT_EQ(status["reload"]["refused"], true);
  EXPECT_EQ(status["workers_resident_bytes"], 1500);
  EXPECT_EQ(status["audit_failures"], 2);
}

}  // namespace
}  // namespace huidu::front
