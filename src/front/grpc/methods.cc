#include "front/grpc/methods.h"

#include "base/strings.h"
#include "front/grpc/describe.h"
#include "front/grpc/health.h"
#include "front/grpc/infer_call.h"
#include "front/grpc/stream_call.h"
#include "front/grpc/unary_call.h"

namespace huidu::front::rpc {
namespace {

namespace health = ::grpc::health::v1;

// How many ModelInfer calls are ready for clients that come at the same moment; each that comes makes the next ready.
constexpr int kReadyInferCalls = 32;

void ServeState(CompletionLoop& loop, InferenceService& service, const Router& router) {
  using namespace inference;  // NOLINT: every name below is one of its messages
  Serve(loop, service, &InferenceService::RequestServerLive,
        [](const ServerLiveRequest&, ServerLiveResponse& response) {
          response.set_live(true);
          return absl::OkStatus();
        });
  Serve(loop, service, &InferenceService::RequestServerReady,
        [&router](const ServerReadyRequest&, ServerReadyResponse& response) {
          response.set_ready(IsReady(*router.table()));
          return absl::OkStatus();
        });
  Serve(loop, service, &InferenceService::RequestModelReady,
        [&router](const ModelReadyRequest& request, ModelReadyResponse& response) {
          const std::shared_ptr<const ServingTable> table = router.table();
          const ModelEntry* entry = table->Find(request.name());
          response.set_ready(entry != nullptr && IsReady(*entry, request.version()));
          return absl::OkStatus();
        });
}

void ServeDescriptions(CompletionLoop& loop, InferenceService& service, const Router& router) {
  using namespace inference;  // NOLINT: as above
  Serve(loop, service, &InferenceService::RequestServerMetadata,
        [](const ServerMetadataRequest&, ServerMetadataResponse& response) {
          DescribeServer(response);
          return absl::OkStatus();
        });
  Serve(loop, service, &InferenceService::RequestModelMetadata,
        [&router](const ModelMetadataRequest& request, ModelMetadataResponse& response) {
          return DescribeModel(*router.table(), request.name(), request.version(), response);
        });
  Serve(loop, service, &InferenceService::RequestModelConfig,
        [&router](const ModelConfigRequest& request, ModelConfigResponse& response) {
          return DescribeConfig(*router.table(), request.name(), request.version(), *response.mutable_config());
        });
  Serve(loop, service, &InferenceService::RequestModelStatistics,
        [&router](const ModelStatisticsRequest& request, ModelStatisticsResponse& response) {
          return DescribeStatistics(*router.table(), request.name(), request.version(), response);
        });
  Serve(loop, service, &InferenceService::RequestRepositoryIndex,
        [&router](const RepositoryIndexRequest& request, RepositoryIndexResponse& response) {
          DescribeIndex(*router.table(), request.ready(), response);
          return absl::OkStatus();
        });
}

// A method that always answers with the same error.
template <typename Accept>
void Refuse(CompletionLoop& loop, InferenceService& service, Accept accept, const absl::Status& error) {
  Serve(loop, service, accept, [error](const auto&, auto&) { return error; });
}

void RefuseRest(CompletionLoop& loop, InferenceService& service) {
  const absl::Status admin = absl::PermissionDeniedError(
      "versions are loaded and unloaded on the admin port (POST and DELETE /admin/v1/models/{model}/versions, or the "
      "commands 'huidu load' and 'huidu unload'), where every change has an actor and a reason");
  Refuse(loop, service, &InferenceService::RequestRepositoryModelLoad, admin);
  Refuse(loop, service, &InferenceService::RequestRepositoryModelUnload, admin);
  const absl::Status memory =
      absl::UnimplementedError("this server does not map a client's shared memory; send the tensors in the request");
  Refuse(loop, service, &InferenceService::RequestSystemSharedMemoryStatus, memory);
  Refuse(loop, service, &InferenceService::RequestSystemSharedMemoryRegister, memory);
  Refuse(loop, service, &InferenceService::RequestSystemSharedMemoryUnregister, memory);
  Refuse(loop, service, &InferenceService::RequestCudaSharedMemoryStatus, memory);
  Refuse(loop, service, &InferenceService::RequestCudaSharedMemoryRegister, memory);
  Refuse(loop, service, &InferenceService::RequestCudaSharedMemoryUnregister, memory);
}

void ServeHealth(CompletionLoop& loop, HealthService& service, const Router& router) {
  Serve(loop, service, &HealthService::RequestCheck,
        [&router](const health::HealthCheckRequest& request, health::HealthCheckResponse& response) -> absl::Status {
          response.set_status(HealthOf(*router.table(), request.service()));
          if (response.status() != health::HealthCheckResponse::SERVICE_UNKNOWN) return absl::OkStatus();
          return absl::NotFoundError(
              StrCat("service '", request.service(), "' is unknown: give none, the inference service, or a model"));
        });
  HealthWatch::Listen(loop, service, router);
}

}  // namespace

void ListenToAll(CompletionLoop& loop, InferenceService& inference, HealthService& health,
                 const InferContext& context) {
  for (int i = 0; i < kReadyInferCalls; ++i) InferCall::Listen(loop, inference, context);
  StreamCall::Listen(loop, inference, context);
  ServeState(loop, inference, context.router);
  ServeDescriptions(loop, inference, context.router);
  RefuseRest(loop, inference);
  ServeHealth(loop, health, context.router);
}

}  // namespace huidu::front::rpc
