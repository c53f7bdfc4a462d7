// What must hold for every policy and every trace: thousands of random ones, the same on each run.

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rollout/engine_fixture.h"
#include "rollout/policy_json.h"
#include "rollout/state_json.h"
#include "rollout/testing/traffic.h"
#include "rollout/validate.h"

namespace huidu::rollout {
namespace {

constexpr int kCases = 4000;
constexpr int kMaxSteps = 4000;  // far more than any of these rollouts may take

Span Seconds(uint64_t seconds) { return std::chrono::seconds(seconds); }

Stage RandomStage(Traffic& random, size_t index, uint32_t& share) {
  Stage stage;
  stage.name = "s" + std::to_string(index);
  stage.kind = share > 0 ? StageKind::kShare : static_cast<StageKind>(random.Below(3));
  if (stage.kind == StageKind::kShare) {
    share = std::min<uint32_t>(kWhole, share + 1 + static_cast<uint32_t>(random.Below(4000)));
    stage.share = share;
  }
  if (stage.kind == StageKind::kShadow || (stage.kind == StageKind::kShare && random.Chance(0.2))) {
    stage.shadow_share = 1 + static_cast<uint32_t>(random.Below(kWhole));
  }
  stage.min_duration = Seconds(random.Below(30));
  stage.min_requests = random.Below(100);
  stage.max_duration = stage.min_duration + Seconds(20 + random.Below(100));
  stage.wait_for_approval = random.Chance(0.1);
  if (random.Chance(0.2)) stage.gates = {"gate"};
  return stage;
}

Policy RandomPolicy(Traffic& random) {
  Policy policy;
  policy.candidate = "v2";
  policy.bake_time = Seconds(random.Below(60));
  policy.max_pause = Seconds(10 + random.Below(100));
  policy.memory_warm_up = Seconds(random.Below(20));
  if (random.Chance(0.2)) policy.start_gates = {"gate"};
  uint32_t share = 0;
  const size_t stages = 1 + random.Below(5);
  for (size_t i = 0; i < stages; ++i) policy.stages.push_back(RandomStage(random, i, share));
  for (const Rule& rule : DefaultRules()) {
    if (!random.Chance(0.5)) continue;
    policy.rules.push_back(rule);
    policy.rules.back().min_samples = random.Below(60);
    policy.rules.back().required = random.Chance(0.3);
  }
  return policy;
}

// A trace with everything in it that may happen to an engine; most candidates are good, so that rollouts come far.
class RandomTrace {
 public:
  explicit RandomTrace(uint64_t seed) : random_(seed) {
    stable_ = {.error_rate = 0.001, .latency = LogNormal(20, 60), .label_share = 0.3, .accuracy = 0.95};
    candidate_ = stable_;
    if (random_.Chance(0.2)) candidate_.error_rate = random_.Uniform();
    if (random_.Chance(0.1)) candidate_.latency = LogNormal(300, 900);
    leaks_ = random_.Chance(0.1);
    silent_ = random_.Chance(0.15);
    has_people_ = random_.Chance(0.5);  // else nothing but the engine ends a rollout
  }

  Input Next(Time now) {
    Input input;
    input.now = now;
    input.stable = random_.Chance(0.9) ? Draw(stable_, 50) : health::Period{};
    input.candidate = silent_ ? health::Period{} : random_.Chance(0.9) ? Draw(candidate_, 10) : health::Period{};
    if (leaks_) input.candidate.memory_mb = memory_ += 5;
    if (random_.Chance(0.0005)) input.candidate.worker_deaths = 1;
    if (random_.Chance(0.01)) input.candidate.server_errors = 1'000'000;  // cannot be
    if (random_.Chance(0.3)) input.gates["gate"] = random_.Chance(0.05) ? GateState::kFailed : GateState::kPassed;
    if (has_people_ && random_.Chance(0.01))
      input.commands.push_back({static_cast<CommandKind>(random_.Below(6)), "alice", "why"});
    return input;
  }
  // Mostly a second, now and then less, a gap, or back in time.
  Span Length() {
    if (random_.Chance(0.9)) return Span(1000);
    return random_.Chance(0.7) ? Span(random_.Below(1000)) : random_.Chance(0.5) ? Seconds(3600) : -Seconds(60);
  }
  bool Restarts() { return random_.Chance(0.02); }

 private:
  health::Period Draw(const Behaviour& behaviour, uint64_t most) {
    return random_.Draw(behaviour, random_.Below(most));
  }

  Traffic random_;
  Behaviour stable_, candidate_;
  bool leaks_ = false, silent_ = false, has_people_ = false;
  double memory_ = 100;
};

// Whether people promoted: then rules and data do not matter.
bool ByPerson(const Decision& decision) {
  for (const Event& event : decision.events) {
    if (event.kind == EventKind::kPromoted) return event.actor != "huidu";
  }
  return false;
}

bool Has(const Decision& decision, EventKind kind) {
  return std::any_of(decision.events.begin(), decision.events.end(), [&](const Event& e) { return e.kind == kind; });
}

void ExpectRouteWithinStage(const Policy& policy, const Decision& decision) {
  const Route& route = decision.route;
  if (route.promoted) {
    EXPECT_TRUE(decision.phase == Phase::kBaking || decision.phase == Phase::kFinished);
    return;
  }
  if (decision.stage.empty()) {
    EXPECT_EQ(route, Route{});
    return;
  }
  const auto stage = std::find_if(policy.stages.begin(), policy.stages.end(),
                                  [&](const Stage& s) { return s.name == decision.stage; });
  ASSERT_NE(stage, policy.stages.end());
  EXPECT_LE(route.share, stage->share);
  EXPECT_LE(route.shadow_share, stage->shadow_share);
}

// What a stage that has just ended by itself had to have.
void ExpectEarned(const Policy& policy, const Stage& stage, uint64_t requests, const Decision& decision) {
  if (stage.kind == StageKind::kInternal) return;
  EXPECT_GE(requests, std::max<uint64_t>(1, stage.min_requests)) << stage.name;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    if (!policy.rules[i].required || policy.rules[i].test == rollout::Test::kSequential) continue;
    EXPECT_EQ(decision.rules[i].verdict, Verdict::kGood) << policy.rules[i].name;
  }
}

struct Ran {
  std::string decisions;  // all of them, as text
  Phase phase = Phase::kWaiting;
};

// Runs one case and checks each step. With `restarts` the state goes through text now and then.
Ran RunCase(uint64_t seed, bool restarts, bool record) {
  Traffic random(seed);
  const Policy policy = RandomPolicy(random);
  Ran ran;
  if (!Validate(policy).ok()) return ran;
  RandomTrace trace(seed + 1);
  Time now{};
  State state = Start(policy, now);
  std::string stage;
  uint64_t requests = 0;
  for (int step = 0; step < kMaxSteps && !Ended(state.phase); ++step) {
    now += trace.Length();
    const Input input = trace.Next(now);
    const bool running = state.phase == Phase::kRunning;
    const Decision decision = Step(policy, input, state);
    if (running && input.candidate.Plausible()) requests += input.candidate.requests;
    ExpectRouteWithinStage(policy, decision);
    const bool ended_well = Has(decision, EventKind::kStageBegan) || Has(decision, EventKind::kPromoted);
    if (ended_well && !stage.empty() && !ByPerson(decision)) {
      ExpectEarned(policy, policy.stages[std::stoul(stage.substr(1))], requests, decision);
    }
    if (decision.stage != stage) requests = 0;
    stage = decision.stage;
    if (record) ran.decisions += ToJson(decision).dump() + "\n";
    if (trace.Restarts() && restarts) {
      auto back = StateFromJson(policy, nlohmann::json::parse(ToJson(state).dump()));
      if (!back.ok()) {
        ADD_FAILURE() << back.status();
        return ran;
      }
      state = *std::move(back);
    }
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "seed " << seed << ", step " << step << ": " << ToJson(decision).dump(1);
      return ran;
    }
  }
  ran.phase = state.phase;
  return ran;
}

TEST(EnginePropertyTest, NeverSendsTooMuchNeverPromotesOnMissingDataAndAlwaysEnds) {
  std::map<Phase, int> ends;
  for (uint64_t seed = 1; seed <= kCases && !HasFailure(); ++seed) {
    const Ran ran = RunCase(seed * 7919, false, false);
    ++ends[ran.phase];
    EXPECT_TRUE(ran.phase == Phase::kWaiting || Ended(ran.phase)) << "seed " << seed;
  }
  // The cases must reach every end, or they prove little. kWaiting: the random policy was refused.
  EXPECT_LT(ends[Phase::kWaiting], kCases / 2);
  for (const Phase end : {Phase::kFinished, Phase::kRolledBack, Phase::kAborted}) {
    EXPECT_GT(ends[end], kCases / 50) << Name(end);
  }
}

TEST(EnginePropertyTest, DecidesTheSameWhereverItIsRestarted) {
  for (uint64_t seed = 1; seed <= 300 && !HasFailure(); ++seed) {
    const Ran through = RunCase(seed * 104'729, false, true), restarted = RunCase(seed * 104'729, true, true);
    ASSERT_EQ(through.phase, restarted.phase) << seed;
    ASSERT_TRUE(through.decisions == restarted.decisions) << seed;
  }
}

TEST(EnginePropertyTest, AnyPolicyComesBackFromItsJson) {
  for (uint64_t seed = 1; seed <= 1000; ++seed) {
    Traffic random(seed);
    const Policy policy = RandomPolicy(random);
    if (!Validate(policy).ok()) continue;
    const auto back = PolicyFromJson(nlohmann::json::parse(ToJson(policy).dump()));
    ASSERT_TRUE(back.ok()) << back.status();
    ASSERT_EQ(ToJson(*back), ToJson(policy));
  }
}

}  // namespace
}  // namespace huidu::rollout
