#include "front/rollout/quarantine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu::front {
namespace {

using ::testing::HasSubstr;

const Quarantine::Entry kBad{.model = "ocr",
                             .content_hash = "ab12",
                             .version = "v2",
                             .path = "/models/ocr_v2",
                             .stable_version = "v1",
                             .stable_path = "/models/ocr_v1",
                             .time = "2026-11-22T03:00:00.000Z",
                             .reason = "error rate 12 % is above 3 %"};

class QuarantineTest : public ::testing::Test {
 protected:
  QuarantineTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_quarantine_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~QuarantineTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/state.db"; }

  // As the next process sees it.
  std::optional<Quarantine::Entry> FindAfterRestart(const std::string& model, const std::string& hash) const {
    state::Store store(path());
    Quarantine quarantine(store);
    quarantine.Restore();
    return quarantine.Find(model, hash);
  }

  std::string folder_;
};

TEST_F(QuarantineTest, HoldsInTheNextProcessToo) {
  {
    state::Store store(path());
    Quarantine(store).Add(kBad);
  }
  const auto entry = FindAfterRestart("ocr", "ab12");
  ASSERT_TRUE(entry.has_value());
  EXPECT_EQ(entry->version, kBad.version);
  EXPECT_EQ(entry->path, kBad.path);
  EXPECT_EQ(entry->stable_version, kBad.stable_version);
  EXPECT_EQ(entry->stable_path, kBad.stable_path);
  EXPECT_EQ(entry->time, kBad.time);
  EXPECT_EQ(entry->reason, kBad.reason);
}

TEST_F(QuarantineTest, LooksAtTheContentAndNotAtItsName) {
  state::Store store(path());
  Quarantine quarantine(store);
  quarantine.Add(kBad);
  EXPECT_EQ(quarantine.MayServe("ocr", "ab12").code(), absl::StatusCode::kFailedPrecondition)
      << "under whatever name it comes";
  EXPECT_TRUE(quarantine.MayServe("ocr", "cd34").ok()) << "other files under the same name";
  EXPECT_TRUE(quarantine.MayServe("lac", "ab12").ok()) << "another model";
}

TEST_F(QuarantineTest, ARefusalSaysWhatHappenedAndWhatToDo) {
  state::Store store(path());
  Quarantine quarantine(store);
  quarantine.Add(kBad);
  const std::string said(Text(quarantine.MayServe("ocr", "ab12")));
  for (const char* part :
       {"v2", "2026-11-22T03:00:00.000Z", "error rate 12 % is above 3 %", "huidu rollout clear ocr v2"}) {
    EXPECT_THAT(said, HasSubstr(part));
  }
}

TEST_F(QuarantineTest, WhatIsClearedStaysClearedInTheNextProcess) {
  {
    state::Store store(path());
    Quarantine quarantine(store);
    quarantine.Add(kBad);
    EXPECT_EQ(quarantine.Clear("lac", "ab12").code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(quarantine.Clear("ocr", "ab12"), absl::OkStatus());
    EXPECT_EQ(quarantine.Clear("ocr", "ab12").code(), absl::StatusCode::kNotFound);
    EXPECT_TRUE(quarantine.MayServe("ocr", "ab12").ok());
  }
  EXPECT_FALSE(FindAfterRestart("ocr", "ab12").has_value());
}

TEST_F(QuarantineTest, ListsWhatAModelHas) {
  state::Store store(path());
  Quarantine quarantine(store);
  quarantine.Add(kBad);
  Quarantine::Entry other = kBad;
  other.content_hash = "cd34";
  quarantine.Add(other);
  other.model = "ocr/zh";  // no part of "ocr"
  quarantine.Add(other);
  EXPECT_EQ(quarantine.List("ocr").size(), 2u);
  EXPECT_EQ(quarantine.List("ocr/zh").size(), 1u);
  EXPECT_TRUE(quarantine.List("lac").empty());
}

TEST_F(QuarantineTest, ADamagedEntryDoesNotHideTheOthers) {
  state::Store store(path());
  Quarantine(store).Add(kBad);
  ASSERT_TRUE(store.Put("quarantine/ocr/1", "{").ok());
  ASSERT_TRUE(store.Put("quarantine/ocr/2", "[]").ok());
  ASSERT_TRUE(store.Put("quarantine/ocr/3", R"({"model":3,"reason":{}})").ok());
  Quarantine again(store);
  again.Restore();
  EXPECT_TRUE(again.Find("ocr", "ab12").has_value());
  EXPECT_EQ(again.List("ocr").size(), 1u);
}

TEST_F(QuarantineTest, HoldsWithoutADiskUntilTheProcessEnds) {
  std::ofstream(path()) << "certainly no database, and long enough to look like one at first sight";
  state::Store store(path());
  Quarantine quarantine(store);
  quarantine.Restore();
  quarantine.Add(kBad);
  EXPECT_FALSE(quarantine.MayServe("ocr", "ab12").ok());
}

}  // namespace
}  // namespace huidu::front
