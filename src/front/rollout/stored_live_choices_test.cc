#include "front/rollout/stored_live_choices.h"

#include <gtest/gtest.h>

#include <filesystem>

namespace huidu::front {
namespace {

const LiveChoice kPromoted{.base_path = "/models/ocr_v1",
                           .configured = {"v1", "/models/ocr_v1", "aa"},
                           .live = {"v2", "/models/ocr_v2", "bb"},
                           .since = "2026-11-22T03:00:00.000Z"};

class StoredLiveChoicesTest : public ::testing::Test {
 protected:
  StoredLiveChoicesTest() {
    std::string pattern = ::testing::TempDir() + "/huidu_live_XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~StoredLiveChoicesTest() override { std::filesystem::remove_all(folder_); }
  std::string path() const { return folder_ + "/state.db"; }

  // As the next process sees it.
  std::optional<LiveChoice> FindAfterRestart(const std::string& model) const {
    state::Store store(path());
    StoredLiveChoices choices(store);
    choices.Restore();
    return choices.Find(model);
  }

  std::string folder_;
};

TEST_F(StoredLiveChoicesTest, AChoiceHoldsInTheNextProcessToo) {
  {
    state::Store store(path());
    StoredLiveChoices(store).Keep("ocr", kPromoted);
  }
  const std::optional<LiveChoice> choice = FindAfterRestart("ocr");
  ASSERT_TRUE(choice.has_value());
  EXPECT_EQ(choice->base_path, kPromoted.base_path);
  EXPECT_EQ(choice->configured, kPromoted.configured);
  EXPECT_EQ(choice->live, kPromoted.live);
  EXPECT_EQ(choice->since, kPromoted.since);
  EXPECT_FALSE(FindAfterRestart("lac").has_value());
}

TEST_F(StoredLiveChoicesTest, WhatTheConfigurationNamesEndsAChoice) {
  state::Store store(path());
  StoredLiveChoices choices(store);
  choices.Keep("ocr", std::nullopt);
  choices.Keep("ocr", kPromoted);
  choices.Keep("ocr", std::nullopt);
  EXPECT_FALSE(choices.Find("ocr").has_value());
  EXPECT_FALSE(FindAfterRestart("ocr").has_value());
}

TEST_F(StoredLiveChoicesTest, HoldsWithoutADisk) {
  state::Store store("/nowhere/state.db");
  StoredLiveChoices choices(store);
  choices.Restore();
  choices.Keep("ocr", kPromoted);
  EXPECT_EQ(choices.Find("ocr")->live.version, "v2");
}

TEST_F(StoredLiveChoicesTest, ABrokenEntryIsPassedOver) {
  {
    state::Store store(path());
    ASSERT_TRUE(store.Put("live/ocr", "{").ok());
    StoredLiveChoices(store).Keep("lac", kPromoted);
  }
  EXPECT_FALSE(FindAfterRestart("ocr").has_value());
  EXPECT_TRUE(FindAfterRestart("lac").has_value());
}

}  // namespace
}  // namespace huidu::front
