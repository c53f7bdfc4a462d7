#include "front/table/upload_room.h"

#include <gmock/gmock.h>

#include <vector>

#include "base/strings.h"

namespace huidu::front {
namespace {

using ::testing::HasSubstr;

constexpr size_t kKiB = 1024;
constexpr size_t kMiB = 1024 * kKiB;

class UploadRoomTest : public ::testing::Test {
 protected:
  bool Enter(size_t bytes) {
    absl::StatusOr<UploadRoom::Place> place = room_->Enter(bytes);
    if (place.ok()) places_.push_back(*std::move(place));
    return place.ok();
  }

  std::shared_ptr<UploadRoom> room_ = std::make_shared<UploadRoom>(1024 * kMiB);
  std::vector<UploadRoom::Place> places_;
};

TEST_F(UploadRoomTest, ManyUsualUploadsFit) {
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(Enter(2 * kMiB)) << i;
}

TEST_F(UploadRoomTest, OnlyOneMayBeLarge) {
  EXPECT_TRUE(Enter(250 * kMiB));
  EXPECT_FALSE(Enter(250 * kMiB));
  EXPECT_TRUE(Enter(24 * kMiB));
  places_.erase(places_.begin());
  EXPECT_TRUE(Enter(250 * kMiB));
}

TEST_F(UploadRoomTest, ALargeOneIsTakenWhateverIsSentBesideIt) {
  for (int i = 0; i < 100; ++i) Enter(2 * kMiB);
  EXPECT_TRUE(Enter(250 * kMiB));
}

TEST_F(UploadRoomTest, TheLargestLeavesRoomForOthers) {
  EXPECT_TRUE(Enter(1000 * kMiB));
  EXPECT_TRUE(Enter(60 * kMiB));
}

TEST_F(UploadRoomTest, FewConnectionsCannotFillIt) {
  for (size_t size = 512 * kMiB; size > kMiB; size -= kMiB) Enter(size);
  EXPECT_TRUE(Enter(600 * kKiB));
}

TEST_F(UploadRoomTest, UploadsHaveAtMostHalfOfTheArenaTogetherAndTheSmallestAreFree) {
  size_t taken = 0;
  for (int i = 0; i < 100'000; ++i) {
    if (Enter(65 * kKiB)) taken += 65 * kKiB;
  }
  EXPECT_LE(taken, 512 * kMiB);
  EXPECT_GT(taken, 500 * kMiB);
  EXPECT_FALSE(Enter(65 * kKiB));
  EXPECT_TRUE(Enter(64 * kKiB));
  EXPECT_TRUE(Enter(0));
}

TEST_F(UploadRoomTest, AllIsGivenBack) {
  for (int i = 0; i < 100'000; ++i) Enter(65 * kKiB);
  places_.clear();
  for (int i = 0; i < 200; ++i) EXPECT_TRUE(Enter(2 * kMiB)) << i;
}

TEST_F(UploadRoomTest, TheErrorSaysWhoHasTheRoom) {
  Enter(200 * kMiB);
  const absl::StatusOr<UploadRoom::Place> refused = room_->Enter(100 * kMiB);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(Text(refused.status())),
              HasSubstr("1 unfinished requests to this version have 209715200 of the 536870912 bytes"));
  EXPECT_THAT(std::string(Text(refused.status())),
              HasSubstr("a new one may have 81788928, and this one has 104857600"));
}

}  // namespace
}  // namespace huidu::front
