#include "task/text/parameter_shapes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "engine/testing/model_fixture.h"

namespace huidu::task::text {
namespace {

using engine::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
void AppendRaw(T value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// A parameter as Paddle writes it; `description` is its protobuf message.
std::string Record(const std::string& description, size_t value_bytes) {
  std::string bytes;
  AppendRaw<uint32_t>(0, bytes);
  AppendRaw<uint64_t>(0, bytes);
  AppendRaw<uint32_t>(0, bytes);
  AppendRaw(static_cast<int32_t>(description.size()), bytes);
  return bytes + description + std::string(value_bytes, '\0');
}

const std::string kFloats3x2("\x08\x05\x10\x03\x10\x02", 6);
const std::string kPackedInt64s300("\x08\x03\x12\x02\xAC\x02", 6);

TEST(ParameterShapesTest, ReadsOneAfterTheOther) {
  const TemporaryFolder folder;
  const auto one = ReadParameterShapes(folder.Write("one", Record(kFloats3x2, 24)));
  ASSERT_TRUE(one.ok()) << one.status();
  EXPECT_THAT(*one, ElementsAre(tensor::Shape{3, 2}));
  const auto two = ReadParameterShapes(folder.Write("two", Record(kFloats3x2, 24) + Record(kPackedInt64s300, 2400)));
  ASSERT_TRUE(two.ok()) << two.status();
  EXPECT_THAT(*two, ElementsAre(tensor::Shape{3, 2}, tensor::Shape{300}));
}

TEST(ParameterShapesTest, RefusesEveryFileThatIsCutOff) {
  const TemporaryFolder folder;
  const std::string whole = Record(kFloats3x2, 24);
  for (size_t size = 1; size < whole.size(); ++size) {
    const absl::Status status = ReadParameterShapes(folder.Write("cut", whole.substr(0, size))).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << size;
    EXPECT_THAT(Text(status), HasSubstr("/cut is no parameter file of Paddle"));
  }
}

TEST(ParameterShapesTest, RefusesSizesThatCannotBe) {
  const TemporaryFolder folder;
  for (const std::string& description :
       {std::string("\x08\x05\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F", 12), std::string("\x08\x63\x10\x01", 4),
        std::string("\x08\x05\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01", 13), std::string("\x1A\x7F", 2)}) {
    EXPECT_FALSE(ReadParameterShapes(folder.Write("bad", Record(description, 64))).ok());
  }
  EXPECT_EQ(ReadParameterShapes(folder.path() + "/none").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace huidu::task::text
