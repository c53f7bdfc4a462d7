#include "front/rollout/rescue.h"

#include <gtest/gtest.h>

#include <optional>

namespace huidu::front {
namespace {

struct LastChange : ChangeLog {
  absl::Status Record(const Change& change) override {
    last = change;
    return absl::OkStatus();
  }
  std::optional<Change> last;
};

// A version without workers: what becomes of its requests is said here.
class RescueTest : public ::testing::Test {
 protected:
  RescueTest() : version_(std::make_shared<Servable>("m", "v2", engine::Signature{}, nullptr)) {
    for (int i = 0; i < 5; ++i) version_->Admit();
    version_->stats().rescinded = version_->stats().rescinded_lost = 7;  // of another time when it was taken out
    Rescue(control_, "m", version_, log_, alive_);
    version_->stats().rescinded += 5;
  }

  // In a few steps of the control thread.
  void Step() { control_.run_for(std::chrono::milliseconds(50)); }

  boost::asio::io_context control_;
  const std::shared_ptr<Servable> version_;
  LastChange log_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

TEST_F(RescueTest, SaysWhatBecameOfTheRequestsOnceTheyAreOver) {
  for (int i = 0; i < 5; ++i) version_->Release();
  version_->stats().rescinded_run_again += 3;
  version_->stats().rescinded_finished += 1;
  Step();
  EXPECT_FALSE(log_.last) << "one still runs on stable";
  version_->stats().rescinded_lost += 1;
  control_.run();
  ASSERT_TRUE(log_.last);
  EXPECT_EQ(log_.last->action, "rescue");
  EXPECT_EQ(log_.last->model, "m");
  EXPECT_EQ(log_.last->before, "v2");
  EXPECT_EQ(log_.last->result, "ok: 5 in flight, 1 finished there, 3 run again, 1 lost");
}

TEST_F(RescueTest, RequestsThatComeLaterAreNotWaitedFor) {
  version_->stats().rescinded_run_again += 5;
  control_.run();  // five are in flight all the time
  ASSERT_TRUE(log_.last);
  EXPECT_EQ(log_.last->result, "ok: 5 in flight, 0 finished there, 5 run again, 0 lost");
}

TEST_F(RescueTest, IsSilentWhenTheServerStops) {
  *alive_ = false;
  control_.run();
  EXPECT_FALSE(log_.last);
}

}  // namespace
}  // namespace huidu::front
