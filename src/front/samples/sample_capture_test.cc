#include "front/samples/sample_capture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <future>

#include "base/strings.h"
#include "front/router/payload.h"
#include "front/router/router.h"
#include "front/testing/loopback.h"

// The real router with workers in this process, and a real store.
namespace huidu::front {
namespace {

using samples::Policy;
using samples::Reason;
using samples::ReasonSet;
using samples::Sample;
using testing::LoopbackVersion;
using testing::MakeTable;
using testing::Plus;
using testing::PlusSignature;

constexpr std::chrono::seconds kLong{60};

testing::ModelFunction Fails(const char* text) {
  return [text](auto, auto&) { return absl::InternalError(text); };
}

class SampleCaptureTest : public ::testing::Test {
 protected:
  SampleCaptureTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_capture_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    store_ = std::make_unique<samples::SampleStore>(folder_ + "/samples");
    writer_ = std::make_unique<samples::SampleWriter>(*store_, samples::SampleWriter::Options());
    SampleCapture::Options options;
    options.now = [this] { return now_; };
    options.chance = [this] { return chance_; };
    options.remembered_bytes = 10'000;
    capture_ = std::make_unique<SampleCapture>(*writer_, options);
    router_ = std::make_unique<Router>(tables_, nullptr, capture_.get());
    policy_.reasons = {Reason::kFailed};
  }
  ~SampleCaptureTest() override {
    versions_.clear();
    router_.reset();
    capture_.reset();
    writer_.reset();
    std::filesystem::remove_all(folder_);
  }

  void Keep() { capture_->SetPolicies({{"m", policy_}}); }
  std::shared_ptr<Servable> Version(const std::string& id, testing::ModelFunction function) {
    versions_.push_back(std::make_unique<LoopbackVersion>(io_, "m", id, PlusSignature(), std::move(function)));
    versions_.back()->AddWorker();
    return versions_.back()->servable();
  }
  void Serve(testing::ModelFunction function) { tables_.Publish(MakeTable({Version("v1", std::move(function))})); }
  // v1 is stable; v2 has all of the traffic and v1 as fallback.
  void Try(testing::ModelFunction stable, testing::ModelFunction candidate) {
    const auto v1 = Version("v1", std::move(stable));
    const auto v2 = Version("v2", std::move(candidate));
    Split split;
    split.parts = {{v2, kSlots}};
    split.fallback = v1;
    tables_.Publish(MakeTable({v1, v2}, std::move(split)));
  }

  absl::Status Send(float value, std::string_view request_id = "r-1") {
    absl::StatusOr<Ticket> ticket = router_->Admit({.model = "m", .user = "alice", .request_id = request_id});
    if (!ticket.ok()) return ticket.status();
    const InputDescription x{.name = "x", .datatype = "FP32", .shape = {1, 4}, .bytes = 16};
    auto payload = *NewPayload(ticket->servable(), {{x}}, {});
    const std::array<float, 4> values = {value, value, value, value};
    std::memcpy(InputBytes(ticket->servable(), *payload, 0).data(), values.data(), 16);
    const TimePoint deadline = Router::Deadline(*ticket, kLong);
    std::promise<absl::Status> promise;
    router_->Run(*std::move(ticket), std::move(payload), deadline,
                 [&](Result result) { promise.set_value(result.answer.status); });
    return promise.get_future().get();
  }

  std::vector<Sample> Kept() {
    writer_->Flush();
    std::vector<Sample> kept;
    const auto rows = store_->List({.model = "m"});
    EXPECT_TRUE(rows.ok()) << rows.status();
    for (const samples::SampleRow& row : *rows) kept.push_back(*store_->Get(row.id));
    return kept;
  }
  uint64_t Dropped(std::string_view why) { return writer_->Figures().dropped[{"m", std::string(why)}]; }
  static float First(const samples::SampleTensor& tensor) {
    float value = 0;
    std::memcpy(&value, tensor.data.data(), sizeof(value));
    return value;
  }

  TimePoint now_{};
  double chance_ = 0.5;
  Policy policy_;
  std::string folder_;
  std::unique_ptr<samples::SampleStore> store_;
  std::unique_ptr<samples::SampleWriter> writer_;
  std::unique_ptr<SampleCapture> capture_;
  testing::IoThread io_;
  TableHolder tables_;
  std::unique_ptr<Router> router_;
  std::vector<std::unique_ptr<LoopbackVersion>> versions_;
};

TEST_F(SampleCaptureTest, NothingIsKeptUntilItIsWanted) {
  Serve(Fails("broken"));
  EXPECT_FALSE(Send(1).ok());
  capture_->SetPolicies({{"m", Policy()}});
  EXPECT_FALSE(capture_->Wants("m"));
  EXPECT_FALSE(Send(1).ok());
  writer_->Flush();
  EXPECT_FALSE(std::filesystem::exists(folder_ + "/samples"));
}

TEST_F(SampleCaptureTest, AFailedRequestIsKeptWithEverythingThatIsKnownOfIt) {
  Keep();
  Serve(Fails("Gather: index 7 is out of range"));
  EXPECT_FALSE(Send(10).ok());
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].version, "v1");
  EXPECT_EQ(kept[0].reasons, ReasonSet({Reason::kFailed}));
  EXPECT_EQ(kept[0].request_id, "r-1");
  EXPECT_EQ(kept[0].user_hash, store_->hash()->Of("alice"));
  EXPECT_EQ(kept[0].route, "stable");
  EXPECT_EQ(kept[0].error, "Gather: index 7 is out of range");
  EXPECT_GT(kept[0].total_ns, 0u);
  ASSERT_EQ(kept[0].inputs.size(), 1u);
  EXPECT_EQ(kept[0].inputs[0].name, "x");
  EXPECT_EQ(First(kept[0].inputs[0]), 10);
  EXPECT_TRUE(kept[0].outputs.empty());
  EXPECT_EQ(kept[0].answered_by, "");
}

TEST_F(SampleCaptureTest, ARescuedRequestIsTheCandidatesWithStablesAnswer) {
  Keep();
  Try(Plus(1), Fails("broken"));
  EXPECT_TRUE(Send(10).ok());
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].version, "v2");
  EXPECT_EQ(kept[0].error, "broken");
  EXPECT_EQ(kept[0].answered_by, "v1");
  EXPECT_TRUE(kept[0].outputs.empty());
  ASSERT_EQ(kept[0].answer.size(), 1u);
  EXPECT_EQ(First(kept[0].answer[0]), 11);
  EXPECT_EQ(First(kept[0].inputs[0]), 10);
}

TEST_F(SampleCaptureTest, AnsweredRequestsAreKeptForOtherReasons) {
  policy_.reasons = {Reason::kRandom, Reason::kLowConfidence};
  policy_.random_share = 0.5;
  policy_.low_confidence = {"y", 0};
  Keep();
  Serve(Plus(1));
  EXPECT_TRUE(Send(1).ok());
  EXPECT_TRUE(Send(-5).ok());
  chance_ = 0.4;
  EXPECT_TRUE(Send(1).ok());
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 2u);
  uint32_t reasons = 0;
  for (const Sample& sample : kept) reasons |= sample.reasons.bits();
  EXPECT_EQ(reasons, ReasonSet({Reason::kRandom, Reason::kLowConfidence}).bits());
  EXPECT_EQ(kept[0].outputs[0].name, "y");
  EXPECT_EQ(kept[0].answer.size(), 0u);
}

TEST_F(SampleCaptureTest, AWrongAnswerIsFoundAgainByItsRequest) {
  policy_.reasons = {Reason::kNegativeFeedback};
  Keep();
  Serve(Plus(1));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(Send(static_cast<float>(i), StrCat("r-", i)).ok());
  capture_->OnNegativeFeedback("m", "r-3", "three");
  capture_->OnNegativeFeedback("m", "r-3", "three");
  capture_->OnNegativeFeedback("other", "r-2", std::nullopt);
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].reasons, ReasonSet({Reason::kNegativeFeedback}));
  EXPECT_EQ(First(kept[0].inputs[0]), 3);
  EXPECT_EQ(First(kept[0].outputs[0]), 4);
  EXPECT_EQ(kept[0].expected, "three");
  EXPECT_EQ(Dropped(samples::kDroppedForgotten), 1u) << "a request is kept once for this";
  EXPECT_TRUE(Send(7, "new").ok());
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Send(1, StrCat("later-", i)).ok());
  capture_->OnNegativeFeedback("m", "new", std::nullopt);
  EXPECT_EQ(Kept().size(), 1u) << "forgotten by now";
}

TEST_F(SampleCaptureTest, ARequestThatWasKeptAndIsThenJudgedStaysOneSample) {
  policy_.reasons = {Reason::kNegativeFeedback, Reason::kRandom};
  policy_.random_share = 1;
  chance_ = 0;
  Keep();
  Serve(Plus(1));
  EXPECT_TRUE(Send(1, "r-1").ok());
  ASSERT_EQ(Kept().size(), 1u);
  capture_->OnNegativeFeedback("m", "r-1", "two");
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].reasons, ReasonSet({Reason::kRandom, Reason::kNegativeFeedback}));
  EXPECT_EQ(kept[0].expected, "two");
}

TEST_F(SampleCaptureTest, FeedbackOnARescuedRequestIsAboutTheVersionThatAnswered) {
  policy_.reasons = {Reason::kNegativeFeedback};
  Keep();
  Try(Plus(1), Fails("broken"));
  EXPECT_TRUE(Send(10).ok());
  capture_->OnNegativeFeedback("m", "r-1", std::nullopt);
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].version, "v1");
  EXPECT_EQ(kept[0].error, "");
  EXPECT_EQ(First(kept[0].outputs[0]), 11);
}

TEST_F(SampleCaptureTest, NoMinuteHasMoreThanItsSamples) {
  policy_.max_per_minute = 2;
  Keep();
  Serve(Fails("broken"));
  for (int i = 0; i < 5; ++i) (void)Send(1);
  EXPECT_EQ(Kept().size(), 2u);
  EXPECT_EQ(Dropped(samples::kDroppedRate), 3u);
  Keep();  // the same policy again, as after a reload
  (void)Send(1);
  EXPECT_EQ(Kept().size(), 2u);
  now_ += std::chrono::minutes(1);
  (void)Send(1);
  EXPECT_EQ(Kept().size(), 3u);
}

TEST_F(SampleCaptureTest, AMaskHidesOrNothingIsKept) {
  policy_.masks = {{.output = false, .tensor = "x", .how = samples::Mask::How::kRemove}};
  Keep();
  Serve(Fails("broken"));
  (void)Send(1);
  ASSERT_EQ(Kept().size(), 1u);
  EXPECT_TRUE(Kept()[0].inputs[0].removed);
  policy_.masks[0].tensor = "X";
  Keep();
  (void)Send(1);
  EXPECT_EQ(Kept().size(), 1u);
  EXPECT_EQ(Dropped(samples::kDroppedMask), 1u);
}

TEST_F(SampleCaptureTest, ADisagreementIsTheCandidatesWithBothAnswers) {
  policy_.reasons = {Reason::kDisagreed};
  Keep();
  const auto v1 = Version("v1", Plus(1)), v2 = Version("v2", Plus(2));
  ShadowOptions options;
  options.on_disagreement = [this](const Disagreement& disagreement) { capture_->OnDisagreement(disagreement); };
  auto shadow = std::make_unique<ShadowRunner>(options);
  router_ = std::make_unique<Router>(tables_, shadow.get(), capture_.get());
  Split split;
  split.shadow = v2;
  split.shadow_share = kSlots;
  tables_.Publish(MakeTable({v1, v2}, std::move(split)));
  EXPECT_TRUE(Send(10).ok());
  while (shadow->stats().compared == 0) std::this_thread::yield();
  shadow.reset();
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].version, "v2");
  EXPECT_EQ(kept[0].reasons, ReasonSet({Reason::kDisagreed}));
  EXPECT_EQ(kept[0].request_id, "r-1");
  EXPECT_EQ(First(kept[0].inputs[0]), 10);
  EXPECT_EQ(First(kept[0].outputs[0]), 12);
  EXPECT_EQ(kept[0].answered_by, "v1");
  EXPECT_EQ(First(kept[0].answer[0]), 11);
  EXPECT_NE(kept[0].error, "") << "what they differ in";
}

TEST_F(SampleCaptureTest, AWorkersDeathIsAFailureOfItsVersionWhoeverAnswers) {
  Keep();
  std::atomic<int> asked{0};
  std::promise<void> entered;
  std::promise<void> go;
  const auto release = go.get_future().share();
  const auto v1 = Version("v1", [&, release](auto inputs, auto& outputs) -> absl::Status {
    if (asked++ == 0) {
      entered.set_value();
      release.wait();
    }
    return Plus(1)(inputs, outputs);
  });
  versions_[0]->AddWorker();
  tables_.Publish(MakeTable({v1}));
  std::thread killer([&] {
    entered.get_future().wait();
    std::thread last([&] { versions_[0]->KillFirstWorker(); });
    while (asked < 2) std::this_thread::yield();
    go.set_value();
    last.join();
  });
  EXPECT_TRUE(Send(10).ok());
  killer.join();
  const std::vector<Sample> kept = Kept();
  ASSERT_EQ(kept.size(), 1u);
  EXPECT_EQ(kept[0].reasons, ReasonSet({Reason::kFailed}));
  EXPECT_NE(kept[0].error, "");
  EXPECT_EQ(First(kept[0].outputs[0]), 11) << "it answered after all";
}

}  // namespace
}  // namespace huidu::front
