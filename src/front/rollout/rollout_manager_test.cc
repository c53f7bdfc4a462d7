#include "front/rollout/rollout_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Requester kAlice{"operator:alice", "because"};

// Versions without processes: what is live, and what was ordered of them.
class FakeVersions : public RolloutVersions {
 public:
  FakeVersions() {
    config.name = "m";
    for (const char* id : {"v1", "v2"}) Add(id);
  }
  void Add(const std::string& id, VersionState state = VersionState::kReady) {
    loaded[id] = {
        id, "/models/" + id, "hash-of-" + id, state, std::make_shared<Servable>("m", id, engine::Signature{}, nullptr),
        {}};
  }

  std::vector<ModelInfo> Models() const override { return {*Find("m")}; }
  std::optional<ModelInfo> Find(const std::string& model) const override {
    if (model != "m") return std::nullopt;
    return ModelInfo{.name = "m", .live = traffic.live, .previous = previous, .versions = {}};
  }
  const config::ModelConfig* Config(const std::string& model) const override {
    return model == "m" ? &config : nullptr;
  }
  std::string LiveVersion(const std::string& model) const override { return model == "m" ? traffic.live : ""; }
  std::optional<Found> FindVersion(const std::string& model, const std::string& version) const override {
    const auto found = loaded.find(version);
    if (model != "m" || found == loaded.end()) return std::nullopt;
    return found->second;
  }
  absl::Status SetTraffic(const std::string&, VersionManager::Traffic wanted) override {
    ++orders;
    if (!refusal.ok()) return refusal;
    traffic = std::move(wanted);
    return absl::OkStatus();
  }
  awaitable<absl::Status> Load(std::string, std::string version, std::string, Requester) override {
    Add(version);
    co_return absl::OkStatus();
  }
  awaitable<absl::Status> SwitchTo(std::string, std::string version, Requester) override {
    traffic.live = version;
    co_return absl::OkStatus();
  }

  // The candidate's share in slots; 0 without one.
  uint32_t Share() const { return traffic.split && !traffic.split->parts.empty() ? traffic.split->parts[0].share : 0; }

  config::ModelConfig config;
  std::map<std::string, Found> loaded;
  VersionManager::Traffic traffic{.live = "v1", .split = std::nullopt, .pinned = {}};
  std::string previous;
  absl::Status refusal;
  int orders = 0;
};

class FakeLog : public ChangeLog {
 public:
  absl::Status Record(const Change& change) override {
    changes.push_back(change);
    return absl::OkStatus();
  }
  std::vector<std::string> Actions() const {
    std::vector<std::string> actions;
    for (const Change& change : changes) actions.push_back(change.action);
    return actions;
  }
  const Change* Find(const std::string& action) const {
    const auto found =
        std::find_if(changes.begin(), changes.end(), [&](const Change& c) { return c.action == action; });
    return found == changes.end() ? nullptr : &*found;
  }
  std::vector<Change> changes;
};

// One share that lasts until somebody ends it.
json Policy(json more = json::object()) {
  json policy = {{"candidate", "v2"},
                 {"sampling_period", "100ms"},
                 {"bake_time", "0s"},
                 {"stages", {{{"share_percent", 20}, {"min_duration", "1h"}}}}};
  policy.update(more);
  return policy;
}

class RolloutManagerTest : public ::testing::Test {
 protected:
  RolloutManagerTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_rollouts_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    Open();
  }
  ~RolloutManagerTest() override {
    Close();
    std::filesystem::remove_all(folder_);
  }

  // As a process begins and ends.
  void Open() {
    store_ = std::make_unique<state::Store>(folder_ + "/state.db");
    quarantine_ = std::make_unique<Quarantine>(*store_);
    quarantine_->Restore();
    RolloutManager::Options options;
    options.gates = {"load"};
    options.calendar = [this] { return now_; };
    options.on_event = [this](const json& event) { told_.push_back(event["event"]); };
    options.ask_gate = [this](const std::string& gate, const json&, auto answer) {
      asked_.push_back(gate);
      answer_ = std::move(answer);
    };
    options.compare = [this](const std::string&, const CompareOptions& how) { compare_ = how; };
    options.golden = [this](const config::ModelConfig&, std::vector<std::shared_ptr<Servable>> versions) {
      golden_ = versions.size();
    };
    options.rewrite = [this](const std::string&, const std::string& from, const std::string& to) {
      rewritten_ = StrCat(from, " to ", to);
      return absl::OkStatus();
    };
    manager_ = std::make_unique<RolloutManager>(control_, versions_, *store_, *quarantine_, log_, std::move(options));
    boost::asio::co_spawn(control_, manager_->Restore(), boost::asio::detached);
    RunUntil([&] { return true; });
    manager_->Begin();
  }
  void Close() {
    if (manager_ == nullptr) return;
    manager_->Stop();
    control_.restart();
    control_.run();  // until no coroutine is left
    manager_.reset();
    quarantine_.reset();
    store_.reset();
  }

  template <typename Condition>
  void RunUntil(Condition condition) {
    control_.restart();
    do {
      control_.poll();
      if (condition()) return;
    } while (control_.run_one() > 0);
    FAIL() << "nothing is left to happen";
  }

  absl::Status Start(const json& policy) { return manager_->Start("m", policy, kAlice); }
  json Described() const { return (*manager_->Describe("m"))["rollout"]; }
  std::string Phase() const { return Described()["phase"]; }
  std::string Why() const { return Described()["outcome"]["text"]; }
  HealthCounters& HealthOf(const std::string& id) { return versions_.loaded[id].servable->health(); }
  void Fail(int requests) {
    for (int i = 0; i < requests; ++i) versions_.loaded["v2"].servable->CountFailure(front::Outcome::kServerError);
  }

  std::string folder_;
  boost::asio::io_context control_{1};
  FakeVersions versions_;
  FakeLog log_;
  std::unique_ptr<state::Store> store_;
  std::unique_ptr<Quarantine> quarantine_;
  std::vector<std::string> told_, asked_;
  std::function<void(RolloutManager::GateAnswer, std::string)> answer_;
  health::Time now_{std::chrono::milliseconds(1'795'000'000'000)};
  CompareOptions compare_;
  size_t golden_ = 0;
  std::string rewritten_;
  std::unique_ptr<RolloutManager> manager_;
};

TEST_F(RolloutManagerTest, AStartDividesTheTraffic) {
  ASSERT_TRUE(Start(Policy({{"shadow_compare", {{"how", "exact"}}}})).ok());
  EXPECT_EQ(versions_.traffic.live, "v1");
  EXPECT_EQ(versions_.Share(), 2000);
  EXPECT_EQ(versions_.traffic.split->fallback, "v1");
  EXPECT_THAT(versions_.traffic.pinned, ElementsAre("v1", "v2"));
  EXPECT_THAT(log_.Actions(), ElementsAre("rollout-start", "rollout-started", "rollout-stage_began"));
  EXPECT_EQ(log_.changes[0].actor, "operator:alice");
  EXPECT_EQ(log_.changes[0].reason, "because");
  EXPECT_THAT(told_, ElementsAre("started", "stage_began"));
  EXPECT_EQ(compare_.kind, CompareKind::kExact);
  EXPECT_EQ(golden_, 2);
}

json CheckOf(const std::string& hash, bool passed = true) {
  return {{"content_hash", hash},
          {"labelled", 72},
          {"passed", passed},
          {"time", "2026-11-18T11:00:00Z"},  // the tests' clock begins less than an hour later
          {"dataset", {{"name", "pages"}, {"sha256", std::string(64, 'd')}}}};
}

TEST_F(RolloutManagerTest, ARequiredCheckAdmitsTheCandidate) {
  const std::string hash(64, 'c');
  versions_.loaded["v2"].content_hash = hash;
  const json policy = Policy({{"require_check", true}});
  const absl::Status refused = Start(policy);
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_THAT(std::string(Text(refused)), HasSubstr("none is recorded for content hash ccc"));
  EXPECT_THAT(std::string(Text(refused)),
              HasSubstr("`huidu check --model m --candidate v2 --baseline live --dataset DATASET --record`"));
  EXPECT_EQ(versions_.orders, 0);
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash), kAlice).ok());
  const ChangeLog::Change* recorded = log_.Find("check-record");
  ASSERT_NE(recorded, nullptr);
  EXPECT_EQ(recorded->actor, "operator:alice");
  EXPECT_EQ(recorded->after, StrCat("passed on data set 'pages': content ", hash));
  Close();
  Open();
  ASSERT_TRUE(Start(policy).ok()) << Start(policy);
  EXPECT_EQ(Described()["check"]["recorded_by"], "operator:alice");
  EXPECT_EQ((*manager_->ListChecks("m"))["checks"].size(), 1u);
  Close();
  Open();
  EXPECT_EQ(Described()["check"]["dataset"]["name"], "pages") << "it is kept with the rollout";
}

TEST_F(RolloutManagerTest, AStageWaitsForACheckOfTheCandidatesContent) {
  const std::string hash(64, 'c');
  versions_.loaded["v2"].content_hash = hash;
  const json staff = {{"name", "staff"}, {"kind", "internal"}, {"require_check", {{"dataset", "pages"}}}};
  ASSERT_TRUE(Start(Policy({{"stages", {staff, {{"share_percent", 20}, {"min_duration", "1h"}}}}})).ok());
  const auto waits_for = [&] { return Described()["waiting_for"].dump(); };
  RunUntil([&] { return waits_for().find("none is recorded for content hash ccc") != std::string::npos; });
  EXPECT_THAT(waits_for(), HasSubstr("Run `huidu check --model m --candidate v2 --baseline live"));
  EXPECT_TRUE(Described()["check"].is_null());
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(std::string(64, 'e')), kAlice).ok());
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash, false), kAlice).ok());
  RunUntil([&] { return waits_for().find("did not pass") != std::string::npos; });
  EXPECT_EQ(Described()["stage"], "staff");
  Close();
  Open();
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash), kAlice).ok());
  RunUntil([&] { return Described()["stage"] == "20 %"; });
  EXPECT_EQ(Described()["check"]["dataset"]["name"], "pages");
  EXPECT_EQ(versions_.Share(), 2000u);
}

TEST_F(RolloutManagerTest, AFailedOrOldCheckAdmitsNobody) {
  const std::string hash(64, 'c');
  versions_.loaded["v2"].content_hash = hash;
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash), kAlice).ok());
  now_ += std::chrono::hours(24 * 8);
  EXPECT_THAT(std::string(Text(Start(Policy({{"require_check", true}})))), HasSubstr("old; max_age is 7 d"));
  json failed = CheckOf(hash, false);
  failed["time"] = "2026-11-20T11:00:00Z";
  ASSERT_TRUE(manager_->RecordCheck("m", failed, kAlice).ok());
  EXPECT_THAT(std::string(Text(Start(Policy({{"require_check", true}})))), HasSubstr("did not pass"));
  EXPECT_TRUE(Start(Policy()).ok()) << "nobody else needs one";
}

TEST_F(RolloutManagerTest, ARecordedCheckStartsTheConfiguredRolloutThatWaitsForIt) {
  const std::string hash(64, 'c');
  versions_.loaded["v2"].content_hash = hash;
  versions_.config.rollout_json = Policy({{"require_check", {{"dataset", "pages"}}}}).dump();
  manager_->FollowConfiguration();
  ASSERT_NE(log_.Find("rollout-start"), nullptr);
  EXPECT_THAT(log_.Find("rollout-start")->result, HasSubstr("none is recorded"));
  EXPECT_EQ(versions_.Share(), 0u);
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash, false), kAlice).ok());
  EXPECT_EQ(versions_.Share(), 0u);
  ASSERT_TRUE(manager_->RecordCheck("m", CheckOf(hash), kAlice).ok());
  EXPECT_EQ(versions_.Share(), 2000u);
  EXPECT_EQ(Described()["started_by"], "config");
}

TEST_F(RolloutManagerTest, BadChecksAreRefusedAndInTheAudit) {
  EXPECT_TRUE(absl::IsNotFound(manager_->RecordCheck("x", CheckOf(std::string(64, 'c')), kAlice)));
  EXPECT_TRUE(absl::IsNotFound(manager_->ListChecks("x").status()));
  json future = CheckOf(std::string(64, 'c'));
  future["time"] = "2036-01-01T00:00:00Z";
  EXPECT_TRUE(absl::IsInvalidArgument(manager_->RecordCheck("m", future, kAlice)));
  EXPECT_THAT(log_.Find("check-record")->result, HasSubstr("is in the future"));
  EXPECT_TRUE(absl::IsInvalidArgument(manager_->RecordCheck("m", json::object(), kAlice)));
}

TEST_F(RolloutManagerTest, WithoutRetriesThereIsNoFallback) {
  ASSERT_TRUE(Start(Policy({{"retry_on_stable", false}})).ok());
  EXPECT_EQ(versions_.traffic.split->fallback, "");
}

struct BadStart {
  const char* name;
  std::function<void(FakeVersions&)> prepare;
  json change;
  absl::StatusCode code;
  const char* said;
};

TEST_F(RolloutManagerTest, RefusesWhatCannotWorkAndChangesNothing) {
  using enum absl::StatusCode;
  const auto nothing = [](FakeVersions&) {};
  quarantine_->Add({.model = "m", .content_hash = "hash-of-v5", .version = "v4", .reason = "slow"});
  const json stage = {{"share_percent", 5}, {"min_duration", "1m"}};
  for (const BadStart& bad : std::vector<BadStart>{
           {"not loaded",
            nothing,
            {{"candidate", "v9"}},
            kFailedPrecondition,
            "candidate v9 of model 'm' is not loaded"},
           {"loading",
            [](FakeVersions& v) { v.Add("v3", VersionState::kLoading); },
            {{"candidate", "v3"}},
            kFailedPrecondition,
            "is LOADING"},
           {"live", nothing, {{"candidate", "v1"}}, kFailedPrecondition, "live version already"},
           {"quarantined under another name",
            [](FakeVersions& v) { v.Add("v5"); },
            {{"candidate", "v5"}},
            kFailedPrecondition,
            "quarantined: as version v4"},
           {"unknown gate", nothing, {{"start_gates", {"nobody"}}}, kInvalidArgument, "gate 'nobody'"},
           {"unknown gate of a stage",
            nothing,
            {{"stages", {stage, {{"share_percent", 9}, {"gates", {"x"}}}}}},
            kInvalidArgument,
            "gate 'x'"},
           {"over 100 %",
            nothing,
            {{"stages", {{{"share_percent", 101}, {"min_duration", "1m"}}}}},
            kInvalidArgument,
            "share"},
           {"never ends",
            nothing,
            {{"stages", {{{"share_percent", 5}, {"min_duration", "2h"}, {"max_duration", "1h"}}}}},
            kInvalidArgument,
            "could never pass"},
           {"waits for nothing",
            nothing,
            {{"stages", {{{"share_percent", 5}}}}},
            kInvalidArgument,
            "waits for nothing"},
           {"no candidate", nothing, {{"candidate", nullptr}}, kInvalidArgument, "candidate: missing"},
           {"unknown metric",
            nothing,
            {{"rules", {{{"name", "r"}, {"metric", "beauty"}, {"limit", 1}}}}},
            kInvalidArgument,
            "unknown metric 'beauty'"},
           {"unknown field", nothing, {{"stagess", 1}}, kInvalidArgument, "stagess"},
           {"unknown comparison",
            nothing,
            {{"shadow_compare", {{"how", "by eye"}}}},
            kInvalidArgument,
            "shadow_compare"},
           {"hedge alone", nothing, {{"hedge", true}, {"retry_on_stable", false}}, kInvalidArgument, "hedge"}}) {
    bad.prepare(versions_);
    const absl::Status status = Start(Policy(bad.change));
    EXPECT_EQ(status.code(), bad.code) << bad.name << ": " << status;
    EXPECT_THAT(std::string(Text(status)), HasSubstr(bad.said)) << bad.name;
    EXPECT_EQ(log_.changes.back().action, "rollout-start") << bad.name;
    EXPECT_EQ(log_.changes.back().result, Text(status)) << bad.name;
  }
  EXPECT_EQ(manager_->Start("other", Policy(), kAlice).code(), kNotFound);
  EXPECT_EQ(manager_->Start("m", json::array(), kAlice).code(), kInvalidArgument);
  EXPECT_EQ(versions_.orders, 0);
  EXPECT_TRUE(Described().is_null());
}

TEST_F(RolloutManagerTest, OneRolloutOfAModelAtATimeAndItHoldsItsVersions) {
  versions_.Add("v3");
  ASSERT_TRUE(Start(Policy()).ok());
  const absl::Status second = Start(Policy({{"candidate", "v3"}}));
  EXPECT_TRUE(absl::IsAlreadyExists(second)) << second;
  EXPECT_THAT(std::string(Text(second)),
              HasSubstr("a rollout of v2 to model 'm' is running, started by operator:alice"));
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->MayChange("m", "v2")));
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->MayChange("m", "")));
  EXPECT_TRUE(manager_->MayChange("m", "v3").ok());
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kAbort, kAlice).ok());
  EXPECT_TRUE(manager_->MayChange("m", "v2").ok());
  EXPECT_TRUE(Start(Policy({{"candidate", "v3"}})).ok());
}

TEST_F(RolloutManagerTest, ACandidateThatFailsIsTakenOutAtOnceAndStaysOut) {
  ASSERT_TRUE(Start(Policy({{"sampling_period", "2s"}})).ok());
  Fail(20);
  RunUntil([&] { return Phase() == "rolled_back"; });
  EXPECT_EQ(versions_.traffic.live, "v1");
  EXPECT_FALSE(versions_.traffic.split.has_value());
  EXPECT_THAT(versions_.traffic.pinned, ElementsAre("v2"));
  EXPECT_EQ(told_.back(), "rolled_back");
  EXPECT_EQ(golden_, 0);
  RunUntil([&] { return log_.Find("rescue") != nullptr; });
  ASSERT_NE(log_.Find("rollout-rolled_back"), nullptr);
  const ChangeLog::Change& taken = *log_.Find("rollout-rolled_back");
  EXPECT_EQ(taken.actor, "huidu");
  EXPECT_THAT(taken.reason, HasSubstr("outright_failure"));
  EXPECT_THAT(taken.result, HasSubstr("ms after its first failure"));
  EXPECT_EQ(manager_->Figures()[0].rollbacks.at("outright_failure"), 1);

  EXPECT_THAT(std::string(Text(Start(Policy()))), HasSubstr("quarantined"));
  Close();
  Open();
  EXPECT_THAT(std::string(Text(Start(Policy()))), HasSubstr("quarantined"));
  EXPECT_TRUE(absl::IsNotFound(manager_->Clear("m", "v9", kAlice)));
  EXPECT_TRUE(manager_->Clear("m", "v2", kAlice).ok());
  EXPECT_TRUE(Start(Policy()).ok());
}

TEST_F(RolloutManagerTest, OrdersThatDoNotFitSayWhatHappened) {
  using enum rollout::CommandKind;
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->Order("m", kPause, kAlice)));
  ASSERT_TRUE(Start(Policy()).ok());
  EXPECT_TRUE(manager_->Order("m", kPause, kAlice).ok());
  EXPECT_EQ(Phase(), "paused");
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->Order("m", kPause, kAlice)));
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->Order("m", kApprove, kAlice)));
  EXPECT_TRUE(manager_->Order("m", kResume, kAlice).ok());
  EXPECT_TRUE(manager_->Order("m", kPromote, kAlice).ok());
  EXPECT_EQ(Phase(), "finished");
  EXPECT_EQ(versions_.traffic.live, "v2");
  const absl::Status late = manager_->Order("m", kAbort, kAlice);
  EXPECT_THAT(std::string(Text(late)), HasSubstr("has ended: finished"));
}

// Two people approve what both see; the second one must not let the next stage end too.
TEST_F(RolloutManagerTest, OfTwoApprovalsOfOneStageTheSecondIsTold) {
  const json staff = {{"name", "staff"}, {"kind", "internal"}, {"wait_for_approval", true}};
  const json half = {{"name", "half"}, {"share_percent", 50}, {"wait_for_approval", true}};
  ASSERT_TRUE(Start(Policy({{"stages", {staff, half}}})).ok());
  ASSERT_EQ(Described()["approval_wanted"], true);
  ASSERT_TRUE(manager_->Approve("m", "staff", kAlice).ok());
  EXPECT_EQ(Described()["stage"], "half");
  const absl::Status second = manager_->Approve("m", "staff", {"operator:bob", "looks good"});
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(Text(second), HasSubstr("the rollout is in stage 'half', not in 'staff'"));
  EXPECT_EQ(log_.changes.back().action, "rollout-refused");
  EXPECT_EQ(log_.changes.back().actor, "operator:bob");
  ASSERT_TRUE(manager_->Approve("m", std::nullopt, kAlice).ok());
  EXPECT_THAT(Text(manager_->Approve("m", "half", kAlice)), HasSubstr("stage 'half' is approved already"));
  EXPECT_EQ(Described()["stage"], "half") << "it still awaits a request";
}

TEST_F(RolloutManagerTest, APromotionRewritesTheConfigurationOnlyWhereThatIsWanted) {
  versions_.config.base_path = "/models/v1";
  ASSERT_TRUE(Start(Policy()).ok());
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kPromote, kAlice).ok());
  EXPECT_EQ(rewritten_, "");
  versions_.config.base_path = "/models/v2";
  versions_.config.rewrite_base_path = true;
  ASSERT_TRUE(Start(Policy({{"candidate", "v1"}})).ok());
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kPromote, kAlice).ok());
  EXPECT_EQ(rewritten_, "/models/v2 to /models/v1");
}

TEST_F(RolloutManagerTest, ARollbackWithoutARolloutGoesToTheVersionBefore) {
  EXPECT_TRUE(absl::IsNotFound(manager_->RollBack("other", kAlice)));
  EXPECT_TRUE(absl::IsFailedPrecondition(manager_->RollBack("m", kAlice)));
  versions_.previous = "v2";
  EXPECT_TRUE(manager_->RollBack("m", kAlice).ok());
  EXPECT_EQ(versions_.traffic.live, "v2");
  EXPECT_EQ(log_.changes.back().action, "rollback");
  EXPECT_THAT(log_.changes.back().result, HasSubstr("ok in "));
}

// Two people see the same alarm: the second one must not leave the version that the first one went back to.
TEST_F(RolloutManagerTest, ASecondRollbackOfTheSameAlarmChangesNothing) {
  versions_.previous = "v0";
  ASSERT_TRUE(Start(Policy({{"candidate", "v2"}})).ok());
  ASSERT_TRUE(manager_->RollBack("m", kAlice).ok());
  const std::string live = versions_.traffic.live;
  const absl::Status second = manager_->RollBack("m", kAlice);
  EXPECT_TRUE(absl::IsFailedPrecondition(second)) << second;
  EXPECT_THAT(Text(second), HasSubstr("was rolled back 0 s ago"));
  EXPECT_EQ(versions_.traffic.live, live);
}

TEST_F(RolloutManagerTest, WhatOthersDoToTheVersionsEndsIt) {
  ASSERT_TRUE(Start(Policy()).ok());
  versions_.traffic.live = "v3";
  RunUntil([&] { return Phase() == "aborted"; });
  EXPECT_THAT(Why(), HasSubstr("v3 was made live meanwhile"));

  versions_.traffic.live = "v1";
  ASSERT_TRUE(Start(Policy()).ok());
  versions_.loaded["v2"].content_hash = "other files";
  RunUntil([&] { return Phase() == "aborted"; });
  EXPECT_THAT(Why(), HasSubstr("unloaded or replaced"));
  EXPECT_THAT(quarantine_->List("m"), IsEmpty());
}

TEST_F(RolloutManagerTest, TrafficThatCannotBeSetIsSetAtTheNextStep) {
  versions_.refusal = absl::FailedPreconditionError("v1 is RECOVERING");
  ASSERT_TRUE(Start(Policy()).ok());
  EXPECT_EQ(versions_.Share(), 0);
  versions_.refusal = absl::OkStatus();
  RunUntil([&] { return versions_.Share() == 2000; });
}

TEST_F(RolloutManagerTest, GoesOnInAnotherProcessWithTheSameUsers) {
  ASSERT_TRUE(Start(Policy()).ok());
  const std::string salt = versions_.traffic.split->salt;
  Close();
  versions_.traffic = {.live = "v1", .split = std::nullopt, .pinned = {}};
  versions_.loaded.erase("v2");  // it was loaded by API
  Open();
  EXPECT_EQ(Phase(), "running");
  EXPECT_EQ(versions_.Share(), 2000);
  EXPECT_EQ(versions_.traffic.split->salt, salt);
  EXPECT_EQ(golden_, 2);
  Fail(20);
  RunUntil([&] { return Phase() == "rolled_back"; });
}

TEST_F(RolloutManagerTest, AModelWhoseOnlyVersionIsQuarantinedGetsBackWhatWasStable) {
  ASSERT_TRUE(Start(Policy()).ok());
  ASSERT_TRUE(manager_->RollBack("m", kAlice).ok());
  Close();
  versions_.loaded.clear();
  versions_.traffic.live = "";
  Open();
  EXPECT_EQ(versions_.traffic.live, "v1");
}

TEST_F(RolloutManagerTest, TheConfigurationStartsARolloutOnce) {
  versions_.config.rollout_json = Policy().dump();
  manager_->FollowConfiguration();
  EXPECT_EQ(Phase(), "running");
  EXPECT_EQ(log_.changes[0].actor, "config");
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kAbort, kAlice).ok());
  manager_->FollowConfiguration();
  EXPECT_EQ(Phase(), "aborted") << "what was ended is not begun again";
  Close();
  Open();
  EXPECT_EQ(Phase(), "aborted") << "also not by a restart";
  versions_.loaded["v2"].content_hash = "new files";
  manager_->FollowConfiguration();
  EXPECT_EQ(Phase(), "running");
}

TEST_F(RolloutManagerTest, AGateLetsItInOrTakesItOut) {
  ASSERT_TRUE(Start(Policy({{"start_gates", {"load"}}})).ok());
  EXPECT_EQ(Phase(), "waiting");
  EXPECT_THAT(asked_, ElementsAre("load"));
  EXPECT_EQ(versions_.Share(), 0);
  answer_(RolloutManager::GateAnswer::kPending, "not yet");
  answer_(RolloutManager::GateAnswer::kPassed, "200");
  RunUntil([&] { return Phase() == "running"; });
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kAbort, kAlice).ok());

  ASSERT_TRUE(Start(Policy({{"start_gates", {"load"}}})).ok());
  answer_(RolloutManager::GateAnswer::kFailed, "403");
  RunUntil([&] { return Phase() == "rolled_back"; });
  EXPECT_THAT(Why(), HasSubstr("gate 'load' failed"));
  answer_(RolloutManager::GateAnswer::kPassed, "too late");
  Close();
  answer_(RolloutManager::GateAnswer::kPassed, "much too late");
}

TEST_F(RolloutManagerTest, TakesTheBaselineOfBefore) {
  for (int i = 0; i < 200; ++i) HealthOf("v1").AddFeedback(i % 10 != 0);
  ASSERT_TRUE(Start(Policy()).ok());
  EXPECT_EQ(Described()["baseline"]["accuracy"]["value"], 0.9);
  EXPECT_EQ(Described()["baseline"]["accuracy"]["samples"], 200);
  ASSERT_TRUE(manager_->Order("m", rollout::CommandKind::kAbort, kAlice).ok());
  Close();
  Open();
  EXPECT_EQ((*manager_->Describe("m"))["baseline"]["figures"]["accuracy"]["samples"], 200);
  ASSERT_TRUE(Start(Policy()).ok());
  EXPECT_EQ(Described()["baseline"]["accuracy"]["value"], 0.9) << "there was no traffic in this process";
}

TEST_F(RolloutManagerTest, DescribesOnlyModelsOfTheConfiguration) {
  EXPECT_TRUE(absl::IsNotFound(manager_->Describe("other").status()));
  EXPECT_TRUE((*manager_->Describe("m"))["baseline"].is_null());
}

}  // namespace
}  // namespace huidu::front
