#include "repository/version_folder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>

#include "repository/test_folder.h"

namespace huidu::repository {
namespace {

using engine::Format;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;

class VersionFolderTest : public ::testing::Test {
 protected:
  void Write(std::initializer_list<const char*> names) {
    for (const char* name : names) folder_.Write(name);
  }
  VersionFolder Found() {
    auto found = Discover(folder_.path());
    EXPECT_TRUE(found.ok()) << found.status();
    return found.value_or(VersionFolder{});
  }
  std::string Refused(absl::StatusCode code = absl::StatusCode::kFailedPrecondition) {
    const auto found = Discover(folder_.path());
    EXPECT_EQ(found.status().code(), code) << found.status();
    return std::string(found.status().message());
  }

  TestFolder folder_;
};

TEST_F(VersionFolderTest, FindsAPaddleModel) {
  Write({"inference.pdmodel", "inference.pdiparams", "inference.pdiparams.info", "keys.txt", "inference.yml"});
  const VersionFolder found = Found();
  EXPECT_EQ(found.format, Format::kPaddle);
  EXPECT_EQ(found.directory, folder_.path());
  EXPECT_EQ(found.program_file, folder_ / "inference.pdmodel");
  EXPECT_EQ(found.params_file, folder_ / "inference.pdiparams");
  EXPECT_FALSE(found.has_manifest);
}

TEST_F(VersionFolderTest, FindsAnOldPaddleModelInTwoFiles) {
  Write({"__model__", "__params__"});
  const VersionFolder found = Found();
  EXPECT_EQ(found.format, Format::kPaddleCombined);
  EXPECT_EQ(found.params_file, folder_ / "__params__");
}

TEST_F(VersionFolderTest, FindsAnOldPaddleModelWithAFileForEachParameter) {
  Write({"__model__", "fc_0.w_0", "fc_0.b_0", "conf/word.dic"});
  const VersionFolder found = Found();
  EXPECT_EQ(found.format, Format::kPaddleSeparate);
  EXPECT_EQ(found.program_file, folder_ / "__model__");
  EXPECT_EQ(found.params_file, "");
}

TEST_F(VersionFolderTest, FindsAPaddle3Model) {
  Write({"inference.json", "inference.pdiparams", "config.json"});
  const VersionFolder found = Found();
  EXPECT_EQ(found.format, Format::kPaddlePir);
  EXPECT_EQ(found.program_file, folder_ / "inference.json");
}

TEST_F(VersionFolderTest, FindsTheOthers) {
  folder_.Write("onnx/model.onnx");
  folder_.Write("ir/model.xml");
  folder_.Write("ir/model.bin");
  folder_.Write("fake/model.fake");
  EXPECT_EQ(Discover(folder_ / "onnx")->format, Format::kOnnx);
  EXPECT_EQ(Discover(folder_ / "ir")->format, Format::kOpenVinoIr);
  EXPECT_EQ(Discover(folder_ / "ir")->params_file, folder_ / "ir/model.bin");
  EXPECT_EQ(Discover(folder_ / "fake")->format, Format::kFake);
}

TEST_F(VersionFolderTest, FollowsTheLinksOfAMountedConfigMap) {
  folder_.Write("..data_1/model.onnx");
  std::filesystem::create_symlink("..data_1", folder_ / "..data");
  std::filesystem::create_symlink("..data/model.onnx", folder_ / "model.onnx");
  EXPECT_EQ(Found().format, Format::kOnnx);
}

TEST_F(VersionFolderTest, RefusesAnEmptyFolder) { EXPECT_THAT(Refused(), HasSubstr("is empty")); }

TEST_F(VersionFolderTest, RefusesAFolderWithoutAModel) {
  Write({"readme.txt", "a.json", "b.json"});
  EXPECT_THAT(Refused(), HasSubstr("holds no model: it needs *.pdmodel"));
}

TEST_F(VersionFolderTest, NamesThePartThatIsMissing) {
  struct Case {
    const char* present;
    const char* missing;
  };
  for (const auto& [present, missing] : std::initializer_list<Case>{
           {"a.pdmodel", "a.pdmodel is not complete: a.pdiparams is missing"},
           {"a.pdiparams", "a.pdmodel or a.json is missing"},
           {"__params__", "__model__ is missing"},
           {"__model__", "__params__, or one file for each parameter, is missing"},
           {"a.json", "a.pdiparams is missing"},
           {"a.xml", "a.bin is missing"},
       }) {
    const std::string path = folder_.Write(present);
    EXPECT_THAT(Refused(), HasSubstr(missing));
    std::filesystem::remove(path);
  }
}

TEST_F(VersionFolderTest, RefusesToChooseBetweenTwoModels) {
  Write({"a.onnx", "inference.pdmodel", "inference.pdiparams"});
  EXPECT_THAT(Refused(), HasSubstr("more than one model: inference.pdmodel, a.onnx"));
}

TEST_F(VersionFolderTest, RefusesTwoProgramsOfOneParameterFile) {
  Write({"inference.pdmodel", "inference.json", "inference.pdiparams"});
  EXPECT_THAT(Refused(), HasSubstr("inference.pdmodel, inference.json"));
}

TEST_F(VersionFolderTest, RefusesWhatIsNoFolder) {
  EXPECT_EQ(Discover(folder_ / "none").status().code(), absl::StatusCode::kNotFound);
  const std::string file = folder_.Write("file");
  EXPECT_EQ(Discover(file).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(VersionFolderTest, DoesNotTakeAFolderOrAFifoForAFile) {
  std::filesystem::create_directory(folder_ / "model.onnx");
  ASSERT_EQ(::mkfifo((folder_ / "model.fake").c_str(), 0600), 0);
  EXPECT_THAT(Refused(), HasSubstr("is empty"));
}

TEST_F(VersionFolderTest, TheManifestChoosesBetweenTwoModels) {
  Write({"a.onnx", "b.onnx"});
  folder_.Write("version.prototxt", "files { name: 'b.onnx' sha256: '" + std::string(64, 'A') +
                                        "' } engine: OPENVINO"
                                        " warmup_samples: 'samples/one.json'");
  const VersionFolder found = Found();
  EXPECT_EQ(found.program_file, folder_ / "b.onnx");
  EXPECT_TRUE(found.has_manifest);
  EXPECT_EQ(found.manifest.task, "tensors");
  EXPECT_EQ(found.manifest.engine, "openvino");
  EXPECT_THAT(found.manifest.sha256, ElementsAre(Pair("b.onnx", std::string(64, 'a'))));
  EXPECT_THAT(found.manifest.warmup_samples, ElementsAre("samples/one.json"));
}

TEST_F(VersionFolderTest, RefusesAWrongManifestWithAllItsFaults) {
  Write({"a.onnx"});
  folder_.Write("version.prototxt",
                "task: 'fly'\nfiles { name: '../a.onnx' }\nfiles { name: 'a' sha256: 'xyz' "
                "}\nwarmup_samples: '/etc'");
  const std::string faults = Refused(absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(faults, HasSubstr("version.prototxt:1:1: task 'fly' is not known"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:2:9: name is missing, or is not a name inside"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:3:19: sha256 is 64 hexadecimal digits"));
  EXPECT_THAT(faults, HasSubstr("version.prototxt:4:1: a sample is the name of a file inside"));
}

TEST_F(VersionFolderTest, KnowsAVersionFolderByItsNames) {
  EXPECT_FALSE(LooksLikeVersionFolder(folder_.path()));
  Write({"some.json", "some.xml"});
  EXPECT_FALSE(LooksLikeVersionFolder(folder_.path()));
  Write({"__model__"});
  EXPECT_TRUE(LooksLikeVersionFolder(folder_.path()));
  EXPECT_FALSE(LooksLikeVersionFolder(folder_ / "none"));
}

// What else stands in a version's folder, as the faults.json of a test, is no part of its model.
TEST_F(VersionFolderTest, AFileOfFaultsDoesNotChangeWhatIsFound) {
  const struct {
    std::vector<const char*> files;
    Format format;
  } kModels[] = {
      {{"inference.pdmodel", "inference.pdiparams"}, Format::kPaddle},
      {{"inference.json", "inference.pdiparams"}, Format::kPaddlePir},
      {{"__model__", "__params__"}, Format::kPaddleCombined},
      {{"__model__", "fc_0.w_0"}, Format::kPaddleSeparate},
      {{"model.onnx"}, Format::kOnnx},
      {{"model.xml", "model.bin"}, Format::kOpenVinoIr},
      {{"model.fake"}, Format::kFake},
  };
  for (const auto& model : kModels) {
    const TestFolder folder;
    for (const char* file : model.files) folder.Write(file);
    const auto without = Discover(folder.path());
    folder.Write("faults.json", "{}");
    const auto with = Discover(folder.path());
    ASSERT_TRUE(with.ok()) << with.status();
    EXPECT_EQ(with->format, model.format);
    EXPECT_EQ(with->program_file, without->program_file);
    EXPECT_EQ(with->params_file, without->params_file);
  }
}

}  // namespace
}  // namespace huidu::repository
