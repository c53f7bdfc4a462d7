#include "front/golden/golden_runner.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <semaphore>
#include <thread>

#include "base/strings.h"
#include "front/router/payload.h"
#include "front/testing/loopback.h"

namespace huidu::front {
namespace {

using namespace std::chrono_literals;
using testing::IoThread;
using testing::LoopbackVersion;
using testing::ModelFunction;
using testing::Plus;
using testing::PlusSignature;

template <typename Condition>
void WaitUntil(Condition condition) {
  while (!condition()) std::this_thread::sleep_for(1ms);
}

// Reads what Line() writes; the server's reads any KServe request.
absl::StatusOr<std::shared_ptr<Payload>> ReadSample(const Servable& servable, std::string_view text) {
  const nlohmann::json input = nlohmann::json::parse(text)["inputs"][0];
  const std::string name = input["name"];
  const InputDescription x{.name = name, .datatype = "FP32", .shape = {1, 4}, .bytes = 16};
  absl::StatusOr<std::shared_ptr<Payload>> payload = NewPayload(servable, {{x}}, {});
  if (!payload.ok()) return payload;
  const auto values = input["data"].get<std::vector<float>>();
  std::memcpy(InputBytes(servable, **payload, 0).data(), values.data(), 16);
  return payload;
}

// A sample to which 1 is to be added.
std::string Line(int value) {
  const std::string x = StrCat(value, ",", value, ",", value, ",", value);
  return StrCat(R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,4],"data":[)", x, R"(]}],"expected":{"y":[)",
                value + 1, ",", value + 1, ",", value + 1, ",", value + 1, "]}}\n");
}

class GoldenRunnerTest : public ::testing::Test {
 protected:
  GoldenRunnerTest() { Write(Line(1) + Line(2) + Line(3)); }
  ~GoldenRunnerTest() override { std::filesystem::remove(file_); }

  void Write(const std::string& text) {
    std::ofstream(file_ + ".new") << text;
    std::filesystem::rename(file_ + ".new", file_);
  }
  std::unique_ptr<LoopbackVersion> Make(const std::string& id, ModelFunction function,
                                        engine::Signature signature = PlusSignature()) {
    auto version = std::make_unique<LoopbackVersion>(io_, "m", id, std::move(signature), std::move(function), 1 << 20);
    version->AddWorker();
    return version;
  }
  GoldenOrder Order(const LoopbackVersion& candidate, std::chrono::milliseconds interval = 1h) const {
    return {file_, interval, {stable_->servable(), candidate.servable()}};
  }

  const std::string file_ = ::testing::TempDir() + "/golden_" + std::to_string(getpid()) + ".jsonl";
  IoThread io_;
  std::unique_ptr<LoopbackVersion> stable_ = Make("v1", Plus(1));
};

TEST_F(GoldenRunnerTest, CountsRightAndWrongAnswersOfBothVersionsAndNothingElse) {
  const auto candidate = Make("v2", Plus(2));
  GoldenRunner runner(ReadSample);
  runner.Watch("m", Order(*candidate));
  WaitUntil([&] { return runner.answered() == 6; });
  const health::Period stable = stable_->servable()->health().TakePeriod();
  EXPECT_EQ(stable.golden_labelled, 3);
  EXPECT_EQ(stable.golden_correct, 3);
  EXPECT_EQ(stable.requests, 0);
  const health::Period bad = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(bad.golden_labelled, 3);
  EXPECT_EQ(bad.golden_correct, 0);
  EXPECT_EQ(bad.latency.count(), 0);
  WaitUntil(
      [&] { return candidate->servable()->in_flight() == 0 && candidate->servable()->requests().bytes_in_use() == 0; });
}

TEST_F(GoldenRunnerTest, RunsAgainAfterTheIntervalAndWithAFileThatHasChanged) {
  const auto candidate = Make("v2", Plus(1));
  Write("{ not yet");
  GoldenRunner runner(ReadSample);
  runner.Watch("m", Order(*candidate, 1ms));
  Write(Line(5));
  WaitUntil([&] { return runner.answered() >= 20; });
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_GE(period.golden_labelled, 9);
  EXPECT_EQ(period.golden_correct, period.golden_labelled);
}

TEST_F(GoldenRunnerTest, ACandidateThatFailsIsWrong) {
  const auto candidate = Make("v2", [](auto, auto&) { return absl::InternalError("broken"); });
  GoldenRunner runner(ReadSample);
  runner.Watch("m", Order(*candidate));
  WaitUntil([&] { return runner.answered() == 6; });
  const health::Period period = candidate->servable()->health().TakePeriod();
  EXPECT_EQ(period.golden_labelled, 3);
  EXPECT_EQ(period.golden_correct, 0);
}

TEST_F(GoldenRunnerTest, ASampleThatStableDoesNotTakeIsNobodysFault) {
  Write(R"({"inputs":[{"name":"z","datatype":"FP32","shape":[1,4],"data":[1,2,3,4]}],"expected":1})"
        "\n" +
        Line(1));
  const auto candidate = Make("v2", Plus(1));
  GoldenRunner runner(ReadSample);
  runner.Watch("m", Order(*candidate));
  WaitUntil([&] { return runner.answered() == 2; });
  EXPECT_EQ(candidate->servable()->health().TakePeriod().golden_correct, 1);
}

TEST_F(GoldenRunnerTest, WaitsForRoomAndLeavesTheUsersTheirPlaces) {
  const auto candidate = Make("v2", Plus(1));
  candidate->servable()->SetLimits({.max_queue = 2});
  ASSERT_TRUE(candidate->servable()->Admit());
  ASSERT_TRUE(candidate->servable()->Admit());
  GoldenRunner runner(ReadSample);
  runner.Watch("m", Order(*candidate));
  WaitUntil([&] { return runner.answered() >= 1; });  // stable's first
  EXPECT_EQ(candidate->servable()->in_flight(), 2);
  candidate->servable()->Release();
  candidate->servable()->Release();
  WaitUntil([&] { return runner.answered() >= 5; });
}

TEST_F(GoldenRunnerTest, EndsAtOnceWhileASampleIsOut) {
  std::binary_semaphore go{0}, entered{0};
  const auto candidate = Make("v2", [&](auto inputs, auto& outputs) {
    entered.release();
    go.acquire();
    return Plus(1)(inputs, outputs);
  });
  {
    GoldenRunner runner(ReadSample);
    runner.Watch("m", Order(*candidate));
    entered.acquire();
    runner.Unwatch("m");
    runner.Watch("m", {file_, 1h, {stable_->servable()}});
    WaitUntil([&] { return runner.answered() >= 4; });
  }
  go.release();
  EXPECT_EQ(candidate->servable()->health().TakePeriod().golden_labelled, 0);
}

}  // namespace
}  // namespace huidu::front
