#include "bench/grpc_load.h"

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <nlohmann/json.hpp>

#include "proto/inference/inference.pb.h"

namespace huidu::bench {
namespace {

// Refuses every third call and answers the others with nothing but a version.
class ScriptedService : public grpc::CallbackGenericService {
 public:
  std::atomic<int> calls = 0;
  std::string last_method;
  inference::ModelInferRequest last_request;

  grpc::ServerGenericBidiReactor* CreateReactor(grpc::GenericCallbackServerContext* context) override {
    class Reactor : public grpc::ServerGenericBidiReactor {
     public:
      Reactor(ScriptedService& service, grpc::GenericCallbackServerContext* context)
          : service_(service), context_(context) {
        StartRead(&message_);
      }
      void OnReadDone(bool ok) override {
        if (!ok) return Finish(grpc::Status(grpc::StatusCode::INTERNAL, "no message"));
        Parse();
        context_->AddTrailingMetadata("x-model-version", "v7");
        if (++service_.calls % 3 == 0) return Finish(grpc::Status(grpc::StatusCode::UNAVAILABLE, "every third"));
        answer_ = grpc::ByteBuffer(&empty_, 1);
        StartWriteAndFinish(&answer_, {}, grpc::Status::OK);
      }
      void OnDone() override { delete this; }

     private:
      void Parse() {
        grpc::Slice slice;
        message_.DumpToSingleSlice(&slice);
        service_.last_request.ParseFromArray(slice.begin(), static_cast<int>(slice.size()));
        service_.last_method = context_->method();
      }
      ScriptedService& service_;
      grpc::GenericCallbackServerContext* const context_;
      grpc::ByteBuffer message_, answer_;
      grpc::Slice empty_;
    };
    return new Reactor(*this, context);
  }
};

TEST(GrpcLoadTest, SendsWholeRequestsAndCountsAnswersAndRefusals) {
  ScriptedService service;
  int port = 0;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterCallbackGenericService(&service);
  const auto server = builder.BuildAndStart();

  Recorder recorder({.requests = 30});
  const auto input = ParseInput("x:FP32:1,2");
  ASSERT_TRUE(input.ok());
  {
    GrpcLoad load({.server = "127.0.0.1:" + std::to_string(port), .model = "m", .inputs = {*input}}, recorder);
    const absl::Status status = load.Run();
    ASSERT_TRUE(status.ok()) << status;
  }
  server->Shutdown();

  const auto report = recorder.Report();
  EXPECT_EQ(report["requests"], 30);
  EXPECT_EQ(report["versions"][0]["version"], "v7");
  EXPECT_EQ(report["versions"][0]["answers"], 20);
  EXPECT_EQ(report["failures"]["gRPC 14 every third"], 10);
  EXPECT_EQ(service.last_method, "/inference.GRPCInferenceService/ModelInfer");
  EXPECT_EQ(service.last_request.model_name(), "m");
  EXPECT_EQ(service.last_request.inputs(0).datatype(), "FP32");
  EXPECT_EQ(service.last_request.raw_input_contents(0).size(), 8u);
}

}  // namespace
}  // namespace huidu::bench
