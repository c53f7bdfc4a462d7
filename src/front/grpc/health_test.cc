#include "front/grpc/health.h"

#include "front/grpc/server_fixture.h"

namespace huidu::front {
namespace {

using ::grpc::health::v1::HealthCheckRequest;
using ::grpc::health::v1::HealthCheckResponse;

class HealthTest : public GrpcFixture {
 protected:
  static HealthCheckRequest For(const char* service) {
    HealthCheckRequest request;
    request.set_service(service);
    return request;
  }
};

TEST_F(HealthTest, CheckKnowsTheServerItsServiceAndItsModels) {
  StartServer();
  const auto health = ::grpc::health::v1::Health::NewStub(channel_);
  const auto check = [&](const char* service) {
    ::grpc::ClientContext context;
    HealthCheckResponse response;
    const ::grpc::Status status = health->Check(&context, For(service), &response);
    EXPECT_TRUE(status.ok()) << status.error_message();
    return response.status();
  };
  EXPECT_EQ(check(""), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("inference.GRPCInferenceService"), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("m"), HealthCheckResponse::SERVING);
  versions_[0]->KillFirstWorker();
  EXPECT_EQ(check(""), HealthCheckResponse::NOT_SERVING);
  EXPECT_EQ(check("m"), HealthCheckResponse::NOT_SERVING);

  ::grpc::ClientContext context;
  HealthCheckResponse response;
  EXPECT_EQ(health->Check(&context, For("other"), &response).error_code(), ::grpc::StatusCode::NOT_FOUND);
}

TEST_F(HealthTest, WatchTellsEachChange) {
  StartServer();
  const auto health = ::grpc::health::v1::Health::NewStub(channel_);
  ::grpc::ClientContext context;
  const auto watch = health->Watch(&context, For("m"));
  HealthCheckResponse response;
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVING);
  versions_[0]->KillFirstWorker();
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::NOT_SERVING);
  tables_.Publish(std::make_shared<ServingTable>());
  ASSERT_TRUE(watch->Read(&response));
  EXPECT_EQ(response.status(), HealthCheckResponse::SERVICE_UNKNOWN);
  context.TryCancel();
  EXPECT_EQ(watch->Finish().error_code(), ::grpc::StatusCode::CANCELLED);
}

TEST_F(HealthTest, AServerThatAcceptsNothingIsNotServing) {
  ServingTable table;
  EXPECT_EQ(rpc::HealthOf(table, ""), HealthCheckResponse::NOT_SERVING);
  table.accepting = true;
  EXPECT_EQ(rpc::HealthOf(table, ""), HealthCheckResponse::SERVING);
}

}  // namespace
}  // namespace huidu::front
