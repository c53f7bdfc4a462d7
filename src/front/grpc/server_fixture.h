#pragma once

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include <cstring>
#include <memory>
#include <semaphore>
#include <string>
#include <utility>
#include <vector>

#include "base/strings.h"
#include "front/grpc/grpc_server.h"
#include "front/testing/loopback.h"
#include "proto/inference/health.grpc.pb.h"
#include "proto/inference/inference.grpc.pb.h"

namespace huidu::front {

// For the tests of this folder: model "m" with the live version v1 (x + 1) and v2 (x + 2) behind a real server on a
// free port of the loopback interface.
class GrpcFixture : public ::testing::Test {
 protected:
  using Metadata = std::multimap<std::string, std::string>;

  GrpcFixture() {
    AddVersion("v1", testing::Plus(1));
    AddVersion("v2", testing::Plus(2));
  }

  void AddVersion(const std::string& id, testing::ModelFunction function) {
    auto version = std::make_unique<testing::LoopbackVersion>(io_, "m", id, testing::PlusSignature(),
                                                              std::move(function), size_t{64} << 20);
    version->AddWorker();
    servables_.push_back(version->servable());
    versions_.push_back(std::move(version));
  }

  // A version "gate" whose requests do not end before OpenGate().
  void AddGate() {
    AddVersion("gate", [this, plus = testing::Plus(10)](auto inputs, engine::OutputSink& outputs) {
      entered_.release();
      gate_.acquire();
      return plus(inputs, outputs);
    });
  }
  void WaitForGate() { entered_.acquire(); }
  void OpenGate() { gate_.release(1000); }

  void StartServer(GrpcServer::Options options = {}) {
    tables_.Publish(testing::MakeTable(servables_));
    options.host = "127.0.0.1";
    server_ = std::make_unique<GrpcServer>(router_, options);
    const absl::StatusOr<int> port = server_->Start();
    ASSERT_TRUE(port.ok()) << port.status();
    port_ = *port;
    channel_ = ::grpc::CreateChannel(StrCat("127.0.0.1:", port_), ::grpc::InsecureChannelCredentials());
    stub_ = inference::GRPCInferenceService::NewStub(channel_);
  }

  static inference::ModelInferRequest Request(float value, const std::string& version = "") {
    inference::ModelInferRequest request;
    request.set_model_name("m");
    request.set_model_version(version);
    auto* x = request.add_inputs();
    x->set_name("x");
    x->set_datatype("FP32");
    x->add_shape(1);
    x->add_shape(4);
    const float values[4] = {value, value, value, value};
    request.add_raw_input_contents(values, sizeof(values));
    return request;
  }

  // The first element of the first output.
  static float Y(const inference::ModelInferResponse& response) {
    float y = 0;
    if (response.raw_output_contents_size() == 0 || response.raw_output_contents(0).size() != 16) return -1;
    std::memcpy(&y, response.raw_output_contents(0).data(), sizeof(y));
    return y;
  }

  struct Reply {
    ::grpc::Status status;
    inference::ModelInferResponse response;
    Metadata initial, trailing;
  };
  Reply Infer(const inference::ModelInferRequest& request, const Metadata& metadata = {}) {
    ::grpc::ClientContext context;
    for (const auto& [key, value] : metadata) context.AddMetadata(key, value);
    Reply reply;
    reply.status = stub_->ModelInfer(&context, request, &reply.response);
    reply.initial = Copy(context.GetServerInitialMetadata());
    reply.trailing = Copy(context.GetServerTrailingMetadata());
    return reply;
  }

  static std::string Value(const Metadata& metadata, const std::string& key) {
    const auto found = metadata.find(key);
    return found == metadata.end() ? "" : found->second;
  }

  testing::IoThread io_;
  TableHolder tables_;
  Router router_{tables_};
  std::vector<std::shared_ptr<Servable>> servables_;
  std::vector<std::unique_ptr<testing::LoopbackVersion>> versions_;
  std::counting_semaphore<> entered_{0}, gate_{0};
  std::unique_ptr<GrpcServer> server_;
  int port_ = 0;
  std::shared_ptr<::grpc::Channel> channel_;
  std::unique_ptr<inference::GRPCInferenceService::Stub> stub_;

 private:
  static Metadata Copy(const std::multimap<::grpc::string_ref, ::grpc::string_ref>& from) {
    Metadata copy;
    for (const auto& [key, value] : from) {
      copy.emplace(std::string(key.data(), key.size()), std::string(value.data(), value.size()));
    }
    return copy;
  }
};

}  // namespace huidu::front
