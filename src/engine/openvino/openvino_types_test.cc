#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "absl/strings/ascii.h"
#include "base/strings.h"
#include "engine/testing/model_fixture.h"

namespace huidu::engine {
namespace {

using tensor::DataType;
using ::testing::ElementsAre;
using testing::Files;
using ::testing::HasSubstr;
using testing::LoadedModel;
using testing::ModelFolder;
using testing::TemporaryFolder;
using testing::ViewOf;

// A model that answers its input, as OpenVINO's text format. `type` and `shape` as OpenVINO writes them.
std::string EchoXml(const std::string& type, const std::string& precision, const std::string& shape,
                    const std::string& dims) {
  const std::string port = StrCat("<port id=\"0\" precision=\"", precision, "\" names=\"x\">", dims, "</port>");
  return StrCat(
      "<?xml version=\"1.0\"?><net name=\"echo\" version=\"11\"><layers>"
      "<layer id=\"0\" name=\"x\" type=\"Parameter\" version=\"opset1\"><data shape=\"",
      shape, "\" element_type=\"", type, "\"/><output>", port,
      "</output></layer>"
      "<layer id=\"1\" name=\"y\" type=\"Result\" version=\"opset1\"><input><port id=\"0\" precision=\"",
      precision, "\">", dims,
      "</port></input></layer></layers>"
      "<edges><edge from-layer=\"0\" from-port=\"0\" to-layer=\"1\" to-port=\"0\"/></edges></net>");
}

absl::StatusOr<LoadedModel> LoadXml(const TemporaryFolder& folder, const std::string& xml) {
  folder.Write("model.xml", xml);
  folder.Write("model.bin", std::string(8, '\0'));
  return testing::TryLoad("openvino", Files(Format::kOpenVinoIr, folder.path(), "model.xml", "model.bin"));
}

class EchoTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EchoTest, GivesBackTheSameBytes) {
  const std::string name = GetParam();
  const std::string folder = ModelFolder(StrCat("echo_", absl::AsciiStrToLower(name), "_v1"));
  if (folder.empty()) GTEST_SKIP() << "no model echo_" << name << ": run tools/setup to prepare the models";
  auto echo = testing::TryLoad("openvino", Files(Format::kOnnx, folder, "model.onnx"));
  ASSERT_TRUE(echo.ok()) << echo.status();
  const DataType type = *tensor::FromName(name);
  EXPECT_EQ(echo->model->signature().inputs[0].type, type);
  EXPECT_EQ(echo->model->signature().outputs[0].type, type);
  // 2 × 4 elements: small numbers, which every type holds exactly.
  const size_t size = tensor::ElementSize(type);
  std::vector<uint8_t> bytes(8 * size);
  for (size_t i = 0; i < 8; ++i) bytes[i * size] = static_cast<uint8_t>(i % 2);
  ASSERT_EQ(echo->Run({ViewOf(type, {2, 4}, bytes)}), absl::OkStatus());
  EXPECT_EQ(echo->sink.Values<uint8_t>(0), bytes);
  EXPECT_THAT(echo->sink.at(0).shape, ElementsAre(2, 4));
}

INSTANTIATE_TEST_SUITE_P(Types, EchoTest,
                         ::testing::Values("BOOL", "UINT8", "UINT16", "UINT32", "UINT64", "INT8", "INT16", "INT32",
                                           "INT64", "FP16", "FP32", "FP64", "BF16"),
                         [](const auto& info) { return std::string(info.param); });

TEST(OpenVinoStringsTest, GoThroughWithAnyBytesInThem) {
  HUIDU_SKIP_WITHOUT_MODEL("echo_bytes_v1");
  auto echo = testing::TryLoad("openvino", Files(Format::kOnnx, ModelFolder("echo_bytes_v1"), "model.onnx"));
  ASSERT_TRUE(echo.ok()) << echo.status();
  std::vector<char> bytes;
  for (const std::string& text : {std::string("灰度"), std::string(), std::string("a\0b", 3), std::string(1000, 'z')}) {
    const auto length = static_cast<uint32_t>(text.size());
    bytes.insert(bytes.end(), reinterpret_cast<const char*>(&length), reinterpret_cast<const char*>(&length + 1));
    bytes.insert(bytes.end(), text.begin(), text.end());
  }
  for (int i = 0; i < 2; ++i) {
    ASSERT_EQ(echo->Run({ViewOf(DataType::kBytes, {1, 4}, bytes)}), absl::OkStatus());
    EXPECT_EQ(echo->sink.Values<char>(0), bytes);
  }
}

TEST(OpenVinoTypesTest, RefusesIntegersThatOpenVinoWouldCutShort) {
  HUIDU_SKIP_WITHOUT_MODEL("echo_int64_v1");
  auto echo = testing::TryLoad("openvino", Files(Format::kOnnx, ModelFolder("echo_int64_v1"), "model.onnx"));
  ASSERT_TRUE(echo.ok()) << echo.status();
  std::vector<int64_t> values = {INT32_MIN, -1, 0, INT32_MAX};
  ASSERT_EQ(echo->Run({ViewOf(DataType::kInt64, {1, 4}, values)}), absl::OkStatus());
  EXPECT_EQ(echo->sink.Values<int64_t>(0), values);
  values[2] = 1LL << 40;
  const absl::Status status = echo->Run({ViewOf(DataType::kInt64, {1, 4}, values)});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("input 'x': OpenVINO computes 64-bit integers with 32 bits, 1099511627776"));
}

TEST(OpenVinoShapesTest, RefusesAnInputWithoutAnyShapeAsTheCpuHasNoCodeForIt) {
  const TemporaryFolder folder;
  const absl::Status status = LoadXml(folder, EchoXml("f32", "FP32", "...", "")).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(status.ToString(), HasSubstr("dynamic rank"));
}

TEST(OpenVinoShapesTest, TakesScalarsAndEmptyTensors) {
  const TemporaryFolder folder;
  auto scalar = LoadXml(folder, EchoXml("f32", "FP32", "", ""));
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_TRUE(scalar->model->signature().inputs[0].shape.empty());
  ASSERT_EQ(scalar->Run({ViewOf(DataType::kFp32, {}, std::vector<float>{7})}), absl::OkStatus());
  EXPECT_THAT(scalar->sink.Values<float>(0), ElementsAre(7));

  auto rows = LoadXml(folder, EchoXml("f32", "FP32", "?,4", "<dim>-1</dim><dim>4</dim>"));
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->Run({{.type = DataType::kFp32, .shape = {0, 4}, .data = {}}}), absl::OkStatus());
  EXPECT_THAT(rows->sink.at(0).shape, ElementsAre(0, 4));
}

// y = sum = sum + x: a network with a variable that outlives the run.
std::string AccumulatorXml() {
  const std::string dims = "<dim>1</dim><dim>2</dim>";
  const auto port = [&](int id, const std::string& names = "") {
    return StrCat("<port id=\"", id, "\" precision=\"FP32\"", names, ">", dims, "</port>");
  };
  return StrCat(
      "<?xml version=\"1.0\"?><net name=\"sum\" version=\"11\"><layers>"
      "<layer id=\"0\" name=\"x\" type=\"Parameter\" version=\"opset1\"><data shape=\"1,2\" "
      "element_type=\"f32\"/><output>",
      port(0, " names=\"x\""),
      "</output></layer>"
      "<layer id=\"1\" name=\"zero\" type=\"Const\" version=\"opset1\">"
      "<data element_type=\"f32\" shape=\"1, 2\" offset=\"0\" size=\"8\"/><output>",
      port(0),
      "</output></layer>"
      "<layer id=\"2\" name=\"read\" type=\"ReadValue\" version=\"opset6\"><data variable_id=\"sum\" "
      "variable_type=\"f32\" variable_shape=\"1,2\"/><input>",
      port(0), "</input><output>", port(1),
      "</output></layer>"
      "<layer id=\"3\" name=\"add\" type=\"Add\" version=\"opset1\"><data auto_broadcast=\"numpy\"/><input>",
      port(0), port(1), "</input><output>", port(2, " names=\"y\""),
      "</output></layer>"
      "<layer id=\"4\" name=\"keep\" type=\"Assign\" version=\"opset6\"><data variable_id=\"sum\"/><input>",
      port(0), "</input><output>", port(1),
      "</output></layer>"
      "<layer id=\"5\" name=\"result\" type=\"Result\" version=\"opset1\"><input>",
      port(0),
      "</input></layer></layers>"
      "<edges><edge from-layer=\"0\" from-port=\"0\" to-layer=\"3\" to-port=\"1\"/>"
      "<edge from-layer=\"1\" from-port=\"0\" to-layer=\"2\" to-port=\"0\"/>"
      "<edge from-layer=\"2\" from-port=\"1\" to-layer=\"3\" to-port=\"0\"/>"
      "<edge from-layer=\"3\" from-port=\"2\" to-layer=\"4\" to-port=\"0\"/>"
      "<edge from-layer=\"3\" from-port=\"2\" to-layer=\"5\" to-port=\"0\"/></edges></net>");
}

TEST(OpenVinoStateTest, DoesNotLastFromOneRequestToTheNext) {
  const TemporaryFolder folder;
  auto accumulator = LoadXml(folder, AccumulatorXml());
  ASSERT_TRUE(accumulator.ok()) << accumulator.status();
  EXPECT_EQ(accumulator->model->signature().outputs[0].name, "y");
  const std::vector<float> x = {1, 2};
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(accumulator->Run({ViewOf(DataType::kFp32, {1, 2}, x)}), absl::OkStatus());
    EXPECT_THAT(accumulator->sink.Values<float>(0), ElementsAre(1, 2)) << "run " << i;
  }
}

TEST(OpenVinoTypesTest, RefusesATypeThatTheProtocolDoesNotHave) {
  const TemporaryFolder folder;
  for (const auto& [type, precision] : {std::pair{"u4", "U4"}, {"i4", "I4"}, {"f8e4m3", "F8E4M3"}}) {
    const absl::Status status = LoadXml(folder, EchoXml(type, precision, "4", "<dim>4</dim>")).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(status.ToString(), HasSubstr(StrCat("input 'x' is of type ", type)));
  }
}

}  // namespace
}  // namespace huidu::engine
