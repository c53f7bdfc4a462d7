#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "engine/engine.h"

namespace huidu::engine {
namespace {

using ::testing::HasSubstr;

// A folder of modules of the test's own.
class ModuleFolder {
 public:
  ModuleFolder() : path_(std::filesystem::path(::testing::TempDir()) / "modules_of_open_engine_test") {
    std::filesystem::create_directories(path_);
    setenv("HUIDU_MODULE_DIR", path_.c_str(), 1);
  }
  ~ModuleFolder() {
    unsetenv("HUIDU_MODULE_DIR");
    std::filesystem::remove_all(path_);
  }
  std::filesystem::path File(const std::string& engine) const { return path_ / ("libhuidu_engine_" + engine + ".so"); }

 private:
  std::filesystem::path path_;
};

TEST(OpenEngineTest, OpensTheModuleBesideTheProgramOnce) {
  const auto engine = OpenEngine("fake");
  ASSERT_TRUE(engine.ok()) << engine.status();
  EXPECT_EQ((*engine)->name(), "fake");
  EXPECT_EQ(*OpenEngine("fake"), *engine);
}

TEST(OpenEngineTest, RefusesNamesThatCouldLeaveTheFolder) {
  for (const char* name : {"", "../fake", "Fake", "fake.so", "fa ke"}) {
    EXPECT_EQ(OpenEngine(name).status().code(), absl::StatusCode::kInvalidArgument) << name;
  }
}

TEST(OpenEngineTest, SaysThatAModuleIsNotThere) {
  const auto status = OpenEngine("tensor_rocket").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("libhuidu_engine_tensor_rocket.so does not exist"));
}

TEST(OpenEngineTest, SaysWhichPackageALibraryComesFrom) {
  const ModuleFolder folder;
  std::ofstream(folder.File("openvino")) << "not a library";
  const auto status = OpenEngine("openvino").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("engine 'openvino' cannot be loaded"));
  EXPECT_THAT(status.ToString(), HasSubstr("Python package openvino"));
}

TEST(OpenEngineTest, RefusesALibraryThatIsNoModule) {
  const ModuleFolder folder;
  std::filesystem::copy_file("/lib/x86_64-linux-gnu/libz.so.1", folder.File("zip"));
  const auto status = OpenEngine("zip").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(status.ToString(), HasSubstr("has no huidu_engine_v1"));
}

}  // namespace
}  // namespace huidu::engine
