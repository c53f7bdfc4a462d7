#include "front/grpc/convert.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "base/strings.h"

namespace huidu::front::rpc {
namespace {

using inference::ModelInferRequest;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ModelInferRequest::InferInputTensor* AddInput(ModelInferRequest& request, const char* name, const char* datatype,
                                              std::vector<int64_t> shape) {
  auto* input = request.add_inputs();
  input->set_name(name);
  input->set_datatype(datatype);
  input->mutable_shape()->Add(shape.begin(), shape.end());
  return input;
}

std::string_view Error(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  return Text(status);
}

// The bytes of the first input, as elements of `T`.
template <typename T>
std::vector<T> Copied(const ModelInferRequest& request) {
  const absl::StatusOr<RequestView> view = View(request);
  EXPECT_TRUE(view.ok()) << view.status();
  std::vector<T> elements(view->inputs[0].bytes / sizeof(T));
  const absl::Status status = CopyInput(request, 0, std::as_writable_bytes(std::span(elements)));
  EXPECT_TRUE(status.ok()) << status;
  return elements;
}

TEST(ConvertTest, RawContentsAreDescribedAndCopiedAsTheyAre) {
  ModelInferRequest request;
  AddInput(request, "x", "FP16", {1, 2});
  request.add_raw_input_contents("abcd");
  request.add_outputs()->set_name("y");
  const absl::StatusOr<RequestView> view = View(request);
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_EQ(view->inputs[0].name, "x");
  EXPECT_EQ(view->inputs[0].datatype, "FP16");
  EXPECT_THAT(view->inputs[0].shape, ElementsAre(1, 2));
  EXPECT_EQ(view->inputs[0].bytes, 4u);
  EXPECT_THAT(view->outputs, ElementsAre("y"));
  EXPECT_THAT(Copied<char>(request), ElementsAre('a', 'b', 'c', 'd'));
}

TEST(ConvertTest, TypedContentsOfEveryDatatypeBecomeItsBytes) {
  const auto typed = [](const char* datatype, auto fill) {
    ModelInferRequest request;
    fill(*AddInput(request, "x", datatype, {2})->mutable_contents());
    return request;
  };
  const auto ints = [](auto& c) { c.add_int_contents(-7), c.add_int_contents(100); };
  const auto uints = [](auto& c) { c.add_uint_contents(7), c.add_uint_contents(200); };
  EXPECT_THAT(Copied<int8_t>(typed("INT8", ints)), ElementsAre(-7, 100));
  EXPECT_THAT(Copied<int16_t>(typed("INT16", ints)), ElementsAre(-7, 100));
  EXPECT_THAT(Copied<int32_t>(typed("INT32", ints)), ElementsAre(-7, 100));
  EXPECT_THAT(Copied<uint8_t>(typed("UINT8", uints)), ElementsAre(7, 200));
  EXPECT_THAT(Copied<uint16_t>(typed("UINT16", uints)), ElementsAre(7, 200));
  EXPECT_THAT(Copied<uint32_t>(typed("UINT32", uints)), ElementsAre(7, 200));
  EXPECT_THAT(Copied<int64_t>(typed("INT64", [](auto& c) { c.add_int64_contents(-1); })), ElementsAre(-1));
  EXPECT_THAT(Copied<uint64_t>(typed("UINT64", [](auto& c) { c.add_uint64_contents(9); })), ElementsAre(9));
  EXPECT_THAT(Copied<float>(typed("FP32", [](auto& c) { c.add_fp32_contents(1.5f); })), ElementsAre(1.5f));
  EXPECT_THAT(Copied<double>(typed("FP64", [](auto& c) { c.add_fp64_contents(-2.5); })), ElementsAre(-2.5));
  EXPECT_THAT(Copied<uint8_t>(typed("BOOL", [](auto& c) { c.add_bool_contents(true), c.add_bool_contents(false); })),
              ElementsAre(1, 0));
}

TEST(ConvertTest, TypedBytesGetTheirLengthPrefixes) {
  ModelInferRequest request;
  auto* contents = AddInput(request, "words", "BYTES", {2})->mutable_contents();
  contents->add_bytes_contents("灰度");
  contents->add_bytes_contents("");
  const std::vector<char> bytes = Copied<char>(request);
  EXPECT_EQ(std::string(bytes.begin(), bytes.end()), std::string("\6\0\0\0灰度\0\0\0\0", 14));
}

TEST(ConvertTest, ASmallIntegerOutOfItsRangeIsNamedWithItsPlace) {
  ModelInferRequest request;
  auto* contents = AddInput(request, "x", "INT8", {2})->mutable_contents();
  contents->add_int_contents(1);
  contents->add_int_contents(300);
  std::byte out[2];
  EXPECT_THAT(Error(CopyInput(request, 0, out)), HasSubstr("input 'x': element 1 is 300, which is no INT8"));
}

TEST(ConvertTest, ElementsInAnotherDatatypesFieldAreRefused) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1})->mutable_contents()->add_int64_contents(1);
  EXPECT_THAT(Error(View(request).status()), HasSubstr("FP32 travels in fp32_contents"));
}

TEST(ConvertTest, HalfPrecisionWithoutRawContentsIsRefused) {
  for (const char* datatype : {"FP16", "BF16"}) {
    ModelInferRequest request;
    AddInput(request, "x", datatype, {1})->mutable_contents()->add_fp32_contents(1);
    EXPECT_THAT(Error(View(request).status()), HasSubstr("raw_input_contents")) << datatype;
  }
}

TEST(ConvertTest, RawAndTypedContentsInOneRequestAreRefused) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1})->mutable_contents()->add_fp32_contents(1);
  request.add_raw_input_contents("abcd");
  EXPECT_THAT(Error(View(request).status()), HasSubstr("input 'x'"));
}

TEST(ConvertTest, AnotherNumberOfRawContentsThanOfInputsIsRefused) {
  ModelInferRequest request;
  AddInput(request, "x", "FP32", {1});
  AddInput(request, "y", "FP32", {1});
  request.add_raw_input_contents("abcd");
  EXPECT_THAT(Error(View(request).status()), HasSubstr("1 entries for 2 inputs"));
}

TEST(ConvertTest, SharedMemoryAndClassificationAreRefusedByName) {
  ModelInferRequest input;
  (*AddInput(input, "x", "FP32", {1})->mutable_parameters())["shared_memory_region"].set_string_param("r");
  EXPECT_THAT(Error(View(input).status()), HasSubstr("input 'x': shared memory"));
  ModelInferRequest output;
  auto* wanted = output.add_outputs();
  wanted->set_name("y");
  (*wanted->mutable_parameters())["classification"].set_int64_param(3);
  EXPECT_THAT(Error(View(output).status()), HasSubstr("output 'y': the classification"));
}

TEST(ConvertTest, TooManyTensorsAreRefused) {
  ModelInferRequest request;
  for (size_t i = 0; i <= tensor::kMaxTensors; ++i) request.add_outputs()->set_name("y");
  EXPECT_THAT(Error(View(request).status()), HasSubstr("257 outputs"));
}

TEST(ConvertTest, LodIsReadFromTheInputsParameter) {
  ModelInferRequest request;
  auto* input = AddInput(request, "words", "INT64", {5, 1});
  (*input->mutable_parameters())["lod"].set_string_param("0,2,5");
  for (int i = 0; i < 5; ++i) input->mutable_contents()->add_int64_contents(i);
  const absl::StatusOr<RequestView> view = View(request);
  ASSERT_TRUE(view.ok()) << view.status();
  EXPECT_THAT(view->inputs[0].lod, ElementsAre(0, 2, 5));
  (*input->mutable_parameters())["lod"].set_int64_param(3);
  EXPECT_THAT(Error(View(request).status()), HasSubstr("input 'words'"));
}

TEST(ConvertTest, TimeoutIsInMicroseconds) {
  ModelInferRequest request;
  EXPECT_EQ(Timeout(request).value(), std::nullopt);
  auto& timeout = (*request.mutable_parameters())["timeout"];
  timeout.set_int64_param(250);
  EXPECT_EQ(Timeout(request).value(), std::chrono::microseconds(250));
  timeout.set_uint64_param(251);
  EXPECT_EQ(Timeout(request).value(), std::chrono::microseconds(251));
  timeout.set_int64_param(0);
  EXPECT_EQ(Timeout(request).value(), std::nullopt);
}

TEST(ConvertTest, ATimeoutThatIsNoNumberOfMicrosecondsIsRefused) {
  ModelInferRequest request;
  auto& timeout = (*request.mutable_parameters())["timeout"];
  timeout.set_string_param("1s");
  EXPECT_THAT(Error(Timeout(request).status()), HasSubstr("timeout"));
  timeout.set_int64_param(-1);
  EXPECT_THAT(Error(Timeout(request).status()), HasSubstr("timeout"));
  timeout.set_uint64_param(std::numeric_limits<uint64_t>::max());
  EXPECT_THAT(Error(Timeout(request).status()), HasSubstr("timeout"));
}

class ResponseTest : public ::testing::Test {
 protected:
  Result Answered(uint16_t output) {
    engine::Signature signature;
    signature.outputs.push_back({.name = "y", .type = tensor::DataType::kInt16, .shape = {-1}});
    Result result;
    result.servable = std::make_shared<Servable>("m", "v2", signature, nullptr);
    result.answer.outputs.push_back(
        {.index = output, .type = tensor::DataType::kInt16, .shape = {2}, .data = std::as_bytes(std::span(values_))});
    return result;
  }
  const int16_t values_[2] = {3, -4};
};

TEST_F(ResponseTest, OutputsAreRawAndNamedByTheSignature) {
  inference::ModelInferResponse response;
  const Result result = Answered(0);
  ASSERT_TRUE(FillHead(result, "id-1", response).ok());
  AddContents(result.answer, response);
  EXPECT_EQ(response.model_name(), "m");
  EXPECT_EQ(response.model_version(), "v2");
  EXPECT_EQ(response.id(), "id-1");
  ASSERT_EQ(response.outputs_size(), 1);
  EXPECT_EQ(response.outputs(0).name(), "y");
  EXPECT_EQ(response.outputs(0).datatype(), "INT16");
  EXPECT_THAT(response.outputs(0).shape(), ElementsAre(2));
  EXPECT_EQ(response.raw_output_contents(0), std::string(reinterpret_cast<const char*>(values_), sizeof(values_)));
}

TEST_F(ResponseTest, AnOutputThatTheSignatureDoesNotHaveIsTheWorkersError) {
  inference::ModelInferResponse response;
  EXPECT_EQ(FillHead(Answered(1), "", response).code(), absl::StatusCode::kInternal);
}

}  // namespace
}  // namespace huidu::front::rpc
