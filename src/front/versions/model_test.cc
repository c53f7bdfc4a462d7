#include "front/versions/model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::front {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Versions that were never brought up are enough: Model only looks at names and sources.
class ModelTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, const std::string& source = "config") {
    model_.versions[id] = std::make_shared<Version>(context_, config::ModelConfig{}, id, "/models/" + id, source);
  }
  std::vector<std::string> Surplus() const {
    std::vector<std::string> ids;
    for (const auto& version : model_.Surplus()) ids.push_back(version->id());
    return ids;
  }

  boost::asio::io_context control_;
  VersionContext context_{control_, {&control_}, {}, [] {}};
  Model model_;
};

TEST_F(ModelTest, KeepsTheLiveVersionAndTheOneBefore) {
  for (const char* id : {"v1", "v2", "v3"}) {
    Add(id);
    model_.wanted = {id};
    model_.MakeLive(id);
  }
  EXPECT_EQ(model_.live, "v3");
  EXPECT_EQ(model_.Previous(), "v2");
  EXPECT_THAT(Surplus(), ElementsAre("v1"));
}

TEST_F(ModelTest, SwitchingBackAndForthKeepsBoth) {
  Add("v1");
  Add("v2");
  for (const char* id : {"v1", "v2", "v1", "v2", "v1"}) model_.MakeLive(id);
  EXPECT_EQ(model_.Previous(), "v2");
  EXPECT_THAT(Surplus(), IsEmpty());
}

TEST_F(ModelTest, KeepsWhatWasLoadedByHandUntilItHasBeenLiveAndReplaced) {
  Add("v1");
  Add("v2", "api");
  model_.wanted = {"v1"};
  model_.MakeLive("v1");
  EXPECT_THAT(Surplus(), IsEmpty());
  model_.config.keep_loaded = 1;
  model_.MakeLive("v2");
  model_.MakeLive("v1");
  EXPECT_THAT(Surplus(), ElementsAre("v2"));
}

TEST_F(ModelTest, KeepsEveryVersionThatTheConfigurationNames) {
  for (const char* id : {"v1", "v2", "v3"}) Add(id);
  model_.wanted = {"v1", "v2", "v3"};
  model_.config.keep_loaded = 1;
  for (const char* id : {"v1", "v2", "v3"}) model_.MakeLive(id);
  EXPECT_THAT(Surplus(), IsEmpty());
}

TEST_F(ModelTest, DropsAConfiguredVersionThatIsNoLongerNamedAndNeverWasLive) {
  Add("v1");
  Add("v2");
  model_.wanted = {"v1"};
  model_.MakeLive("v1");
  EXPECT_THAT(Surplus(), ElementsAre("v2"));
}

TEST(RestartDelayTest, StartsAtOnceThenBacksOffToHalfAMinute) {
  EXPECT_EQ(RestartDelay(1).count(), 0);
  EXPECT_EQ(RestartDelay(2).count(), 200);
  EXPECT_EQ(RestartDelay(3).count(), 400);
  EXPECT_EQ(RestartDelay(100).count(), 30000);
}

}  // namespace
}  // namespace huidu::front
