#include "front/grpc/stream_call.h"

#include <gmock/gmock.h>

#include "front/grpc/server_fixture.h"

namespace huidu::front {
namespace {

using ::testing::HasSubstr;

class StreamCallTest : public GrpcFixture {
 protected:
  void Open() { stream_ = stub_->ModelStreamInfer(&context_); }

  inference::ModelStreamInferResponse Next() {
    inference::ModelStreamInferResponse response;
    EXPECT_TRUE(stream_->Read(&response));
    return response;
  }

  ::grpc::ClientContext context_;
  std::unique_ptr<::grpc::ClientReaderWriter<inference::ModelInferRequest, inference::ModelStreamInferResponse>>
      stream_;
};

TEST_F(StreamCallTest, AnswersComeInTheOrderOfTheRequestsThoughVersionsDiffer) {
  AddGate();
  StartServer();
  Open();
  for (int i = 0; i < 10; ++i) {
    inference::ModelInferRequest request = Request(static_cast<float>(i), i == 0 ? "gate" : "v1");
    request.set_id(StrCat("r", i));
    ASSERT_TRUE(stream_->Write(request));
  }
  WaitForGate();
  OpenGate();
  for (int i = 0; i < 10; ++i) {
    const inference::ModelStreamInferResponse response = Next();
    EXPECT_EQ(response.error_message(), "");
    EXPECT_EQ(response.infer_response().id(), StrCat("r", i));
    EXPECT_EQ(Y(response.infer_response()), static_cast<float>(i) + (i == 0 ? 10 : 1));
    EXPECT_TRUE(response.infer_response().parameters().at("triton_final_response").bool_param());
  }
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(StreamCallTest, AnErrorIsTheAnswerToItsRequestAndTheStreamGoesOn) {
  StartServer();
  Open();
  inference::ModelInferRequest wrong = Request(1);
  wrong.set_id("wrong");
  wrong.mutable_inputs(0)->set_datatype("INT8");
  ASSERT_TRUE(stream_->Write(wrong));
  ASSERT_TRUE(stream_->Write(Request(1)));
  const inference::ModelStreamInferResponse refused = Next();
  EXPECT_THAT(refused.error_message(), HasSubstr("input 'x'"));
  EXPECT_EQ(refused.infer_response().id(), "wrong");
  EXPECT_EQ(refused.infer_response().outputs_size(), 0);
  EXPECT_EQ(Y(Next().infer_response()), 2);
  stream_->WritesDone();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(StreamCallTest, MoreRequestsThanMayBeInFlightAreAllAnswered) {
  constexpr int kRequests = 5 * static_cast<int>(rpc::StreamCall::kMaxInFlight);
  StartServer();
  Open();
  std::thread writer([this] {
    for (int i = 0; i < kRequests; ++i) ASSERT_TRUE(stream_->Write(Request(static_cast<float>(i))));
    stream_->WritesDone();
  });
  for (int i = 0; i < kRequests; ++i) ASSERT_EQ(Y(Next().infer_response()), static_cast<float>(i) + 1);
  writer.join();
  EXPECT_TRUE(stream_->Finish().ok());
}

TEST_F(StreamCallTest, LargeTensorsComeBackWholeAndCompressedRequestsAreRead) {
  StartServer();
  context_.set_compression_algorithm(GRPC_COMPRESS_GZIP);
  Open();
  constexpr int64_t kRows = 50'000;
  for (int i = 0; i < 3; ++i) {
    inference::ModelInferRequest request = Request(1);
    request.mutable_inputs(0)->set_shape(0, kRows);
    const std::vector<float> values(kRows * 4, static_cast<float>(i));
    request.set_raw_input_contents(0, values.data(), values.size() * sizeof(float));
    ASSERT_TRUE(stream_->Write(request));
  }
  for (int i = 0; i < 3; ++i) {
    const inference::ModelInferResponse response = Next().infer_response();
    const std::vector<float> expected(kRows * 4, static_cast<float>(i) + 1);
    ASSERT_EQ(response.raw_output_contents_size(), 1);
    EXPECT_EQ(response.raw_output_contents(0),
              std::string(reinterpret_cast<const char*>(expected.data()), expected.size() * sizeof(float)));
    EXPECT_EQ(response.model_version(), "v1");
    EXPECT_TRUE(response.parameters().contains("triton_final_response"));
  }
}

TEST_F(StreamCallTest, TheMetadatasVersionHoldsForEveryRequest) {
  StartServer();
  context_.AddMetadata("x-model-version", "v2");
  context_.AddMetadata("x-request-id", "my-stream");
  Open();
  ASSERT_TRUE(stream_->Write(Request(1)));
  ASSERT_TRUE(stream_->Write(Request(1)));
  EXPECT_EQ(Y(Next().infer_response()), 3);
  EXPECT_EQ(Y(Next().infer_response()), 3);
  const auto& initial = context_.GetServerInitialMetadata();
  EXPECT_EQ(initial.find("x-request-id")->second, "my-stream");
}

TEST_F(StreamCallTest, AClientThatLeavesInTheMiddleDisturbsNobody) {
  AddGate();
  StartServer();
  Open();
  ASSERT_TRUE(stream_->Write(Request(1, "gate")));
  ASSERT_TRUE(stream_->Write(Request(1)));
  WaitForGate();
  context_.TryCancel();
  EXPECT_EQ(stream_->Finish().error_code(), ::grpc::StatusCode::CANCELLED);
  EXPECT_EQ(Y(Infer(Request(1)).response), 2);
  OpenGate();
  EXPECT_EQ(Y(Infer(Request(1, "gate")).response), 11);
}

}  // namespace
}  // namespace huidu::front
