#include "front/rollout/check_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "absl/strings/str_format.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using namespace std::chrono_literals;
using health::Time;
using ::testing::HasSubstr;

constexpr auto kDay = 24h;

class CheckHistoryTest : public ::testing::Test {
 protected:
  CheckHistoryTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_checks_XXXXXX";
    folder_ = mkdtemp(pattern.data());
    Open();
  }
  ~CheckHistoryTest() override { std::filesystem::remove_all(folder_); }

  void Open() {
    history_.reset();
    store_ = std::make_unique<state::Store>(folder_ + "/state.db");
    history_ = std::make_unique<CheckHistory>(*store_, [this] { return now_; });
    history_->Restore();
  }
  RecordedCheck Check(bool passed = true) const {
    RecordedCheck check{.content_hash = std::string(64, 'c'), .passed = passed, .time = now_, .dataset = "pages"};
    check.dataset_sha256 = std::string(64, 'd');
    check.labelled = 72;
    if (!passed) check.verdicts = {{.rule = "p99_ratio", .state = "failed", .figure = 2, .limit = 1.5}};
    check.recorded_by = "operator:ci";
    return check;
  }
  absl::Status Admit(const rollout::RequireCheck& wanted = {}) const {
    return history_->Admit("m", std::string(64, 'c'), wanted).status();
  }
  std::string Refusal(const rollout::RequireCheck& wanted = {}) const { return std::string(Text(Admit(wanted))); }

  std::string folder_;
  Time now_ = Time(std::chrono::milliseconds(1'795'000'000'000));
  std::unique_ptr<state::Store> store_;
  std::unique_ptr<CheckHistory> history_;
};

TEST_F(CheckHistoryTest, AdmitsOnlyThisContentAfterAPassAndAlsoAfterARestart) {
  EXPECT_TRUE(absl::IsFailedPrecondition(Admit()));
  EXPECT_THAT(Refusal(), HasSubstr("none is recorded for content hash cccc"));
  ASSERT_TRUE(history_->Add("m", Check()).ok());
  EXPECT_TRUE(Admit().ok()) << Admit();
  Open();
  EXPECT_TRUE(Admit().ok()) << Admit();
  EXPECT_EQ(history_->List("m").at(0).recorded_by, "operator:ci");
  EXPECT_FALSE(history_->Admit("m", std::string(64, 'e'), {}).ok());
  EXPECT_FALSE(history_->Admit("n", std::string(64, 'c'), {}).ok());
}

TEST_F(CheckHistoryTest, ACheckThatComparedNothingAdmitsNobody) {
  RecordedCheck nothing = Check();
  nothing.labelled = 0;
  ASSERT_TRUE(history_->Add("m", nothing).ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(Admit()));
  EXPECT_THAT(Refusal(),
              HasSubstr("on data set 'pages', compared its answers with nothing: it had neither a baseline"));
  Open();
  EXPECT_FALSE(Admit().ok()) << "also after a restart";
  nothing.has_baseline = true;
  nothing.baseline_content_hash = std::string(64, 'b');
  ASSERT_TRUE(history_->Add("m", nothing).ok());
  EXPECT_TRUE(Admit().ok()) << Admit();
  Open();
  EXPECT_TRUE(Admit().ok()) << Admit();
}

TEST_F(CheckHistoryTest, TheLatestResultCounts) {
  RecordedCheck earlier = Check();
  ASSERT_TRUE(history_->Add("m", earlier).ok());
  now_ += 1h;
  ASSERT_TRUE(history_->Add("m", Check(false)).ok());
  EXPECT_THAT(Refusal(), HasSubstr("on data set 'pages', did not pass: p99_ratio is 2, limit 1.5"));
  EXPECT_TRUE(absl::IsFailedPrecondition(history_->Add("m", earlier))) << "sent once more, it is still the older one";
  EXPECT_FALSE(Admit().ok());
  EXPECT_EQ(history_->List("m").size(), 1u);
  now_ += 1h;
  ASSERT_TRUE(history_->Add("m", Check()).ok());
  EXPECT_TRUE(Admit().ok());
}

TEST_F(CheckHistoryTest, ADataSetCanBeAskedForByNameOrHash) {
  ASSERT_TRUE(history_->Add("m", Check()).ok());
  now_ += 1h;
  RecordedCheck other = Check(false);
  other.dataset = "invoices";
  other.dataset_sha256 = std::string(64, 'e');
  ASSERT_TRUE(history_->Add("m", other).ok());
  EXPECT_TRUE(Admit({.dataset = "pages"}).ok());
  EXPECT_TRUE(Admit({.dataset = std::string(64, 'd')}).ok());
  EXPECT_FALSE(Admit({.dataset = "invoices"}).ok());
  EXPECT_FALSE(Admit().ok()) << "the last one on any data set did not pass";
  EXPECT_THAT(Refusal({.dataset = "contracts"}), HasSubstr("passed check on data set 'contracts': none is recorded"));
}

TEST_F(CheckHistoryTest, OldOnesDoNotCountAndGo) {
  ASSERT_TRUE(history_->Add("m", Check()).ok());
  now_ += 7 * kDay;
  EXPECT_TRUE(Admit().ok());
  now_ += 2 * kDay;
  EXPECT_THAT(Refusal(), HasSubstr("is 9 d old; max_age is 7 d"));
  EXPECT_TRUE(Admit({.max_age = 10 * kDay}).ok());
  now_ += 82 * kDay;
  EXPECT_TRUE(history_->List("m").empty());
  Open();
  EXPECT_TRUE(store_->List("check/")->empty());
}

TEST_F(CheckHistoryTest, TimesMustBeBelievable) {
  RecordedCheck check = Check();
  check.time = now_ + 4min;
  EXPECT_TRUE(history_->Add("m", check).ok()) << "clocks are never quite the same";
  check.time = now_ + 6min;
  EXPECT_THAT(std::string(Text(history_->Add("m", check))), HasSubstr("time: 2026-"));
  check.time = now_ - 91 * kDay;
  EXPECT_TRUE(absl::IsInvalidArgument(history_->Add("m", check)));
}

TEST_F(CheckHistoryTest, KeepsTheNewestOfAModel) {
  for (size_t i = 0; i < CheckHistory::kMostPerModel + 5; ++i) {
    RecordedCheck check = Check();
    check.content_hash = absl::StrFormat("%064x", i);
    ASSERT_TRUE(history_->Add("m", check).ok());
    now_ += 1s;
  }
  Open();
  const auto list = history_->List("m");
  ASSERT_EQ(list.size(), CheckHistory::kMostPerModel);
  EXPECT_EQ(list.front().content_hash, absl::StrFormat("%064x", CheckHistory::kMostPerModel + 4));
  EXPECT_EQ(list.back().content_hash, absl::StrFormat("%064x", 5));
}

TEST_F(CheckHistoryTest, WhatCannotBeReadDoesNotCount) {
  ASSERT_TRUE(history_->Add("m", Check()).ok());
  ASSERT_TRUE(store_->Put("check/m/a/b", "broken").ok());
  ASSERT_TRUE(store_->Put("check/n/a/b", R"({"passed":true})").ok());
  Open();
  EXPECT_EQ(history_->List("m").size(), 1u);
  EXPECT_TRUE(history_->List("n").empty());
}

TEST_F(CheckHistoryTest, WhatCannotBeStoredDoesNotCount) {
  state::Store broken("/dev/null/state.db");
  CheckHistory history(broken, [this] { return now_; });
  EXPECT_FALSE(history.Add("m", Check()).ok());
  EXPECT_TRUE(history.List("m").empty());
}

}  // namespace
}  // namespace huidu::front
