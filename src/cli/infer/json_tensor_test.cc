#include "cli/infer/json_tensor.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

namespace huidu::cli {
namespace {

using Json = nlohmann::ordered_json;
using tensor::DataType;

TEST(JsonTensorTest, ReadsNestedLists) {
  const auto tensor = TensorFromJson(Json::parse("[[1, 2, 3], [4, 5, 6]]"), DataType::kInt32);
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->shape, (tensor::Shape{2, 3}));
  int32_t last = 0;
  ASSERT_EQ(tensor->data.size(), 24u);
  std::memcpy(&last, tensor->data.data() + 20, 4);
  EXPECT_EQ(last, 6);
}

TEST(JsonTensorTest, ReadsAFlatListWithItsShape) {
  const auto tensor = TensorFromJson(Json::parse(R"({"shape":[2,1],"data":["a","bc"]})"), DataType::kBytes);
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->data, std::string("\1\0\0\0a\2\0\0\0bc", 11));
}

TEST(JsonTensorTest, RefusesWhatDoesNotFit) {
  const std::pair<const char*, DataType> cases[] = {{"[[1,2],[3]]", DataType::kInt32},
                                                    {"[[1],2]", DataType::kInt32},
                                                    {"[256]", DataType::kUint8},
                                                    {"[-1]", DataType::kUint64},
                                                    {"[1.5]", DataType::kInt64},
                                                    {"[1]", DataType::kBool},
                                                    {"[true]", DataType::kFp32},
                                                    {"[1]", DataType::kBytes},
                                                    {"[1]", DataType::kFp16},
                                                    {R"({"shape":[3],"data":[1,2]})", DataType::kInt32},
                                                    {R"({"shape":[-1],"data":[]})", DataType::kInt32},
                                                    {R"({"shape":["a"],"data":[]})", DataType::kInt32},
                                                    {R"({"data":[1]})", DataType::kInt32}};
  for (const auto& [text, type] : cases) EXPECT_FALSE(TensorFromJson(Json::parse(text), type).ok()) << text;
}

TEST(JsonTensorTest, RefusesABottomlessNest) {
  const std::string deep = std::string(1000, '[') + std::string(1000, ']');
  EXPECT_FALSE(TensorFromJson(Json::parse(deep), DataType::kInt32).ok());
}

TEST(JsonTensorTest, WritesWhatItReads) {
  const auto tensor = TensorFromJson(Json::parse("[[0.5, -2], [3, 4]]"), DataType::kFp32);
  ASSERT_TRUE(tensor.ok());
  EXPECT_EQ(TensorToJson(*tensor)["data"], Json::parse("[0.5, -2, 3, 4]"));
  const auto third = TensorFromJson(Json::parse("[0.333333343]"), DataType::kFp32);
  EXPECT_EQ(TensorToJson(*third)["data"][0].get<float>(), 1.0f / 3.0f);
  const auto words = TensorFromJson(Json::parse(R"(["灰","度"])"), DataType::kBytes);
  EXPECT_EQ(TensorToJson(*words)["data"], Json::parse(R"(["灰","度"])"));
}

TEST(JsonTensorTest, WritesNullForWhatJsonCannotSay) {
  const float nan = NAN;
  std::string data(4, '\0');
  std::memcpy(data.data(), &nan, 4);
  EXPECT_EQ(TensorToJson({"x", DataType::kFp32, {1}, data})["data"][0], nullptr);
}

}  // namespace
}  // namespace huidu::cli
