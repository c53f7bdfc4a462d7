#include "front/http/json_sample.h"

#include <gtest/gtest.h>

#include <cstring>

#include "front/router/payload.h"

namespace huidu::front {
namespace {

std::shared_ptr<Servable> MakeServable() {
  engine::Signature signature;
  signature.inputs = {{.name = "x", .type = tensor::DataType::kFp32, .shape = {-1, 2}},
                      {.name = "s", .type = tensor::DataType::kBytes, .shape = {1}}};
  return std::make_shared<Servable>("m", "v1", std::move(signature), *ipc::Arena::Create("test", 1 << 16, true));
}

TEST(JsonSampleTest, ReadsTensorsIntoTheVersionsArena) {
  const auto servable = MakeServable();
  const auto payload = ReadJsonSample(*servable, R"({"inputs":[
      {"name":"x","datatype":"FP32","shape":[1,2],"data":[1.5,-2]},
      {"name":"s","datatype":"BYTES","shape":[1],"data":["ab"]}]})");
  ASSERT_TRUE(payload.ok()) << payload.status();
  std::array<float, 2> x;
  std::memcpy(x.data(), InputBytes(*servable, **payload, 0).data(), sizeof(x));
  EXPECT_EQ(x, (std::array<float, 2>{1.5F, -2}));
  EXPECT_EQ(std::memcmp(InputBytes(*servable, **payload, 1).data(), "\2\0\0\0ab", 6), 0);
}

TEST(JsonSampleTest, SaysWhatIsWrong) {
  const auto servable = MakeServable();
  EXPECT_FALSE(ReadJsonSample(*servable, "{").ok());
  const auto missing =
      ReadJsonSample(*servable, R"({"inputs":[{"name":"x","datatype":"FP32","shape":[1,2],"data":[1,2]}]})");
  EXPECT_NE(missing.status().message().find("input 's' is missing"), absl::string_view::npos);
}

}  // namespace
}  // namespace huidu::front
