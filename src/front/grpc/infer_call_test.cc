#include "front/grpc/infer_call.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <thread>

#include "front/grpc/server_fixture.h"

namespace huidu::front {
namespace {

using ::grpc::StatusCode;
using ::testing::HasSubstr;

class InferCallTest : public GrpcFixture {
 protected:
  // The end of a call whose client sends a request and does not take the answer for some time.
  static ::grpc::Status ReadLate(::grpc::GenericStub& stub, const inference::ModelInferRequest& request,
                                 std::chrono::milliseconds wait) {
    ::grpc::CompletionQueue queue;
    ::grpc::ClientContext context;
    auto call = stub.PrepareCall(&context, "/inference.GRPCInferenceService/ModelInfer", &queue);
    const auto done = [&queue] {
      void* tag = nullptr;
      bool ok = false;
      return queue.Next(&tag, &ok) && ok;
    };
    call->StartCall(nullptr);
    EXPECT_TRUE(done());
    const ::grpc::Slice message(request.SerializeAsString());
    call->WriteLast(::grpc::ByteBuffer(&message, 1), {}, nullptr);
    EXPECT_TRUE(done());
    // The queue's wait is what moves bytes; nothing is asked of it meanwhile.
    void* tag = nullptr;
    bool ok = false;
    queue.AsyncNext(&tag, &ok, std::chrono::system_clock::now() + wait);
    ::grpc::ByteBuffer response;
    call->Read(&response, nullptr);
    done();
    ::grpc::Status status;
    call->Finish(&status, nullptr);
    EXPECT_TRUE(done());
    return status;
  }
};

TEST_F(InferCallTest, TheLiveVersionAnswersAndSaysSoInBodyAndMetadata) {
  StartServer();
  const Reply reply = Infer(Request(5));
  ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
  EXPECT_EQ(Y(reply.response), 6);
  EXPECT_EQ(reply.response.model_version(), "v1");
  for (const Metadata& metadata : {reply.initial, reply.trailing}) {
    EXPECT_EQ(Value(metadata, "x-model-version"), "v1");
    EXPECT_EQ(Value(metadata, "x-huidu-route"), Name(RouteReason::kStable));
    EXPECT_EQ(Value(metadata, "x-request-id").size(), 16u);
  }
}

TEST_F(InferCallTest, TheVersionOfTheRequestBeatsTheMetadata) {
  StartServer();
  EXPECT_EQ(Y(Infer(Request(5), {{"x-model-version", "v2"}}).response), 7);
  EXPECT_EQ(Y(Infer(Request(5, "v1"), {{"x-model-version", "v2"}}).response), 6);
  EXPECT_EQ(Value(Infer(Request(5, "v2")).trailing, "x-huidu-route"), Name(RouteReason::kForced));
}

TEST_F(InferCallTest, TheClientsRequestIdComesBack) {
  StartServer();
  inference::ModelInferRequest request = Request(5);
  request.set_id("from-request");
  Reply reply = Infer(request);
  EXPECT_EQ(reply.response.id(), "from-request");
  EXPECT_EQ(Value(reply.trailing, "x-request-id"), "from-request");
  reply = Infer(request, {{"x-request-id", "from-metadata"}});
  EXPECT_EQ(reply.response.id(), "from-request");
  EXPECT_EQ(Value(reply.trailing, "x-request-id"), "from-metadata");
}

TEST_F(InferCallTest, AnIdThatMetadataCannotCarryDoesNoHarm) {
  StartServer();
  for (const std::string& id : {std::string("灰度\n"), std::string(10000, 'i')}) {
    inference::ModelInferRequest request = Request(5);
    request.set_id(id);
    const Reply reply = Infer(request);
    ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
    EXPECT_EQ(reply.response.id(), id);
    EXPECT_EQ(Value(reply.trailing, "x-request-id").size(), 16u);
  }
}

TEST_F(InferCallTest, TypedContentsAreAnsweredRaw) {
  StartServer();
  inference::ModelInferRequest request = Request(0);
  request.clear_raw_input_contents();
  for (int i = 0; i < 4; ++i) request.mutable_inputs(0)->mutable_contents()->add_fp32_contents(1.5f);
  const Reply reply = Infer(request);
  EXPECT_EQ(Y(reply.response), 2.5f);
  EXPECT_FALSE(reply.response.outputs(0).has_contents());
}

TEST_F(InferCallTest, WrongRequestsAreToldWhatIsWrong) {
  StartServer();
  const auto expect = [&](const inference::ModelInferRequest& request, StatusCode code, const char* text) {
    const Reply reply = Infer(request);
    EXPECT_EQ(reply.status.error_code(), code) << reply.status.error_message();
    EXPECT_THAT(reply.status.error_message(), HasSubstr(text));
    EXPECT_NE(Value(reply.trailing, "x-request-id"), "");
  };
  inference::ModelInferRequest request = Request(1);
  request.set_model_name("other");
  expect(request, StatusCode::NOT_FOUND, "model 'other'");
  expect(Request(1, "v9"), StatusCode::NOT_FOUND, "v1, v2");
  request = Request(1);
  request.mutable_inputs(0)->set_shape(1, 5);
  expect(request, StatusCode::INVALID_ARGUMENT, "input 'x'");
  request = Request(1);
  request.set_raw_input_contents(0, "short");
  expect(request, StatusCode::INVALID_ARGUMENT, "got 5 bytes");
  request = Request(1);
  request.mutable_inputs(0)->set_name("z");
  expect(request, StatusCode::INVALID_ARGUMENT, "input 'z' is unknown");
  request = Request(1);
  request.add_outputs()->set_name("q");
  expect(request, StatusCode::INVALID_ARGUMENT, "output 'q' is unknown");
  request = Request(1);
  (*request.mutable_parameters())["timeout"].set_int64_param(-5);
  expect(request, StatusCode::INVALID_ARGUMENT, "timeout");
  uint64_t counted = 0;
  for (const auto& version : versions_) counted += version->servable()->stats().outcome(Outcome::kClientError);
  EXPECT_EQ(counted, 5u) << "each that a version was found for counts once";
}

TEST_F(InferCallTest, AnErrorWithAHugeTextStillReachesTheClient) {
  StartServer();
  inference::ModelInferRequest request = Request(1);
  std::string name;
  while (name.size() < 100'000) name += "灰";
  request.mutable_inputs(0)->set_name(name);
  const Reply reply = Infer(request);
  EXPECT_EQ(reply.status.error_code(), StatusCode::INVALID_ARGUMENT) << reply.status.error_message();
  EXPECT_THAT(reply.status.error_message(), HasSubstr("input '灰灰"));
}

TEST_F(InferCallTest, AMessageOverTheLimitIsRefused) {
  StartServer({.max_message_bytes = 64 * 1024});
  inference::ModelInferRequest request = Request(1);
  request.set_raw_input_contents(0, std::string(65 * 1024, 'x'));
  EXPECT_EQ(Infer(request).status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Y(Infer(Request(1)).response), 2);
}

TEST_F(InferCallTest, ATensorOfMegabytesComesBackWhole) {
  StartServer();
  channel_.reset();
  ::grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  stub_ = inference::GRPCInferenceService::NewStub(
      ::grpc::CreateCustomChannel(StrCat("127.0.0.1:", port_), ::grpc::InsecureChannelCredentials(), arguments));
  constexpr int64_t kRows = 1'000'000;
  inference::ModelInferRequest request = Request(1);
  request.mutable_inputs(0)->set_shape(0, kRows);
  std::vector<float> values(kRows * 4, 3.0f);
  request.set_raw_input_contents(0, values.data(), values.size() * sizeof(float));
  const Reply reply = Infer(request);
  ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
  values.assign(values.size(), 4.0f);
  ASSERT_EQ(reply.response.raw_output_contents(0).size(), values.size() * sizeof(float));
  EXPECT_EQ(std::memcmp(reply.response.raw_output_contents(0).data(), values.data(), values.size() * sizeof(float)), 0);
}

TEST_F(InferCallTest, AClientThatDoesNotReadItsAnswerIsCutOff) {
  StartServer({.send_timeout = std::chrono::milliseconds(50)});
  inference::ModelInferRequest request = Request(1);
  request.mutable_inputs(0)->set_shape(0, 250'000);
  request.set_raw_input_contents(0, std::string(4'000'000, '\0'));
  ::grpc::ChannelArguments small_window;
  small_window.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  small_window.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, 65'536);
  ::grpc::GenericStub generic(
      ::grpc::CreateCustomChannel(StrCat("127.0.0.1:", port_), ::grpc::InsecureChannelCredentials(), small_window));
  // Longer and longer, as nobody promises when the server looks.
  ::grpc::Status status;
  for (auto wait = std::chrono::milliseconds(100); status.ok() && wait < std::chrono::minutes(1); wait *= 2) {
    status = ReadLate(generic, request, wait);
  }
  EXPECT_EQ(status.error_code(), StatusCode::CANCELLED) << status.error_message();
}

TEST_F(InferCallTest, CompressedRequestsAreInflatedUpToTheLimit) {
  StartServer({.max_message_bytes = 1 << 20});
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_GZIP, GRPC_COMPRESS_DEFLATE}) {
    for (const int64_t rows : {10'000, 100'000}) {
      inference::ModelInferRequest request = Request(1);
      request.mutable_inputs(0)->set_shape(0, rows);
      request.set_raw_input_contents(0, std::string(static_cast<size_t>(rows) * 16, '\0'));
      ::grpc::ClientContext context;
      context.set_compression_algorithm(algorithm);
      inference::ModelInferResponse response;
      const ::grpc::Status status = stub_->ModelInfer(&context, request, &response);
      if (rows == 10'000) {
        EXPECT_TRUE(status.ok()) << status.error_message();
        EXPECT_EQ(response.raw_output_contents(0).size(), 160'000u);
      } else {
        EXPECT_EQ(status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
        EXPECT_THAT(status.error_message(), HasSubstr("1048576"));
      }
    }
  }
}

TEST_F(InferCallTest, BytesThatAreNoRequestAreRefused) {
  StartServer();
  const auto send = [this](std::string_view bytes) {
    ::grpc::GenericStub generic(channel_);
    ::grpc::CompletionQueue queue;
    ::grpc::ClientContext context;
    const ::grpc::Slice slice(bytes.data(), bytes.size());
    auto call = generic.PrepareUnaryCall(&context, "/inference.GRPCInferenceService/ModelInfer",
                                         ::grpc::ByteBuffer(&slice, 1), &queue);
    call->StartCall();
    ::grpc::ByteBuffer response;
    ::grpc::Status status;
    call->Finish(&response, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  };
  for (const std::string_view bytes : {"\xff\xff\xff", "\x1f\x8b\x08 no gzip", "\x1f\x8b", "\x78\x9c"}) {
    EXPECT_EQ(send(bytes).error_code(), StatusCode::INVALID_ARGUMENT) << send(bytes).error_message();
  }
  EXPECT_EQ(send("").error_code(), StatusCode::NOT_FOUND);  // an empty message is a request for model ''
}

TEST_F(InferCallTest, TraceparentComesBack) {
  StartServer();
  const std::string trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
  EXPECT_EQ(Value(Infer(Request(1), {{"traceparent", trace}}).trailing, "traceparent"), trace);
}

TEST_F(InferCallTest, AFullQueueIsRefusedAtOnce) {
  AddGate();
  StartServer();
  ServableLimits limits;
  limits.max_queue = 1;
  servables_.back()->SetLimits(limits);
  std::thread first([&] { EXPECT_EQ(Y(Infer(Request(1, "gate")).response), 11); });
  WaitForGate();
  const Reply refused = Infer(Request(1, "gate"));
  EXPECT_EQ(refused.status.error_code(), StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(Value(refused.trailing, "x-model-version"), "gate");
  OpenGate();
  first.join();
}

TEST_F(InferCallTest, TheTimeoutParameterEndsARequest) {
  AddGate();
  StartServer();
  inference::ModelInferRequest request = Request(1, "gate");
  (*request.mutable_parameters())["timeout"].set_int64_param(20'000);
  EXPECT_EQ(Infer(request).status.error_code(), StatusCode::DEADLINE_EXCEEDED);
  OpenGate();
}

TEST_F(InferCallTest, TheDeadlineOfTheCallEndsTheRequestInTheServerToo) {
  AddGate();
  StartServer();
  const VersionStats& stats = servables_.back()->stats();
  while (stats.outcome(Outcome::kDeadline) == 0) {  // again if the first calls were over before they were admitted
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
    inference::ModelInferResponse response;
    ASSERT_EQ(stub_->ModelInfer(&context, Request(1, "gate"), &response).error_code(), StatusCode::DEADLINE_EXCEEDED);
  }
  OpenGate();
}

TEST_F(InferCallTest, ManyCallsAtOnceEachGetTheirOwnAnswer) {
  StartServer();
  std::vector<std::thread> clients;
  for (int client = 0; client < 8; ++client) {
    clients.emplace_back([this, client] {
      for (int i = 0; i < 200; ++i) {
        const float value = static_cast<float>(client * 1000 + i);
        const Reply reply = Infer(Request(value, i % 2 == 0 ? "v1" : "v2"));
        ASSERT_TRUE(reply.status.ok()) << reply.status.error_message();
        ASSERT_EQ(Y(reply.response), value + (i % 2 == 0 ? 1 : 2));
      }
    });
  }
  for (std::thread& client : clients) client.join();
}

}  // namespace
}  // namespace huidu::front
