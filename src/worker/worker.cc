#include "worker/worker.h"

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "ipc/socket.h"
#include "task/task.h"
#include "worker/priority.h"

namespace huidu::worker {
namespace {

// What the front must be able to read in one message.
absl::Status CheckSignature(const engine::Signature& signature) {
  std::vector<std::byte> datagram;
  ipc::Append(datagram, ipc::Loaded{"", signature});
  std::span<const std::byte> rest(datagram);
  if (datagram.size() + 1024 < ipc::kMaxDatagram && ipc::Decode<ipc::Loaded>(ipc::NextFrame(rest)->payload).ok()) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(StrCat("the model has ", signature.inputs.size(), " inputs and ",
                                           signature.outputs.size(), " outputs; at most ", tensor::kMaxTensors,
                                           " of each, of at most ", tensor::kMaxRank, " dimensions, are taken"));
}

}  // namespace

Worker::Worker(ipc::Fd control, ipc::Fd data, ipc::Fd requests, ipc::Fd responses, Wrap wrap)
    : control_(std::move(control)),
      data_(std::move(data)),
      requests_(std::move(requests)),
      responses_(std::move(responses)),
      wrap_(std::move(wrap)) {}

absl::Status Worker::Run(std::string sandbox) {
  Tell(ipc::Hello{.protocol = ipc::kProtocolVersion, .sandbox = std::move(sandbox)});
  std::vector<std::byte> buffer(ipc::kMaxDatagram);
  while (true) {
    const ipc::Received received = ipc::Receive(control_.get(), buffer, /*wait=*/true);
    if (received.result != ipc::ReceiveResult::kReceived) return absl::OkStatus();
    HUIDU_RETURN_IF_ERROR(Handle(received.datagram));
  }
}

absl::Status Worker::Handle(std::span<const std::byte> datagram) {
  HUIDU_ASSIGN_OR_RETURN(const ipc::Frame frame, ipc::NextFrame(datagram));
  switch (frame.type) {
    case ipc::MessageType::kPing: {
      HUIDU_ASSIGN_OR_RETURN(const ipc::Ping ping, ipc::Decode<ipc::Ping>(frame.payload));
      Tell(ipc::Pong{ping.sequence});
      return absl::OkStatus();
    }
    case ipc::MessageType::kLoad: {
      HUIDU_ASSIGN_OR_RETURN(const ipc::Load load, ipc::Decode<ipc::Load>(frame.payload));
      LoadAndReport(load);
      return absl::OkStatus();
    }
    case ipc::MessageType::kPromote: RestorePriority(); return absl::OkStatus();
    default: return absl::InvalidArgumentError(StrCat("unexpected message ", static_cast<int>(frame.type)));
  }
}

void Worker::LoadAndReport(const ipc::Load& load) {
  if (const absl::Status status = LoadModel(load); !status.ok()) {
    Tell(ipc::LoadFailed{static_cast<int32_t>(status.code()), std::string(status.message().substr(0, 16384))});
    return;
  }
  Tell(ipc::Loaded{engine_version_, model_->signature()});
}

absl::Status Worker::LoadModel(const ipc::Load& load) {
  if (model_ != nullptr) return absl::FailedPreconditionError("this worker has loaded its version already");
  HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Model> model, BuildModel(load));
  HUIDU_ASSIGN_OR_RETURN(model_, wrap_(std::move(model), load.task.directory));
  HUIDU_RETURN_IF_ERROR(CheckSignature(model_->signature()));
  std::vector<std::unique_ptr<engine::Instance>> instances;
  for (int32_t i = 0; i < std::max(1, load.parts[0].options.instances); ++i) {
    HUIDU_ASSIGN_OR_RETURN(instances.emplace_back(), model_->NewInstance());
  }
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<const ipc::ArenaView> requests, ipc::ArenaView::Map(requests_.get()));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<ipc::Arena> responses, ipc::Arena::Adopt(std::move(responses_)));
  requests_.Close();
  loop_ = std::make_unique<DataLoop>(data_.get(), std::move(requests), std::move(responses), model_->signature(),
                                     std::move(instances));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<engine::Model>> Worker::BuildModel(const ipc::Load& load) {
  HUIDU_ASSIGN_OR_RETURN(engine::Engine* const engine, engine::OpenEngine(load.engine));
  engine_version_ = engine->version();
  std::vector<task::Part> parts;
  for (const task::PartOptions& part : load.parts) {
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<engine::Model> model, engine->Load(part.options));
    parts.push_back({part.name, std::move(model)});
  }
  if (load.task.task == task::kTensors) return std::move(parts[0].model);
  HUIDU_ASSIGN_OR_RETURN(task::Task* const task, task::OpenTask(load.task.task));
  return task->Build(load.task, task::Parts(std::move(parts)));
}

template <typename Message>
void Worker::Tell(const Message& message) {
  std::vector<std::byte> datagram;
  ipc::Append(datagram, message);
  (void)ipc::Send(control_.get(), datagram, /*wait=*/true);  // a front that is gone is seen at the next receive
}

}  // namespace huidu::worker
