#include "task/ocr/dictionary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu::task::ocr {
namespace {

using ::testing::HasSubstr;

// Each step's likeliest column, with a probability of 0.6 and more by 0.1 for each step.
std::vector<float> Steps(const Dictionary& dictionary, const std::vector<size_t>& columns) {
  std::vector<float> steps(columns.size() * dictionary.columns(), 0.01f);
  for (size_t i = 0; i < columns.size(); ++i) {
    steps[i * dictionary.columns() + columns[i]] = 0.6f + 0.1f * static_cast<float>(i);
  }
  return steps;
}

TEST(DictionaryTest, RepetitionsAreOneAndNothingPartsThem) {
  const Dictionary dictionary({"甲", "乙"});  // columns: nothing, 甲, 乙, space
  EXPECT_EQ(dictionary.columns(), 4u);
  EXPECT_EQ(dictionary.Decode(Steps(dictionary, {1, 1, 0, 1})).text, "甲甲");
  EXPECT_EQ(dictionary.Decode(Steps(dictionary, {0, 2, 2, 3})).text, "乙 ");
  EXPECT_EQ(dictionary.Decode(Steps(dictionary, {1, 2, 1})).text, "甲乙甲");
}

TEST(DictionaryTest, TheScoreIsTheMeanOfTheCharactersAndNotOfTheirRepetitions) {
  const Dictionary dictionary({"甲", "乙"});
  EXPECT_NEAR(dictionary.Decode(Steps(dictionary, {1, 1, 0, 2})).score, (0.6 + 0.9) / 2, 1e-6);
  const Reading nothing = dictionary.Decode(Steps(dictionary, {0, 0}));
  EXPECT_EQ(nothing.text, "");
  EXPECT_EQ(nothing.score, 0);
  EXPECT_EQ(dictionary.Decode({}).text, "");
}

class DictionaryFileTest : public ::testing::Test {
 protected:
  absl::StatusOr<Dictionary> Load(const std::string& content) {
    std::ofstream(path_, std::ios::binary) << content;
    return Dictionary::Load(path_);
  }
  void TearDown() override { std::filesystem::remove(path_); }
  const std::string path_ =
      ::testing::TempDir() + "/huidu_dictionary_" + ::testing::UnitTest::GetInstance()->current_test_info()->name();
};

TEST_F(DictionaryFileTest, HasOneCharacterALineWhateverEndsTheLines) {
  for (const char* content : {"a\nb\nc\n", "a\r\nb\r\nc\r\n", "a\nb\nc"}) {
    const auto dictionary = Load(content);
    ASSERT_TRUE(dictionary.ok()) << dictionary.status();
    EXPECT_EQ(dictionary->columns(), 5u);
    EXPECT_EQ(dictionary->Decode(Steps(*dictionary, {1, 2, 3})).text, "abc");
  }
}

TEST_F(DictionaryFileTest, EmptyOrMissingIsAnErrorWithThePath) {
  EXPECT_THAT(Text(Load("").status()), HasSubstr(StrCat(path_, " holds no character")));
  EXPECT_EQ(Dictionary::Load(path_ + "_missing").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace huidu::task::ocr
