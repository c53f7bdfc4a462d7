#include "samples/sample_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <fstream>

#include "samples/sample_file.h"
#include "samples/test_sample.h"

namespace huidu::samples {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr int64_t kStart = 1'800'000'000'000;
constexpr int64_t kDay = 24LL * 60 * 60 * 1000;

class SampleWriterTest : public ::testing::Test {
 protected:
  SampleWriterTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_writer_XXXXXX";
    folder_ = std::string(mkdtemp(pattern.data())) + "/samples";
    store_ = std::make_unique<SampleStore>(folder_);
    options_.now_ms = [this] { return now_.load(); };
    policy_->reasons = {Reason::kFailed};
  }
  ~SampleWriterTest() override {
    writer_.reset();
    fs::remove_all(fs::path(folder_).parent_path());
  }

  void Start() {
    writer_ = std::make_unique<SampleWriter>(*store_, options_);
    writer_->SetPolicies({{"ocr", policy_}});
  }
  bool Offer(Sample sample = TestSample(kStart), std::optional<std::string> expected = std::nullopt) {
    return writer_->Offer(
        {std::make_shared<Sample>(std::move(sample)), {Reason::kFailed}, std::move(expected), policy_});
  }
  uint64_t Dropped(std::string_view why) {
    const auto dropped = writer_->Figures().dropped;
    const auto found = dropped.find({"ocr", std::string(why)});
    return found == dropped.end() ? 0 : found->second;
  }
  uint64_t Captured() { return writer_->Figures().captured[{"ocr", "v2", Reason::kFailed}]; }
  std::vector<SampleRow> Rows() { return *store_->List({.model = "ocr"}); }

  std::string folder_;
  std::unique_ptr<SampleStore> store_;
  SampleWriter::Options options_;
  std::atomic<int64_t> now_{kStart};
  std::shared_ptr<Policy> policy_ = std::make_shared<Policy>();
  std::unique_ptr<SampleWriter> writer_;
};

TEST_F(SampleWriterTest, WritesMaskedWithTheUsersHash) {
  policy_->masks = {{.output = false, .tensor = "text"}, {.output = true, .tensor = "text"}};
  Start();
  ASSERT_TRUE(Offer(TestSample(kStart), "right: 13800138000"));
  writer_->Flush();
  const std::vector<SampleRow> rows = Rows();
  ASSERT_EQ(rows.size(), 1u);
  const Sample sample = *store_->Get(rows[0].id);
  EXPECT_EQ(sample.user_hash, store_->hash()->Of("alice"));
  EXPECT_EQ(sample.reasons, (ReasonSet{Reason::kFailed})) << "the reasons are those of the offer";
  EXPECT_EQ(sample.expected, "right: 00000000000");
  for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream file(entry.path());
    const std::string bytes((std::istreambuf_iterator<char>(file)), {});
    EXPECT_THAT(bytes, Not(HasSubstr("13800138000"))) << entry.path();
    EXPECT_THAT(bytes, Not(HasSubstr("alice"))) << entry.path();
  }
  EXPECT_EQ(Captured(), 1u);
  EXPECT_GT(writer_->Figures().bytes.at("ocr"), 0u);
}

TEST_F(SampleWriterTest, WhatWaitsIsWrittenAtTheEnd) {
  Start();
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(Offer());
  writer_.reset();
  EXPECT_EQ(Rows().size(), 20u);
}

TEST_F(SampleWriterTest, TakesNoMoreThanItMayHold) {
  options_.max_waiting_bytes = TensorBytes(TestSample()) - 1;
  Start();
  EXPECT_FALSE(writer_->HasRoom(TensorBytes(TestSample())));
  EXPECT_FALSE(Offer());
}

TEST_F(SampleWriterTest, DeletesWhatIsTooOldAlsoOfModelsWithoutAPolicy) {
  policy_->keep = std::chrono::hours(24);
  Sample other = TestSample(kStart);
  other.model = "gone";
  ASSERT_EQ(store_->Put(TestSample(kStart), 1 << 20), absl::OkStatus());
  ASSERT_EQ(store_->Put(other, 1 << 20), absl::OkStatus());
  options_.tidy_every = std::chrono::milliseconds(0);
  now_ = kStart + kDay;
  Start();
  Offer(TestSample(kStart + kDay));
  writer_->Flush();
  EXPECT_EQ(Rows().size(), 2u) << "not yet older than a day";
  now_ = kStart + kDay + 1;
  Offer(TestSample(kStart + kDay));
  writer_->Flush();
  EXPECT_EQ(Rows().size(), 2u);
  EXPECT_EQ(Rows().back().time_ms, kStart + kDay);
  EXPECT_EQ(store_->List({.model = "gone"})->size(), 1u) << "14 days by default";
  now_ = kStart + 14 * kDay + 1;
  Offer(TestSample(now_));
  writer_->Flush();
  EXPECT_EQ(store_->List({.model = "gone"})->size(), 0u);
}

TEST_F(SampleWriterTest, WhereTheDiskTakesNothingItStopsForAWhileAndComesBack) {
  std::ofstream(folder_) << "a file in the folder's place";
  options_.pause = std::chrono::milliseconds(0);  // over as soon as the next one comes
  Start();
  ASSERT_TRUE(Offer());
  writer_->Flush();
  EXPECT_TRUE(writer_->paused());
  EXPECT_EQ(Dropped(kDroppedDisk), 1u);
  fs::remove(folder_);
  ASSERT_TRUE(Offer());
  writer_->Flush();
  EXPECT_FALSE(writer_->paused());
  EXPECT_EQ(Captured(), 1u);
}

TEST_F(SampleWriterTest, WhilePausedNothingIsTried) {
  std::ofstream(folder_) << "a file in the folder's place";
  options_.pause = std::chrono::hours(1);
  Start();
  Offer();
  writer_->Flush();
  fs::remove(folder_);
  Offer();
  writer_->Flush();
  EXPECT_EQ(Dropped(kDroppedDisk), 2u);
  EXPECT_FALSE(fs::exists(folder_));
}

// A write that fails in the middle, as on a full disk: the kernel allows files of so many bytes only.
TEST_F(SampleWriterTest, AHalfWrittenFileIsNotLeftBehind) {
  ASSERT_EQ(store_->Open(), absl::OkStatus());
  Start();
  Sample large = TestSample(kStart);
  large.inputs = {TextTensor("text", {std::string(4 << 20, 'x')})};
  signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  Offer(large);
  writer_->Flush();
  setrlimit(RLIMIT_FSIZE, &before);
  EXPECT_EQ(Dropped(kDroppedDisk), 1u);
  EXPECT_TRUE(fs::is_empty(folder_ + "/ocr"));
  EXPECT_EQ(Rows().size(), 0u);
}

TEST_F(SampleWriterTest, TensorsThatAreNotWhatTheySayAreDropped) {
  Start();
  Sample lying = TestSample(kStart);
  lying.answer[1].shape = {1, 3};
  Offer(lying);
  writer_->Flush();
  EXPECT_EQ(Dropped(kDroppedInvalid), 1u);
  EXPECT_FALSE(writer_->paused());
  policy_->quota_bytes = 10;
  Offer();
  writer_->Flush();
  EXPECT_EQ(Dropped(kDroppedSize), 1u);
  EXPECT_FALSE(writer_->paused());
}

TEST_F(SampleWriterTest, AServerThatKeepsNothingMakesNoFolder) {
  writer_ = std::make_unique<SampleWriter>(*store_, options_);
  writer_->Flush();
  EXPECT_FALSE(fs::exists(folder_));
}

}  // namespace
}  // namespace huidu::samples
