#include "cli/infer/make_inputs.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"
#include "cli/infer/npy.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using tensor::DataType;
using testing::HasSubstr;

const std::vector<tensor::Spec> kTwo = {{"a", DataType::kFp32, {-1, 2}}, {"b", DataType::kInt64, {-1, -1}}};
const std::vector<tensor::Spec> kOne = {{"a", DataType::kFp32, {-1, 2}}};

class MakeInputsTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "huidu_inputs_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& contents) {
    const std::string path = folder_ / name;
    std::ofstream(path, std::ios::binary) << contents;
    return path;
  }

  std::filesystem::path folder_;
};

TEST_F(MakeInputsTest, ReadsEveryKindOfFile) {
  const std::string npy = Write("a.npy", *WriteNpy({"", DataType::kFp32, {1, 2}, "12345678"}));
  const std::string json = Write("b.json", "[[1,2,3]]");
  const auto tensors = MakeInputs({.files = {"a=" + npy, "b=" + json}}, kTwo);
  ASSERT_TRUE(tensors.ok()) << tensors.status();
  EXPECT_EQ((*tensors)[0].name, "a");
  EXPECT_EQ((*tensors)[0].data, "12345678");
  EXPECT_EQ((*tensors)[1].name, "b");
  EXPECT_EQ((*tensors)[1].shape, (tensor::Shape{1, 3}));
  const auto raw = MakeInputs({.files = {Write("a.bin", std::string(24, 'x'))}}, kOne);
  ASSERT_TRUE(raw.ok()) << raw.status();
  EXPECT_EQ((*raw)[0].shape, (tensor::Shape{3, 2}));
}

TEST_F(MakeInputsTest, NamesTheInputsWhereOneIsUnknown) {
  for (const char* text : {"c=x.npy", "x.npy"}) {
    const auto refused = MakeInputs({.files = {text}}, kTwo);
    EXPECT_THAT(std::string(Text(refused.status())), HasSubstr("a, b")) << text;
  }
}

TEST_F(MakeInputsTest, SaysWhichFileIsWrong) {
  const std::string broken = Write("a.npy", "nonsense");
  EXPECT_THAT(std::string(Text(MakeInputs({.files = {broken}}, kOne).status())), HasSubstr("a.npy: not a usable .npy"));
  EXPECT_THAT(std::string(Text(MakeInputs({.files = {folder_ / "none.npy"}}, kOne).status())),
              HasSubstr("No such file"));
  EXPECT_THAT(std::string(Text(MakeInputs({.files = {Write("a.txt", "")}}, kOne).status())),
              HasSubstr(".npy, .json, .bin"));
  EXPECT_FALSE(MakeInputs({.image = Write("a.png", "no picture")}, kOne).ok());
  EXPECT_FALSE(MakeInputs({.image = Write("b.png", "no picture")}, kTwo).ok());
}

TEST_F(MakeInputsTest, MakesTheSameRandomValuesFromTheSameSeed) {
  const InputSources sources{.random = 7, .shapes = {"b=2,3"}};
  const auto first = MakeInputs(sources, kTwo);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ((*first)[0].shape, (tensor::Shape{1, 2}));
  EXPECT_EQ((*first)[1].shape, (tensor::Shape{2, 3}));
  EXPECT_EQ((*first)[1].data.size(), 48u);
  EXPECT_EQ(MakeInputs(sources, kTwo)->front().data, first->front().data);
  EXPECT_NE(MakeInputs({.random = 8, .shapes = {"b=2,3"}}, kTwo)->front().data, first->front().data);
}

TEST_F(MakeInputsTest, AsksForAShapeWhereItCannotGuess) {
  EXPECT_THAT(std::string(Text(MakeInputs({.random = 1}, kTwo).status())), HasSubstr("--shape b="));
  for (const char* shape : {"b=", "b=1,x", "b=-1", "b=1,", "b=99999999999,99999999999"}) {
    EXPECT_FALSE(MakeInputs({.random = 1, .shapes = {shape}}, kTwo).ok()) << shape;
  }
}

}  // namespace
}  // namespace huidu::cli
