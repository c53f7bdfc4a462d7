#include "front/admin/admin_handler.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/strings.h"
#include "front/admin/change_log.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using Json = nlohmann::json;

// Remembers what it was asked for and answers as it was told.
class FakeControl : public VersionControl {
 public:
  awaitable<absl::Status> Load(std::string model, std::string version, std::string path, Requester by) override {
    co_return Note(StrCat("load ", model, " ", version, " ", path), by);
  }
  awaitable<absl::Status> SwitchTo(std::string model, std::string version, Requester by) override {
    co_return Note(StrCat("switch ", model, " ", version), by);
  }
  awaitable<absl::Status> Unload(std::string model, std::string version, Requester by) override {
    co_return Note(StrCat("unload ", model, " ", version), by);
  }
  awaitable<absl::StatusOr<ReloadReport>> Reload(bool dry_run, Requester by) override {
    const absl::Status status = Note(dry_run ? "dry-run" : "reload", by);
    if (!status.ok()) co_return status;
    co_return ReloadReport{{"model 'ocr': base_path: /a -> /b"}};
  }
  std::vector<ModelInfo> Models() const override { return {Ocr()}; }
  std::optional<ModelInfo> Find(const std::string& model) const override {
    return model == "ocr" ? std::optional(Ocr()) : std::nullopt;
  }
  ReloadInfo reload_info() const override { return {.generation = 3}; }

  static ModelInfo Ocr() {
    VersionInfo version;
    version.version = "v2";
    version.state = VersionState::kReady;
    return {.name = "ocr", .live = "v2", .versions = {version}};
  }

  std::vector<std::string> asked;
  absl::Status result = absl::OkStatus();

 private:
  absl::Status Note(std::string what, const Requester& by) {
    asked.push_back(StrCat(what, " by ", by.actor, " because ", by.reason));
    return result;
  }
};

class FakeRollouts : public RolloutControl {
 public:
  absl::Status Start(const std::string& model, const Json& request, Requester by) override {
    return Note(StrCat("start ", model, " ", request.dump()), by);
  }
  absl::Status Order(const std::string& model, rollout::CommandKind kind, Requester by) override {
    return Note(StrCat(std::string(rollout::Name(kind)), " ", model), by);
  }
  absl::Status Approve(const std::string& model, std::optional<std::string> stage, Requester by) override {
    return Note(StrCat("approve ", model, stage ? StrCat(" '", *stage, "'") : ""), by);
  }
  absl::Status RollBack(const std::string& model, Requester by) override { return Note(StrCat("back ", model), by); }
  absl::StatusOr<Json> Describe(const std::string& model) const override {
    if (model != "ocr") return absl::NotFoundError(StrCat("no model '", model, "'"));
    return Json{{"model", model}, {"rollout", nullptr}};
  }
  absl::Status Clear(const std::string& model, const std::string& version, Requester by) override {
    return Note(StrCat("clear ", model, " ", version), by);
  }
  absl::Status RecordCheck(const std::string& model, const Json& document, Requester by) override {
    return Note(StrCat("check ", model, " ", document.dump()), by);
  }
  absl::StatusOr<Json> ListChecks(const std::string& model) const override {
    return Json{{"model", model}, {"checks", Json::array()}};
  }
  std::vector<RolloutFigures> Figures() const override {
    return {{.model = "ocr", .stable = "v1", .candidate = "v2", .active = true, .stage = 2}};
  }
  absl::Status MayChange(const std::string& model, const std::string& version) const override {
    return held == StrCat(model, " ", version) ? absl::FailedPreconditionError("a rollout needs it") : absl::OkStatus();
  }

  std::vector<std::string> asked;
  absl::Status result = absl::OkStatus();
  std::string held;  // "model version"

 private:
  absl::Status Note(std::string what, const Requester& by) {
    asked.push_back(StrCat(what, " by ", by.actor, " because ", by.reason));
    return result;
  }
};

class TextBody : public http::BodyReader {
 public:
  explicit TextBody(std::string text) : text_(std::move(text)) {}
  std::optional<uint64_t> content_length() const override { return text_.size(); }
  awaitable<absl::Status> ReadExactly(std::span<std::byte>) override { co_return absl::UnimplementedError(""); }
  awaitable<absl::StatusOr<std::string>> ReadAll(size_t max) override {
    if (text_.size() > max) co_return http::Error(413, "too large");
    co_return text_;
  }
  awaitable<absl::Status> ExpectEnd() override { co_return absl::OkStatus(); }

 private:
  std::string text_;
};

class AdminHandlerTest : public testing::Test {
 protected:
  AdminHandlerTest() {
    std::string name = testing::TempDir() + "huidu_admin_XXXXXX";
    folder_ = mkdtemp(name.data());
    audit_ = std::make_unique<state::Audit>(folder_ / "audit.db");
    UseTokens(std::nullopt);
  }
  ~AdminHandlerTest() override {
    audit_.reset();
    std::filesystem::remove_all(folder_);
  }

  void UseTokens(std::optional<Tokens> tokens) { MakeHandler(nullptr, std::move(tokens)); }
  void UseRollouts() { MakeHandler(&rollouts_, std::nullopt); }
  void MakeHandler(RolloutControl* rollouts, std::optional<Tokens> tokens) {
    handler_ = std::make_unique<AdminHandler>(control_, rollouts, *audit_, Access(std::move(tokens)),
                                              ServerInfo{.version = "0.1.0"});
  }

  http::Response Call(std::string_view method, const std::string& target, std::string body = "",
                      std::vector<http::HeaderField> headers = {{"X-Huidu-Actor", "alice"}}) {
    http::Request request;
    request.method = method;
    request.target = target;
    const std::string_view view = target;
    const size_t question = std::min(view.find('?'), view.size());
    request.raw_path = view.substr(0, question);
    request.raw_query = view.substr(std::min(question + 1, view.size()));
    request.path = std::string(request.raw_path);
    request.headers = std::move(headers);
    TextBody reader(std::move(body));
    http::Response response;
    boost::asio::io_context io;
    boost::asio::co_spawn(io, handler_->Handle(request, reader), [&](std::exception_ptr error, http::Response made) {
      ASSERT_EQ(error, nullptr);
      response = std::move(made);
    });
    io.run();
    return response;
  }

  static std::string ErrorOf(const http::Response& response) {
    return Json::parse(response.body).value("error", "no error");
  }

  std::filesystem::path folder_;
  FakeControl control_;
  FakeRollouts rollouts_;
  std::unique_ptr<state::Audit> audit_;
  std::unique_ptr<AdminHandler> handler_;
};

TEST_F(AdminHandlerTest, LoadsAVersionUnderTheFoldersNameForTheActor) {
  const auto response = Call("POST", "/admin/v1/models/ocr/versions", R"({"path":"/models/ocr_v2","reason":"better"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(control_.asked, std::vector<std::string>{"load ocr v2 /models/ocr_v2 by alice because better"});
  EXPECT_EQ(Json::parse(response.body)["state"], "READY");
}

TEST_F(AdminHandlerTest, RefusesALoadWithoutAnAbsolutePathOrWithAVersionThatMoves) {
  for (const char* body : {"", "{}", R"({"path":"models/ocr_v2"})", R"({"path":"/m/ocr_latest"})",
                           R"({"path":"/m/ocr_v2","version":"latest"})"}) {
    EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/versions", body).status, 400) << body;
  }
  EXPECT_TRUE(control_.asked.empty());
}

TEST_F(AdminHandlerTest, SwitchesAndUnloadsWithDecodedNames) {
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/switch", R"({"version":"v2"})").status, 200);
  EXPECT_EQ(Call("DELETE", "/admin/v1/models/a%2Fb/versions/v1%2B1").status, 200);
  EXPECT_EQ(control_.asked,
            (std::vector<std::string>{"switch ocr v2 by alice because ", "unload a/b v1+1 by alice because "}));
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/switch", "{}").status, 400);
}

TEST_F(AdminHandlerTest, RecordsAndListsChecks) {
  UseRollouts();
  const auto recorded = Call("POST", "/admin/v1/models/ocr/checks", R"({"passed":true,"reason":"nightly"})");
  EXPECT_EQ(recorded.status, 200) << recorded.body;
  EXPECT_EQ(rollouts_.asked.back(), R"(check ocr {"passed":true} by alice because nightly)");
  EXPECT_EQ(Json::parse(Call("GET", "/admin/v1/models/ocr/checks").body)["checks"], Json::array());
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/checks", "[]").status, 400);
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/checks", R"({"reason":7})").status, 400);
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/checks", std::string(1 << 17, ' ')).status, 413);
}

TEST_F(AdminHandlerTest, ReloadsOrSaysWhatAReloadWouldChange) {
  const Json answer = Json::parse(Call("POST", "/admin/v1/reload", R"({"dry_run":true})").body);
  EXPECT_EQ(answer["dry_run"], true);
  EXPECT_EQ(answer["changes"][0], "model 'ocr': base_path: /a -> /b");
  EXPECT_EQ(answer["generation"], 3);
  EXPECT_EQ(control_.asked.back(), "dry-run by alice because ");
  Call("POST", "/admin/v1/reload");
  EXPECT_EQ(control_.asked.back(), "reload by alice because ");
}

TEST_F(AdminHandlerTest, GivesARefusalsReasonWithItsStatus) {
  const std::pair<absl::Status, int> cases[] = {
      {absl::NotFoundError("no model 'x'"), 404},           {absl::FailedPreconditionError("v2 is live"), 409},
      {absl::AlreadyExistsError("from another path"), 409}, {absl::InvalidArgumentError("cut off"), 400},
      {absl::DeadlineExceededError("load_timeout"), 504},   {absl::UnavailableError("worker died"), 503}};
  for (const auto& [status, expected] : cases) {
    control_.result = status;
    const auto response = Call("DELETE", "/admin/v1/models/ocr/versions/v2");
    EXPECT_EQ(response.status, expected);
    EXPECT_EQ(ErrorOf(response), Text(status));
  }
}

TEST_F(AdminHandlerTest, ShowsModelsStatusAndMetrics) {
  EXPECT_EQ(Json::parse(Call("GET", "/admin/v1/models").body)["models"][0]["name"], "ocr");
  EXPECT_EQ(Json::parse(Call("GET", "/admin/v1/models/ocr").body)["live"], "v2");
  EXPECT_EQ(Call("GET", "/admin/v1/models/x").status, 404);
  EXPECT_EQ(Json::parse(Call("GET", "/admin/v1/status").body)["reload"]["generation"], 3);
  const auto metrics = Call("GET", "/metrics");
  EXPECT_NE(metrics.headers.find("text/plain; version=0.0.4"), std::string::npos);
  EXPECT_NE(metrics.body.find("huidu_config_generation 3\n"), std::string::npos);
  EXPECT_NE(Call("GET", "/").body.find("<!doctype html>"), std::string::npos);
}

TEST_F(AdminHandlerTest, ShowsTheAuditByModelAndLimit) {
  AuditChangeLog log(*audit_);
  ASSERT_TRUE(log.Record({.action = "switch", .model = "ocr", .actor = "bob", .before = "v1", .after = "v2"}).ok());
  ASSERT_TRUE(log.Record({.action = "load", .model = "lac", .actor = "bob"}).ok());
  const Json entries = Json::parse(Call("GET", "/admin/v1/audit?since=1h&model=ocr&limit=5").body)["entries"];
  ASSERT_EQ(entries.size(), 1u);
  EXPECT_EQ(entries[0]["actor"], "bob");
  EXPECT_EQ(entries[0]["after"], "v2");
  EXPECT_EQ(Call("GET", "/admin/v1/audit?since=yesterday").status, 400);
  for (const char* limit : {"0", "-1", "x", "10001"}) {
    EXPECT_EQ(Call("GET", StrCat("/admin/v1/audit?limit=", limit)).status, 400) << limit;
  }
}

TEST_F(AdminHandlerTest, AnswersUnknownPathsAndMethods) {
  EXPECT_EQ(Call("GET", "/admin/v1/nothing").status, 404);
  const auto response = Call("GET", "/admin/v1/models/ocr/switch");
  EXPECT_EQ(response.status, 405);
  EXPECT_NE(response.headers.find("Allow: POST"), std::string::npos);
}

TEST_F(AdminHandlerTest, RefusesABodyThatIsTooLarge) {
  EXPECT_EQ(Call("POST", "/admin/v1/reload", std::string(1 << 20, ' ')).status, 413);
}

TEST_F(AdminHandlerTest, AsksForATokenForEveryCallButHealth) {
  UseTokens(*Tokens::Parse("viewer-token viewer grafana\noperator-token operator alice\n", "tokens"));
  EXPECT_EQ(Call("GET", "/healthz").status, 200);
  for (const AdminRoute& route : AdminRoutes()) {
    if (route.call == AdminCall::kHealth) continue;
    const auto response = Call(route.method, std::string(route.pattern));
    EXPECT_EQ(response.status, 401) << route.pattern;
    EXPECT_NE(response.headers.find("WWW-Authenticate: Bearer"), std::string::npos) << route.pattern;
    const auto viewer = Call(route.method, std::string(route.pattern), "", {{"Authorization", "Bearer viewer-token"}});
    EXPECT_EQ(viewer.status == 403, route.changes) << route.pattern;
  }
  EXPECT_EQ(Call("GET", "/admin/v1/nothing").status, 401);
  EXPECT_TRUE(control_.asked.empty());
  Call("POST", "/admin/v1/reload", "", {{"Authorization", "Bearer operator-token"}});
  EXPECT_EQ(control_.asked, std::vector<std::string>{"reload by operator:alice because "});
}

TEST_F(AdminHandlerTest, RefusesAPageOfAnotherSite) {
  const auto response =
      Call("POST", "/admin/v1/reload", "", {{"Host", "localhost:18082"}, {"Origin", "http://evil.example"}});
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(Call("GET", "/admin/v1/models", "", {{"Host", "evil.example"}}).status, 403);
  EXPECT_TRUE(control_.asked.empty());
}

// ---- Rollouts ----

constexpr char kRollout[] = "/admin/v1/models/ocr/rollout";

TEST_F(AdminHandlerTest, AServerWithoutRolloutsSaysSo) {
  const std::pair<const char*, std::string> calls[] = {{"GET", kRollout},
                                                       {"POST", kRollout},
                                                       {"POST", StrCat(kRollout, "/pause")},
                                                       {"POST", "/admin/v1/models/ocr/rollback"},
                                                       {"DELETE", "/admin/v1/models/ocr/quarantine/v2"}};
  for (const auto& [method, target] : calls) {
    const auto response = Call(method, target, std::string_view(method) == "POST" ? "{}" : "");
    EXPECT_EQ(response.status, 501) << method << " " << target;
    EXPECT_EQ(ErrorOf(response), "this server carries out no rollouts");
  }
}

TEST_F(AdminHandlerTest, StartsARolloutWithTheBodyAsPolicyAndItsReasonApart) {
  UseRollouts();
  const auto response = Call("POST", kRollout, R"({"candidate":"v2","stages":[],"reason":"better"})");
  EXPECT_EQ(response.status, 200) << response.body;
  EXPECT_EQ(rollouts_.asked,
            std::vector<std::string>{R"(start ocr {"candidate":"v2","stages":[]} by alice because better)"});
  EXPECT_EQ(Json::parse(response.body)["model"], "ocr");
}

TEST_F(AdminHandlerTest, RefusesAPolicyThatIsNoObjectOrWhoseReasonIsNoText) {
  UseRollouts();
  for (const char* body : {"", "[]", "{", "3", R"({"candidate":"v2","reason":1})"}) {
    EXPECT_EQ(Call("POST", kRollout, body).status, 400) << body;
  }
  EXPECT_EQ(Call("POST", kRollout, std::string(1 << 20, ' ')).status, 413);
  EXPECT_TRUE(rollouts_.asked.empty());
}

TEST_F(AdminHandlerTest, PassesEveryOrderOn) {
  UseRollouts();
  std::vector<std::string> expected;
  for (const std::string order : {"pause", "resume", "approve", "promote", "abort"}) {
    EXPECT_EQ(Call("POST", StrCat(kRollout, "/", order), R"({"reason":"lunch"})").status, 200) << order;
    expected.push_back(StrCat(order, " ocr by alice because lunch"));
  }
  EXPECT_EQ(Call("POST", "/admin/v1/models/ocr/rollback", R"({"reason":"complaints"})").status, 200);
  EXPECT_EQ(Call("DELETE", "/admin/v1/models/ocr/quarantine/v2%2B1").status, 200);
  expected.insert(expected.end(), {"back ocr by alice because complaints", "clear ocr v2+1 by alice because "});
  EXPECT_EQ(rollouts_.asked, expected);
  const auto unknown = Call("POST", StrCat(kRollout, "/stop"));
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(ErrorOf(unknown).find("pause, resume, approve, promote and abort"), std::string::npos);
  EXPECT_EQ(Call("POST", StrCat(kRollout, "/pause"), R"({"version":"v2"})").status, 400) << "no field of this call";
  EXPECT_EQ(rollouts_.asked, expected);
}

TEST_F(AdminHandlerTest, AnApprovalMayNameItsStage) {
  UseRollouts();
  EXPECT_EQ(Call("POST", StrCat(kRollout, "/approve"), R"({"stage":"20 %","reason":"seen"})").status, 200);
  EXPECT_EQ(Call("POST", StrCat(kRollout, "/approve"), R"({"stage":""})").status, 200) << "names no stage there is";
  EXPECT_EQ(Call("POST", StrCat(kRollout, "/approve"), R"({"stage":2})").status, 400);
  EXPECT_EQ(Call("POST", StrCat(kRollout, "/promote"), R"({"stage":"20 %"})").status, 400);
  EXPECT_EQ(rollouts_.asked,
            (std::vector<std::string>{"approve ocr '20 %' by alice because seen", "approve ocr '' by alice because "}));
}

TEST_F(AdminHandlerTest, TheOperatorWhoComesSecondGetsAConflictWithWhatHappened) {
  UseRollouts();
  const std::pair<absl::Status, int> cases[] = {{absl::AlreadyExistsError("a rollout of v2 is running"), 409},
                                                {absl::FailedPreconditionError("it was aborted by bob"), 409},
                                                {absl::InvalidArgumentError("stages: none"), 400},
                                                {absl::NotFoundError("no model"), 404}};
  for (const auto& [status, expected] : cases) {
    rollouts_.result = status;
    for (const std::string& target :
         {std::string(kRollout), StrCat(kRollout, "/promote"), std::string("/admin/v1/models/ocr/rollback")}) {
      const auto response = Call("POST", target, "{}");
      EXPECT_EQ(response.status, expected) << target;
      EXPECT_EQ(ErrorOf(response), Text(status)) << target;
    }
  }
}

TEST_F(AdminHandlerTest, AVersionThatARolloutNeedsIsNotChangedByHand) {
  UseRollouts();
  rollouts_.held = "ocr v2";
  const auto unload = Call("DELETE", "/admin/v1/models/ocr/versions/v2");
  EXPECT_EQ(unload.status, 409);
  EXPECT_EQ(ErrorOf(unload), "a rollout needs it");
  EXPECT_TRUE(control_.asked.empty());
  EXPECT_EQ(Call("DELETE", "/admin/v1/models/ocr/versions/v3").status, 200);
}

TEST_F(AdminHandlerTest, ShowsARolloutAndItsFigures) {
  UseRollouts();
  EXPECT_EQ(Json::parse(Call("GET", kRollout).body)["model"], "ocr");
  EXPECT_EQ(Call("GET", "/admin/v1/models/x/rollout").status, 404);
  EXPECT_NE(Call("GET", "/metrics").body.find("huidu_rollout_stage"), std::string::npos);
}

}  // namespace
}  // namespace huidu::front
