#include "cli/status_text.h"

#include <gtest/gtest.h>

#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;

const Json kServer = Json::parse(R"({"version":"0.1.0","uptime_seconds":200,"pid":42,"front_resident_bytes":41943040,
  "workers_resident_bytes":419430400,"audit_failures":0,"reload":{"generation":4,"last_error":""}})");

const Json kModels = Json::parse(R"([{"name":"ocr","versions":[
  {"version":"v1","state":"FAILED","live":false,"message":"parameters are cut off","restarts":0},
  {"version":"v2","state":"READY","live":true,"engine":"openvino","restarts":1,"resident_bytes":104857600,
   "requests":{"total":103,"results":{"success":100,"client_error":1,"server_error":2}},
   "latency_ms":{"p50":13.02,"p99":21.4}}]}])");

TEST(StatusTextTest, ShowsEveryVersionAndWhyOneFailed) {
  EXPECT_EQ(StatusText(kServer, kModels, false),
            "huidu 0.1.0, up 3 min 20 s, pid 42, configuration generation 4, memory: front 40 MiB, workers 400 MiB\n"
            "MODEL  VERSION  LIVE  STATE   ENGINE    REQUESTS  ERRORS  P50 MS  P99 MS   MEMORY  RESTARTS\n"
            "ocr    v1             FAILED                                                              0\n"
            "ocr    v2       live  READY   openvino       103       2    13.0    21.4  100 MiB         1\n"
            "ocr v1: parameters are cut off\n");
}

TEST(StatusTextTest, SaysWhereTheFileNamesSomethingElse) {
  const auto text = [](const char* live, const char* configured) {
    return StatusText(kServer, {{{"name", "ocr"}, {"live", live}, {"configured", configured}}}, false);
  };
  EXPECT_THAT(text("v2", "v1"), HasSubstr("ocr: v2 is live, base_path names v1; `huidu audit --model ocr` says why\n"));
  for (const char* configured : {"v2", ""}) {
    EXPECT_THAT(text("v2", configured), testing::Not(HasSubstr("base_path"))) << configured;
  }
}

TEST(StatusTextTest, SaysThatAReloadWasRefusedAndThatTheAuditIsIncomplete) {
  Json server = kServer;
  server["reload"]["last_error"] = "m.prototxt:3:5: unknown field";
  server["reload"]["refused"] = true;
  server["audit_failures"] = 2;
  const std::string text = StatusText(server, Json::array(), false);
  EXPECT_THAT(text, HasSubstr("the last reload was refused: m.prototxt:3:5: unknown field\n"));
  EXPECT_THAT(text, HasSubstr("2 changes are in the log only"));
}

TEST(StatusTextTest, AStartWithoutAModelIsNoRefusedReload) {
  Json server = kServer;
  server["reload"]["last_error"] = "started without model 'lac': m.prototxt:3:5: /lac is empty";
  server["reload"]["refused"] = false;
  server["reload"]["warning"] = "model 'ocr': version v2 stays";
  const Json lac = {{"name", "lac"}, {"message", "nothing is live: /lac is empty"}, {"versions", Json::array()}};
  const std::string text = StatusText(server, Json::array({lac}), false);
  EXPECT_THAT(text, HasSubstr("\nstarted without model 'lac': m.prototxt:3:5: /lac is empty\n"));
  EXPECT_THAT(text, testing::Not(HasSubstr("refused")));
  EXPECT_THAT(text, HasSubstr("\nmodel 'ocr': version v2 stays\n"));
  EXPECT_THAT(text, testing::ContainsRegex("\nlac +FAILED +0\n"));
  EXPECT_THAT(text, HasSubstr("\nlac: nothing is live: /lac is empty\n"));
}

TEST(StatusTextTest, TakesAnAnswerOfAnotherShapeWithoutFailing) {
  EXPECT_THAT(
      StatusText(Json::parse(R"({"reload":[]})"), Json::parse(R"([1,{"versions":[{}]},{"versions":3}])"), false),
      HasSubstr("MODEL"));
  EXPECT_THAT(AuditText(Json::parse("{}"), false), HasSubstr("TIME"));
}

TEST(AuditTextTest, ShowsTheNewestLast) {
  const Json audit = Json::parse(R"({"entries":[
    {"time":"2026-11-22T03:00:01.000Z","action":"switch","model":"ocr","actor":"alice","before":"v1","after":"v2",
     "reason":"better","result":"ok"},
    {"time":"2026-11-22T03:00:00.000Z","action":"load","model":"ocr","actor":"alice","before":"","after":"",
     "reason":"","result":"cut off"}]})");
  EXPECT_EQ(AuditText(audit, false),
            "TIME                      ACTION  MODEL  FROM  TO  ACTOR  REASON  RESULT\n"
            "2026-11-22T03:00:00.000Z  load    ocr              alice          cut off\n"
            "2026-11-22T03:00:01.000Z  switch  ocr    v1    v2  alice  better  ok\n");
}

}  // namespace
}  // namespace huidu::cli
