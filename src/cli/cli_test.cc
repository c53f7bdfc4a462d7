#include "cli/cli.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "cli/test_server.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using testing::HasSubstr;

struct Ran {
  int code = 0;
  std::string out, err;
};

// Runs `huidu` with these words.
Ran Huidu(std::vector<std::string> words) {
  unsetenv("HUIDU_TOKEN");
  words.insert(words.begin(), "huidu");
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  int code = 0;
  CLI::App app{"huidu"};
  AddClientCommands(app, code);
  app.require_subcommand(1);
  Ran ran;
  ran.code = Parse(app, static_cast<int>(argv.size()), argv.data(), code);
  ran.out = testing::internal::GetCapturedStdout();
  ran.err = testing::internal::GetCapturedStderr();
  return ran;
}

TEST(CliTest, EndsWith2ForACommandLineThatDoesNotFit) {
  const std::vector<std::vector<std::string>> wrong = {{},
                                                       {"dance"},
                                                       {"load"},
                                                       {"load", "ocr"},
                                                       {"switch", "ocr"},
                                                       {"unload", "ocr", "v1", "v2"},
                                                       {"status", "--nonsense"},
                                                       {"audit", "--limit", "0"},
                                                       {"infer", "--model", "ocr"},
                                                       {"infer", "--model", "m", "--random", "1", "--std", "1,0,1"},
                                                       {"infer", "--model", "m", "--random", "x"},
                                                       {"infer", "--model", "m", "--json-request", "a", "--image", "b"},
                                                       {"validate"},
                                                       {"inspect"}};
  for (const auto& words : wrong) EXPECT_EQ(Huidu(words).code, kWrongUsage) << testing::PrintToString(words);
}

TEST(CliTest, HasHelpForEverySubcommand) {
  for (const char* name :
       {"status", "load", "unload", "switch", "samples", "reload", "audit", "infer", "validate", "inspect"}) {
    const Ran ran = Huidu({name, "--help"});
    EXPECT_EQ(ran.code, kDone) << name;
    EXPECT_THAT(ran.out, HasSubstr(name));
  }
}

TEST(CliTest, EndsWith1WhenNobodyListens) {
  const Ran ran = Huidu({"status", "--admin", "http://127.0.0.1:1"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("error: cannot reach http://127.0.0.1:1"));
}

TEST(CliTest, SwitchesWithReasonTokenAndActor) {
  OneAnswerServer server(HttpText(200, R"({"name":"a b","live":"v2","previous":"v1","versions":[]})"));
  const std::string tokens = testing::TempDir() + "huidu_cli_token";
  std::ofstream(tokens) << "secret-token operator me\n";
  const Ran ran = Huidu({"switch", "a b", "v2", "--admin", server.url(), "--reason", "better", "--token-file", tokens});
  std::filesystem::remove(tokens);
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(ran.out, "a b: live is v2, before it was v1\n");
  EXPECT_THAT(server.request(), HasSubstr("POST /admin/v1/models/a%20b/switch HTTP/1.1\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("Authorization: Bearer secret-token\r\n"));
  EXPECT_THAT(server.request(), HasSubstr("X-Huidu-Actor: "));
  EXPECT_THAT(server.request(), HasSubstr(R"({"version":"v2","reason":"better"})"));
}

TEST(CliTest, LoadsAnAbsolutePathAndPrintsJsonOnDemand) {
  OneAnswerServer server(HttpText(200, R"({"model":"ocr","version":"v2","state":"READY"})"));
  const Ran ran = Huidu({"load", "ocr", "/models/x/../ocr_v2", "--version", "v2", "--admin", server.url(), "--json"});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_EQ(nlohmann::json::parse(ran.out)["state"], "READY");
  EXPECT_THAT(server.request(), HasSubstr(R"({"path":"/models/ocr_v2","reason":"","version":"v2"})"));
}

TEST(CliTest, PrintsTheServersReasonWhenItRefuses) {
  OneAnswerServer server(HttpText(409, R"({"error":"version v2 is live"})"));
  const Ran ran = Huidu({"unload", "ocr", "v2", "--admin", server.url()});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_EQ(ran.err, "error: version v2 is live\n");
  EXPECT_EQ(ran.out, "");
  EXPECT_THAT(server.request(), HasSubstr("DELETE /admin/v1/models/ocr/versions/v2 "));
}

TEST(CliTest, SaysHowToGiveATokenWhereOneIsMissing) {
  OneAnswerServer server(HttpText(401, R"({"error":"this call needs a token"})"));
  EXPECT_THAT(Huidu({"reload", "--admin", server.url()}).err, HasSubstr("--token-file FILE or set HUIDU_TOKEN"));
}

TEST(CliTest, ApprovesTheStageThatItNames) {
  OneAnswerServer server(HttpText(409, R"({"error":"the rollout is in stage 'half'"})"));
  const Ran ran = Huidu({"rollout", "approve", "ocr", "--stage", "20 %", "--admin", server.url()});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_EQ(ran.err, "error: the rollout is in stage 'half'\n");
  EXPECT_THAT(server.request(), HasSubstr("POST /admin/v1/models/ocr/rollout/approve "));
  EXPECT_THAT(server.request(), HasSubstr(R"({"reason":"","stage":"20 %"})"));
}

TEST(CliTest, AnApprovalWithoutAStageLooksFirst) {
  OneAnswerServer server(HttpText(200, R"({"rollout":{"stage":"half","approval_wanted":false,"waiting_for":[]}})"));
  const Ran ran = Huidu({"rollout", "approve", "ocr", "--admin", server.url()});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_EQ(ran.err, "error: stage 'half' awaits no approval now. To approve it all the same: --stage 'half'\n");
  EXPECT_THAT(server.request(), HasSubstr("GET /admin/v1/models/ocr/rollout "));
}

TEST(CliTest, ShowsWhatADryRunWouldChange) {
  OneAnswerServer server(HttpText(200, R"({"dry_run":true,"changes":["model 'b': removed"],"generation":3})"));
  const Ran ran = Huidu({"reload", "--dry-run", "--admin", server.url()});
  EXPECT_EQ(ran.out, "model 'b': removed\n(dry run: nothing was done)\n");
}

TEST(CliTest, ShowsTheAuditOfAModel) {
  OneAnswerServer server(HttpText(200, R"({"entries":[{"action":"switch","result":"ok"}]})"));
  const Ran ran = Huidu(
      {"audit", "--since", "2026-11-22T03:00:00+08:00", "--model", "ocr", "--limit", "7", "--admin", server.url()});
  EXPECT_EQ(ran.code, kDone);
  EXPECT_THAT(ran.out, HasSubstr("switch"));
  EXPECT_THAT(server.request(),
              HasSubstr("GET /admin/v1/audit?limit=7&since=2026-11-22T03%3A00%3A00%2B08%3A00&model=ocr "));
}

TEST(CliTest, ListsSamplesByTheFilter) {
  OneAnswerServer server(HttpText(200, R"({"samples":[{"id":"0123456789abcdef0123","reasons":["FAILED","SLOW"],)"
                                       R"("version":"v2","milliseconds":21.5,"bytes":2048,"error":"broken"}]})"));
  const Ran ran = Huidu(
      {"samples", "list", "o cr", "--admin", server.url(), "--reason", "FAILED", "--since", "1h", "--limit", "5"});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("FAILED SLOW"));
  EXPECT_THAT(ran.out, HasSubstr("broken"));
  EXPECT_THAT(server.request(), HasSubstr("GET /admin/v1/models/o%20cr/samples?limit=5&reason=FAILED&since=1h "));
}

TEST(CliTest, DeletesASampleWithItsReason) {
  OneAnswerServer server(HttpText(200, R"({"deleted":"0123456789abcdef0123"})"));
  const Ran ran =
      Huidu({"samples", "delete", "0123456789abcdef0123", "--admin", server.url(), "--reason", "asked for"});
  EXPECT_EQ(ran.code, kDone) << ran.err;
  EXPECT_THAT(server.request(), HasSubstr("DELETE /admin/v1/samples/0123456789abcdef0123 "));
  EXPECT_THAT(server.request(), HasSubstr(R"({"reason":"asked for"})"));
}

TEST(CliTest, EndsWith1WhenTheAnswerIsNotHuidus) {
  OneAnswerServer server(HttpText(200, "<html>"));
  const Ran ran = Huidu({"audit", "--admin", server.url()});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("is it Huidu's admin port?"));
}

TEST(CliTest, InspectEndsWith1AndTheReasonForAnEmptyFolder) {
  const Ran ran = Huidu({"inspect", "/proc/self/task/nothing", "--json"});
  EXPECT_EQ(ran.code, kFailed);
  EXPECT_THAT(ran.err, HasSubstr("/proc/self/task/nothing"));
  EXPECT_EQ(ran.out, "");
}

}  // namespace
}  // namespace huidu::cli
