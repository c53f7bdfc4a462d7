#include "front/grpc/grpc_server.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>

#include <thread>

#include "front/grpc/server_fixture.h"

namespace huidu::front {
namespace {

using ::grpc::StatusCode;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class GrpcServerTest : public GrpcFixture {
 protected:
  template <typename Request, typename Response>
  ::grpc::Status Call(::grpc::Status (inference::GRPCInferenceService::Stub::*method)(::grpc::ClientContext*,
                                                                                      const Request&, Response*),
                      const Request& request, Response* response) {
    ::grpc::ClientContext context;
    return ((*stub_).*method)(&context, request, response);
  }
};

using Stub = inference::GRPCInferenceService::Stub;

TEST_F(GrpcServerTest, ReadinessFollowsTheTable) {
  StartServer();
  inference::ServerReadyResponse server;
  ASSERT_TRUE(Call(&Stub::ServerReady, {}, &server).ok());
  EXPECT_TRUE(server.ready());
  const auto ready = [this](const char* model, const char* version) {
    inference::ModelReadyRequest request;
    request.set_name(model);
    request.set_version(version);
    inference::ModelReadyResponse response;
    EXPECT_TRUE(Call(&Stub::ModelReady, request, &response).ok());
    return response.ready();
  };
  EXPECT_TRUE(ready("m", ""));
  EXPECT_TRUE(ready("m", "v2"));
  EXPECT_FALSE(ready("m", "v3"));
  EXPECT_FALSE(ready("other", ""));

  versions_[0]->KillFirstWorker();
  EXPECT_FALSE(ready("m", ""));
  ASSERT_TRUE(Call(&Stub::ServerReady, {}, &server).ok());
  EXPECT_FALSE(server.ready());
  inference::ServerLiveResponse live;
  ASSERT_TRUE(Call(&Stub::ServerLive, {}, &live).ok());
  EXPECT_TRUE(live.live());
}

TEST_F(GrpcServerTest, DescribesServerModelAndConfiguration) {
  StartServer();
  inference::ServerMetadataResponse server;
  ASSERT_TRUE(Call(&Stub::ServerMetadata, {}, &server).ok());
  EXPECT_EQ(server.name(), "huidu");

  inference::ModelMetadataRequest request;
  request.set_name("m");
  inference::ModelMetadataResponse model;
  ASSERT_TRUE(Call(&Stub::ModelMetadata, request, &model).ok());
  EXPECT_THAT(model.versions(), ElementsAre("v1", "v2"));
  EXPECT_EQ(model.platform(), "test_plus");
  EXPECT_EQ(model.inputs(0).datatype(), "FP32");
  EXPECT_THAT(model.inputs(0).shape(), ElementsAre(-1, 4));
  EXPECT_EQ(model.outputs(0).name(), "y");

  inference::ModelConfigRequest config_request;
  config_request.set_name("m");
  config_request.set_version("v2");
  inference::ModelConfigResponse config;
  ASSERT_TRUE(Call(&Stub::ModelConfig, config_request, &config).ok());
  EXPECT_EQ(config.config().max_batch_size(), 0);
  EXPECT_EQ(config.config().input(0).data_type(), inference::TYPE_FP32);
  EXPECT_THAT(config.config().output(0).dims(), ElementsAre(-1, 4));

  request.set_version("v9");
  const ::grpc::Status unknown = Call(&Stub::ModelMetadata, request, &model);
  EXPECT_EQ(unknown.error_code(), StatusCode::NOT_FOUND);
  EXPECT_THAT(unknown.error_message(), HasSubstr("v1, v2"));
}

TEST_F(GrpcServerTest, StatisticsCountWhatWasAnsweredAndWhatWasRefused) {
  StartServer();
  for (int i = 0; i < 3; ++i) Infer(Request(1));
  inference::ModelInferRequest wrong = Request(1);
  wrong.mutable_inputs(0)->set_datatype("INT8");
  Infer(wrong);
  inference::ModelStatisticsRequest request;
  request.set_name("m");
  inference::ModelStatisticsResponse response;
  ASSERT_TRUE(Call(&Stub::ModelStatistics, request, &response).ok());
  ASSERT_EQ(response.model_stats_size(), 2);
  const inference::ModelStatistics& v1 = response.model_stats(0);
  EXPECT_EQ(v1.version(), "v1");
  EXPECT_EQ(v1.inference_count(), 3u);
  EXPECT_EQ(v1.inference_stats().success().count(), 3u);
  EXPECT_GT(v1.inference_stats().success().ns(), 0u);
  EXPECT_EQ(v1.inference_stats().fail().count(), 1u);
  EXPECT_EQ(response.model_stats(1).inference_count(), 0u);
  request.set_version("v9");
  EXPECT_EQ(Call(&Stub::ModelStatistics, request, &response).error_code(), StatusCode::NOT_FOUND);
}

TEST_F(GrpcServerTest, TheIndexListsVersionsAndChangesGoToTheAdminPort) {
  StartServer();
  inference::RepositoryIndexResponse index;
  ASSERT_TRUE(Call(&Stub::RepositoryIndex, {}, &index).ok());
  ASSERT_EQ(index.models_size(), 2);
  EXPECT_EQ(index.models(0).state(), "READY");
  inference::RepositoryModelLoadResponse load;
  const ::grpc::Status refused = Call(&Stub::RepositoryModelLoad, {}, &load);
  EXPECT_EQ(refused.error_code(), StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(refused.error_message(), HasSubstr("admin port"));
  inference::SystemSharedMemoryStatusResponse memory;
  EXPECT_EQ(Call(&Stub::SystemSharedMemoryStatus, {}, &memory).error_code(), StatusCode::UNIMPLEMENTED);
}

TEST_F(GrpcServerTest, ShutdownWaitsForWhatIsInFlight) {
  AddGate();
  StartServer();
  std::thread client([&] { EXPECT_EQ(Y(Infer(Request(1, "gate")).response), 11); });
  WaitForGate();
  std::thread shutdown([&] { server_->Shutdown(std::chrono::seconds(60)); });
  // New calls are refused once the shutdown has begun, or, in that very moment, not answered.
  ::grpc::Status probe;
  while (probe.ok()) {
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(1));
    inference::ServerLiveResponse live;
    probe = stub_->ServerLive(&context, {}, &live);
  }
  OpenGate();
  client.join();
  shutdown.join();
}

TEST_F(GrpcServerTest, AfterTheDeadlineOfAShutdownClientsAreToldAndALateAnswerIsDropped) {
  AddGate();
  StartServer();
  std::thread client([&] { EXPECT_EQ(Infer(Request(1, "gate")).status.error_code(), StatusCode::UNAVAILABLE); });
  ::grpc::ClientContext context;
  auto stream = stub_->ModelStreamInfer(&context);
  ASSERT_TRUE(stream->Write(Request(1, "gate")));
  while (servables_.back()->in_flight() < 2) std::this_thread::yield();
  server_->Shutdown(std::chrono::milliseconds(50));
  server_.reset();
  client.join();
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::UNAVAILABLE);
  OpenGate();  // the worker answers calls that are over
}

TEST_F(GrpcServerTest, ShutdownEndsIdleStreamsAndWatchesAtOnce) {
  StartServer();
  ::grpc::ClientContext stream_context, watch_context;
  auto stream = stub_->ModelStreamInfer(&stream_context);
  ASSERT_TRUE(stream->Write(Request(1)));
  inference::ModelStreamInferResponse response;
  ASSERT_TRUE(stream->Read(&response));
  auto watch = ::grpc::health::v1::Health::NewStub(channel_)->Watch(&watch_context, {});
  ::grpc::health::v1::HealthCheckResponse health;
  ASSERT_TRUE(watch->Read(&health));
  server_->Shutdown(std::chrono::hours(1));  // the test would not end if it waited for them
  EXPECT_EQ(stream->Finish().error_code(), StatusCode::UNAVAILABLE);
  EXPECT_EQ(watch->Finish().error_code(), StatusCode::UNAVAILABLE);
}

TEST_F(GrpcServerTest, ACallWhoseMessageNeverComesDoesNotHoldTheShutdown) {
  StartServer();
  ::grpc::GenericStub generic(channel_);
  ::grpc::CompletionQueue queue;
  ::grpc::ClientContext context;
  auto call = generic.PrepareCall(&context, "/inference.GRPCInferenceService/ModelInfer", &queue);
  void* tag = nullptr;
  bool ok = false;
  call->StartCall(&tag);
  ASSERT_TRUE(queue.Next(&tag, &ok) && ok);
  // On the same connection: when this is answered, the server has seen the call before.
  ASSERT_EQ(Y(Infer(Request(1)).response), 2);
  server_->Shutdown(std::chrono::hours(1));  // the test would not end if it waited for the message
  ::grpc::Status status;
  call->Finish(&status, &tag);
  ASSERT_TRUE(queue.Next(&tag, &ok));
  EXPECT_FALSE(status.ok());
}

TEST_F(GrpcServerTest, APortInUseIsAnErrorThatNamesIt) {
  StartServer();
  GrpcServer second(router_, {.host = "127.0.0.1", .port = port_});
  const absl::StatusOr<int> port = second.Start();
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(Text(port.status()), HasSubstr(StrCat("127.0.0.1:", port_, ": Address already in use")));
}

TEST_F(GrpcServerTest, ACertificateThatIsNotThereIsAnErrorThatNamesIt) {
  GrpcServer server(router_, {.host = "127.0.0.1", .tls_cert = "/no/cert.pem", .tls_key = "/no/key.pem"});
  const absl::StatusOr<int> port = server.Start();
  ASSERT_FALSE(port.ok());
  EXPECT_THAT(Text(port.status()), HasSubstr("/no/cert.pem"));
}

}  // namespace
}  // namespace huidu::front
