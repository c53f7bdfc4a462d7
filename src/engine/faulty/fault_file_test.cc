#include "engine/faulty/fault_file.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "engine/testing/model_fixture.h"

namespace huidu::engine::faulty {
namespace {

class FaultFileTest : public ::testing::Test {
 protected:
  // The next run, at a moment when the file is looked at.
  FaultFile::Step NextLook() { return file_.Next(now_ += FaultFile::kCheckInterval); }
  void Write(const std::string& json) { folder_.Write(kFaultsFile, json); }

  const testing::TemporaryFolder folder_;
  TimePoint now_ = Now();
  FaultFile file_{folder_.path() + "/" + kFaultsFile};
};

TEST_F(FaultFileTest, WithoutAFileThereAreNoFaultsAndOneThatAppearsIsFound) {
  ASSERT_TRUE(file_.Open(now_).ok());
  EXPECT_FALSE(NextLook().plan.fail);
  Write(R"({"error": {}})");
  EXPECT_TRUE(NextLook().plan.fail);
}

TEST_F(FaultFileTest, AFileThatIsWrongIsRefusedAtFirst) {
  Write("{\"error\": 1}");
  const absl::Status status = file_.Open(now_);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.ToString().find("faults.json: error is no object"), std::string::npos) << status;
}

TEST_F(FaultFileTest, FaultsStayWhileTheFileIsWrongAndGoWithTheFile) {
  Write(R"({"error": {}})");
  ASSERT_TRUE(file_.Open(now_).ok());
  Write(R"({"error": {}, )");
  EXPECT_TRUE(NextLook().plan.fail);
  std::filesystem::remove(folder_.path() + "/" + kFaultsFile);
  EXPECT_FALSE(NextLook().plan.fail);
}

TEST_F(FaultFileTest, AChangeIsNotLookedForMoreOftenThanTheInterval) {
  ASSERT_TRUE(file_.Open(now_).ok());
  Write(R"({"error": {}})");
  const auto moment = std::chrono::milliseconds(1);
  EXPECT_FALSE(file_.Next(now_ + FaultFile::kCheckInterval - moment).plan.fail);
  EXPECT_TRUE(file_.Next(now_ + FaultFile::kCheckInterval).plan.fail);
}

TEST_F(FaultFileTest, RunsAndTimeAreCountedAnewWhenTheFileChanges) {
  Write(R"({"error": {"at_request": 2}})");
  ASSERT_TRUE(file_.Open(now_).ok());
  EXPECT_FALSE(file_.Next(now_).plan.fail);
  EXPECT_TRUE(file_.Next(now_).plan.fail);
  Write(R"({"error": {"at_request": 3, "after_seconds": 1}})");
  const FaultFile::Step first = NextLook();
  EXPECT_EQ(first.run, 1);
  EXPECT_FALSE(first.plan.fail);
  EXPECT_FALSE(file_.Next(now_).plan.fail);
  EXPECT_TRUE(file_.Next(now_ + std::chrono::seconds(1)).plan.fail);
}

TEST_F(FaultFileTest, AStepOutlivesTheFaultsThatItCameFrom) {
  Write(R"({"degrade": {"how": "multiply", "factor": 3}})");
  ASSERT_TRUE(file_.Open(now_).ok());
  const FaultFile::Step step = NextLook();
  Write("{}");
  EXPECT_EQ(NextLook().plan.degrade, nullptr);
  EXPECT_EQ(step.plan.degrade->factor, 3);
}

}  // namespace
}  // namespace huidu::engine::faulty
