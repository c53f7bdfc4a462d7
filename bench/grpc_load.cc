#include "bench/grpc_load.h"

#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>

#include <algorithm>
#include <optional>

#include "base/status.h"
#include "proto/inference/inference.pb.h"

namespace huidu::bench {
namespace {

constexpr char kMethod[] = "/inference.GRPCInferenceService/ModelInfer";
constexpr auto kConnectLimit = std::chrono::seconds(5);
constexpr auto kDrainLimit = std::chrono::seconds(30);

grpc::ByteBuffer Encode(const GrpcLoad::Options& options) {
  inference::ModelInferRequest request;
  request.set_model_name(options.model);
  for (const Input& input : options.inputs) {
    auto* tensor = request.add_inputs();
    tensor->set_name(input.name);
    tensor->set_datatype(std::string(tensor::Name(input.type)));
    tensor->mutable_shape()->Assign(input.shape.begin(), input.shape.end());
    request.add_raw_input_contents(input.data.data(), input.data.size());
  }
  const grpc::Slice slice(request.SerializeAsString());
  return grpc::ByteBuffer(&slice, 1);
}

std::string_view ModelVersion(const grpc::ClientContext& context) {
  for (const auto* metadata : {&context.GetServerTrailingMetadata(), &context.GetServerInitialMetadata()}) {
    const auto found = metadata->find("x-model-version");
    if (found != metadata->end()) return {found->second.data(), found->second.size()};
  }
  return {};
}

void* Tag(size_t index) { return reinterpret_cast<void*>(index); }

}  // namespace

struct GrpcLoad::Call {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncResponseReader<grpc::ByteBuffer>> reader;
  grpc::ByteBuffer answer;
  grpc::Status status;
  TimePoint started;
};

GrpcLoad::GrpcLoad(Options options, Recorder& recorder) : options_(std::move(options)), recorder_(recorder) {}

GrpcLoad::~GrpcLoad() {
  queue_.Shutdown();
  void* tag;
  bool ok;
  while (queue_.Next(&tag, &ok)) calls_[reinterpret_cast<size_t>(tag)].reset();
}

absl::Status GrpcLoad::Run() {
  request_ = Encode(options_);
  HUIDU_RETURN_IF_ERROR(Connect());
  calls_.resize(static_cast<size_t>(options_.calls));
  recorder_.Start(Now());
  for (size_t i = 0; i < calls_.size(); ++i) Begin(i);

  std::optional<TimePoint> drain_until;
  while (in_flight_ > 0) {
    void* tag = nullptr;
    bool ok = false;
    const auto wait = std::chrono::system_clock::now() + std::chrono::milliseconds(100);
    const auto next = queue_.AsyncNext(&tag, &ok, wait);
    const TimePoint now = Now();
    const size_t index = reinterpret_cast<size_t>(tag);
    if (next == grpc::CompletionQueue::GOT_EVENT) OnEnd(index, now);
    if (!drain_until && recorder_.Done(now)) {
      recorder_.Finish(now);
      drain_until = now + kDrainLimit;
    }
    if (next == grpc::CompletionQueue::GOT_EVENT && !drain_until) Begin(index);
    if (drain_until && now > *drain_until) CancelAll();
  }
  return absl::OkStatus();
}

absl::Status GrpcLoad::Connect() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection for each channel
  arguments.SetMaxReceiveMessageSize(-1);
  for (int i = 0; i < std::min(options_.channels, options_.calls); ++i) {
    auto channel = grpc::CreateCustomChannel(options_.server, grpc::InsecureChannelCredentials(), arguments);
    if (!channel->WaitForConnected(std::chrono::system_clock::now() + kConnectLimit)) {
      return absl::UnavailableError(StrCat("cannot connect to ", options_.server));
    }
    stubs_.push_back(std::make_unique<grpc::GenericStub>(std::move(channel)));
  }
  return absl::OkStatus();
}

void GrpcLoad::Begin(size_t index) {
  auto& call = calls_[index];
  call = std::make_unique<Call>();
  call->started = Now();
  call->reader = stubs_[index % stubs_.size()]->PrepareUnaryCall(&call->context, kMethod, request_, &queue_);
  call->reader->StartCall();
  call->reader->Finish(&call->answer, &call->status, Tag(index));
  ++in_flight_;
}

void GrpcLoad::OnEnd(size_t index, TimePoint now) {
  const std::unique_ptr<Call> call = std::move(calls_[index]);
  --in_flight_;
  if (!call->status.ok()) {
    const std::string reason =
        StrCat("gRPC ", static_cast<int>(call->status.error_code()), " ", call->status.error_message());
    return recorder_.Failure(reason, call->started, now);
  }
  const std::string_view version = ModelVersion(call->context);
  if (version.empty() && options_.expect_version) {
    return recorder_.Failure("answer without x-model-version", call->started, now);
  }
  recorder_.Success(version, call->started, now);
}

// Calls that no answer comes for end as failed ones.
void GrpcLoad::CancelAll() {
  for (const auto& call : calls_) {
    if (call) call->context.TryCancel();
  }
}

}  // namespace huidu::bench
