#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "base/strings.h"
#include "config/config.h"
#include "repository/inspect.h"
#include "repository/load_plan.h"
#include "repository/test_folder.h"
#include "repository/version_folder.h"

// Versions whose manifest names a task, its networks and its files.
namespace huidu::repository {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;

constexpr char kFake[] = "input x FP32 -1,2\noutput y FP32 -1,2\n";

class TaskVersionTest : public ::testing::Test {
 protected:
  TaskVersionTest() {
    modules_.Write("libhuidu_task_ocr.so");
    setenv("HUIDU_MODULE_DIR", modules_.path().c_str(), 1);
    for (const char* part : {"det", "rec"}) {
      std::filesystem::create_directory(folder_ / part);
      folder_.Write(std::string(part) + "/model.fake", kFake);
    }
    folder_.Write("keys.txt", "一\n二\n");
    Manifest(R"(task: "ocr"
parts { name: "detection" path: "det" }
parts { name: "recognition" path: "rec" }
resources { name: "dictionary" path: "keys.txt" }
settings { name: "box_threshold" value: "0.5" }
)");
  }
  ~TaskVersionTest() override { unsetenv("HUIDU_MODULE_DIR"); }

  void Manifest(const std::string& text) { folder_.Write("version.prototxt", text); }
  absl::StatusOr<Inspection> Inspected() {
    const auto found = Discover(folder_.path());
    return found.ok() ? Inspect(*found) : found.status();
  }
  std::string Refused() { return std::string(Text(Discover(folder_.path()).status())); }

  const TestFolder modules_;
  const TestFolder folder_;
};

TEST_F(TaskVersionTest, HasItsNetworksFilesAndSettings) {
  const auto found = Discover(folder_.path());
  ASSERT_TRUE(found.ok()) << found.status();
  EXPECT_EQ(found->manifest.task, "ocr");
  EXPECT_THAT(found->parts, ElementsAre(Key("detection"), Key("recognition")));
  EXPECT_EQ(found->parts.at("recognition").program_file, folder_ / "rec/model.fake");
  ASSERT_EQ(found->manifest.settings.size(), 1u);
  EXPECT_EQ(found->manifest.settings[0].where, (folder_ / "version.prototxt") + ":5:1");
}

TEST_F(TaskVersionTest, AllOfItIsLoadedByOneEngine) {
  const auto found = Discover(folder_.path());
  const auto inspection = Inspect(*found);
  ASSERT_TRUE(inspection.ok()) << inspection.status();
  const auto read = InspectionFromJson(ToJson(*inspection));
  ASSERT_TRUE(read.ok()) << read.status();
  config::ModelConfig model;
  model.instances = 2;
  const auto plan = PlanLoad(model, *found, *read, 4);
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_EQ(plan->engine, "fake");
  ASSERT_EQ(plan->parts.size(), 2u);
  EXPECT_EQ(plan->parts[0].name, "detection");
  EXPECT_EQ(plan->parts[1].options.program_file, folder_ / "rec/model.fake");
  EXPECT_EQ(plan->parts[1].options.instances, 2);
  EXPECT_EQ(plan->task.task, "ocr");
  EXPECT_EQ(plan->task.directory, folder_.path());
  EXPECT_EQ(plan->task.resources.at(0).path, folder_ / "keys.txt");
}

TEST_F(TaskVersionTest, EveryFileOfItCountsForItsContent) {
  const std::string before = Inspected()->content_hash;
  EXPECT_EQ(Inspected()->content_hash, before);
  folder_.Write("keys.txt", "一\n三\n");
  const std::string other_words = Inspected()->content_hash;
  EXPECT_NE(other_words, before);
  folder_.Write("det/model.fake", std::string(kFake) + "\n");
  EXPECT_NE(Inspected()->content_hash, other_words);
}

TEST_F(TaskVersionTest, AMissingFileIsNamed) {
  std::filesystem::remove(folder_ / "keys.txt");
  EXPECT_THAT(Text(Inspected().status()), HasSubstr("keys.txt"));
  std::filesystem::remove_all(folder_ / "det");
  EXPECT_THAT(Refused(), HasSubstr("/det"));
}

TEST_F(TaskVersionTest, FaultsOfTheManifestHaveTheirPlace) {
  Manifest(R"(task: "translate"
parts { path: "det" }
parts { name: "a" path: "../det" }
resources { name: "a" path: "/etc/passwd" }
resources { name: "a" path: "keys.txt" }
)");
  const std::string faults = Refused();
  EXPECT_THAT(faults, HasSubstr("version.prototxt:1:1: task 'translate' is not known; known: tensors, ocr"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:2:1: name is missing"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:3:19: path is missing, or is not a name inside"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:4:23: path is missing, or is not a name inside"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:5:13: 'a' is named twice"));
}

TEST_F(TaskVersionTest, PartsWithoutATaskAreRefused) {
  Manifest("parts { name: 'detection' path: 'det' }");
  EXPECT_THAT(Refused(), HasSubstr("version.prototxt:1:1: parts belong to a task"));
}

}  // namespace
}  // namespace huidu::repository
