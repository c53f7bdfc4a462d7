#include "front/testing/loopback.h"

#include <boost/asio/post.hpp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <future>

#include "ipc/socket.h"

namespace huidu::front::testing {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) {
    std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
    std::abort();
  }
  return *std::move(value);
}

class FunctionInstance : public engine::Instance {
 public:
  explicit FunctionInstance(const ModelFunction& function) : function_(function) {}
  absl::Status Run(std::span<const tensor::View> inputs, engine::OutputSink& outputs) override {
    return function_(inputs, outputs);
  }

 private:
  const ModelFunction& function_;
};

}  // namespace

IoThread::IoThread() : guard_(context_.get_executor()), thread_([this] { context_.run(); }) {}

IoThread::~IoThread() {
  guard_.reset();
  context_.stop();
  thread_.join();
}

void IoThread::Run(std::function<void()> work) {
  std::promise<void> done;
  boost::asio::post(context_, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

engine::Signature PlusSignature() {
  engine::Signature signature;
  signature.platform = "test_plus";
  signature.inputs = {{.name = "x", .type = tensor::DataType::kFp32, .shape = {tensor::kDynamic, 4}}};
  signature.outputs = {{.name = "y", .type = tensor::DataType::kFp32, .shape = {tensor::kDynamic, 4}}};
  return signature;
}

ModelFunction Plus(float plus) {
  return [plus](std::span<const tensor::View> inputs, engine::OutputSink& outputs) -> absl::Status {
    const tensor::View& x = inputs[0];
    auto memory = outputs.Allocate(0, tensor::DataType::kFp32, x.shape, x.data.size());
    if (!memory.ok()) return memory.status();
    for (size_t at = 0; at < x.data.size(); at += sizeof(float)) {
      float value;
      std::memcpy(&value, x.data.data() + at, sizeof(value));
      value += plus;
      std::memcpy(memory->data() + at, &value, sizeof(value));
    }
    return absl::OkStatus();
  };
}

LoopbackVersion::LoopbackVersion(IoThread& io, std::string model, std::string version, engine::Signature signature,
                                 ModelFunction function, size_t arena_bytes)
    : io_(io),
      function_(std::move(function)),
      requests_(OrDie(ipc::Arena::Create("test-requests", arena_bytes, /*read_only_for_others=*/true))),
      servable_(std::make_shared<Servable>(std::move(model), std::move(version), std::move(signature), requests_)) {}

LoopbackVersion::~LoopbackVersion() {
  while (!workers_.empty()) KillFirstWorker();
  servable_->Abandon();
}

void LoopbackVersion::AddWorker(int instances) {
  auto worker = std::make_unique<Worker>();
  auto [front_end, worker_end] = OrDie(ipc::MakeSocketPair());
  auto responses = OrDie(ipc::Arena::Create("test-responses", requests_->size(), /*read_only_for_others=*/false));
  worker->data = std::move(worker_end);
  worker->channel =
      std::make_shared<WorkerChannel>(io_.context(), std::move(front_end), OrDie(ipc::ArenaView::Map(responses->fd())));
  std::vector<std::unique_ptr<engine::Instance>> made;
  for (int i = 0; i < instances; ++i) made.push_back(std::make_unique<FunctionInstance>(function_));
  worker->loop = std::make_unique<worker::DataLoop>(worker->data.get(), OrDie(ipc::ArenaView::Map(requests_->fd())),
                                                    responses, servable_->signature(), std::move(made));
  worker->channel->Start([](absl::Status) {});
  servable_->AddWorker(worker->channel);
  workers_.push_back(std::move(worker));
}

void LoopbackVersion::KillFirstWorker() {
  std::unique_ptr<Worker> worker = std::move(workers_.front());
  workers_.erase(workers_.begin());
  servable_->RemoveWorker(worker->channel);
  worker->channel->Close(absl::UnavailableError("the worker process ended"));
  worker->loop.reset();
  worker->data.Close();
  io_.Run([] {});  // the channel has told everybody
}

std::shared_ptr<const ServingTable> MakeTable(const std::vector<std::shared_ptr<Servable>>& versions) {
  auto table = std::make_shared<ServingTable>();
  table->generation = 1;
  table->accepting = true;
  auto entry = std::make_shared<ModelEntry>();
  entry->name = versions.front()->model();
  entry->live = versions.front();
  for (const auto& version : versions) {
    entry->versions[version->version()] = version;
    entry->all.push_back({version->version(), "READY", ""});
  }
  table->models[entry->name] = std::move(entry);
  return table;
}

std::shared_ptr<const ServingTable> MakeTable(const std::vector<std::shared_ptr<Servable>>& versions, Split split,
                                              RoutingRules rules) {
  std::vector<uint32_t> shares;
  for (const Split::Part& part : split.parts) shares.push_back(part.share);
  split.slots = AssignSlots(shares);
  split.sequence = std::make_shared<WeightSequence>();
  split.shadow_sequence = std::make_shared<WeightSequence>();
  auto table = std::make_shared<ServingTable>(*MakeTable(versions));
  auto entry = std::make_shared<ModelEntry>(*table->models.begin()->second);
  entry->split = std::make_shared<const Split>(std::move(split));
  entry->rules = std::make_shared<const RoutingRules>(std::move(rules));
  table->models[entry->name] = std::move(entry);
  return table;
}

}  // namespace huidu::front::testing
