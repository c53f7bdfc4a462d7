#include "worker/data_loop.h"

#include <sys/socket.h>

#include <algorithm>

#include "base/clock.h"
#include "base/status.h"
#include "base/strings.h"
#include "ipc/socket.h"

namespace huidu::worker {
namespace {

using tensor::DataType;

// Collects one request's outputs in the response arena. What is not handed over is given back.
class ArenaSink : public engine::OutputSink {
 public:
  ArenaSink(ipc::Arena& arena, const std::vector<uint16_t>& wanted) : arena_(arena), wanted_(wanted) {}

  bool Wanted(size_t index) const override {
    return wanted_.empty() || std::find(wanted_.begin(), wanted_.end(), index) != wanted_.end();
  }

  absl::StatusOr<std::span<std::byte>> Allocate(size_t index, DataType type, std::span<const int64_t> shape,
                                                size_t bytes) override {
    HUIDU_ASSIGN_OR_RETURN(ipc::Block block, arena_.Allocate(bytes));
    ipc::OutputRef ref;
    ref.index = static_cast<uint16_t>(index);
    ref.type = static_cast<uint8_t>(type);
    ref.shape.assign(shape.begin(), shape.end());
    ref.offset = block.offset();
    ref.bytes = bytes;
    const std::span<std::byte> memory = block.bytes();
    refs_.push_back(std::move(ref));
    blocks_.push_back(std::move(block));
    return memory;
  }

  // The front gives the blocks back with a Release message.
  std::vector<ipc::OutputRef> HandOver() {
    for (ipc::Block& block : blocks_) block.Detach();
    return std::move(refs_);
  }

 private:
  ipc::Arena& arena_;
  const std::vector<uint16_t>& wanted_;
  std::vector<ipc::OutputRef> refs_;
  std::vector<ipc::Block> blocks_;
};

}  // namespace

DataLoop::DataLoop(int data_fd, std::shared_ptr<const ipc::ArenaView> requests, std::shared_ptr<ipc::Arena> responses,
                   const engine::Signature& signature, std::vector<std::unique_ptr<engine::Instance>> instances)
    : data_fd_(data_fd),
      requests_(std::move(requests)),
      responses_(std::move(responses)),
      signature_(signature),
      instances_(std::move(instances)),
      receive_buffer_(ipc::kMaxDatagram) {
  for (const auto& instance : instances_) {
    threads_.emplace_back([this, &instance] { Serve(*instance); });
  }
}

DataLoop::~DataLoop() {
  shutdown(data_fd_, SHUT_RDWR);
  for (std::thread& thread : threads_) thread.join();
}

void DataLoop::Serve(engine::Instance& instance) {
  ipc::InferRequest request;
  while (NextRequest(request)) Process(instance, request);
}

// The word that nobody waits for a request any more stands in the socket behind it. For one that has just come that is
// not worth a look.
bool DataLoop::NextRequest(ipc::InferRequest& request) {
  constexpr std::chrono::milliseconds kJustCome(1);
  std::lock_guard lock(turn_);
  while (!closed_) {
    if (waiting_.empty()) {
      (void)Receive(/*wait=*/true);
      continue;
    }
    if (ToNanos(Now() - kJustCome) > waiting_.front().sent_ns) {
      while (Receive(/*wait=*/false)) continue;
      if (closed_ || waiting_.empty()) continue;
    }
    request = std::move(waiting_.front());
    waiting_.pop_front();
    return true;
  }
  return false;
}

// Whether there was a datagram, and a sound one.
bool DataLoop::Receive(bool wait) {
  const ipc::Received received = ipc::Receive(data_fd_, receive_buffer_, wait);
  if (received.result == ipc::ReceiveResult::kWouldBlock) return false;
  closed_ = received.result == ipc::ReceiveResult::kClosed;
  std::span<const std::byte> rest = received.datagram;
  while (!closed_ && !rest.empty()) {
    const absl::StatusOr<ipc::Frame> frame = ipc::NextFrame(rest);
    closed_ = !frame.ok() || !Take(*frame);
  }
  return !closed_;
}

bool DataLoop::Take(const ipc::Frame& frame) {
  if (frame.type == ipc::MessageType::kInferRequest) {
    absl::StatusOr<ipc::InferRequest> request = ipc::Decode<ipc::InferRequest>(frame.payload);
    if (!request.ok()) return false;
    waiting_.push_back(*std::move(request));
    return true;
  }
  if (frame.type == ipc::MessageType::kCancel) {
    const absl::StatusOr<ipc::Cancel> cancel = ipc::Decode<ipc::Cancel>(frame.payload);
    if (cancel.ok()) Cancel(cancel->id);
    return cancel.ok();
  }
  if (frame.type != ipc::MessageType::kRelease) return false;
  const absl::StatusOr<ipc::Release> release = ipc::Decode<ipc::Release>(frame.payload);
  if (!release.ok()) return false;
  for (uint64_t offset : release->offsets) responses_->Free(offset);
  return true;
}

void DataLoop::Cancel(uint64_t id) {
  const auto found = std::ranges::find(waiting_, id, &ipc::InferRequest::id);
  if (found == waiting_.end()) return;  // it has begun, or is over
  waiting_.erase(found);
  ipc::InferResponse response;
  response.id = id;
  response.code = static_cast<int32_t>(absl::StatusCode::kCancelled);
  response.message = "cancelled before it began";
  Send(response);
}

void DataLoop::Process(engine::Instance& instance, const ipc::InferRequest& request) {
  const TimePoint started = Now();
  ipc::InferResponse response;
  response.id = request.id;
  response.queue_ns = static_cast<uint64_t>(std::max<int64_t>(0, ToNanos(started) - request.sent_ns));
  const absl::Status status = ToNanos(started) > request.deadline_ns
                                  ? absl::DeadlineExceededError("the deadline passed while the request was queued")
                                  : RunModel(instance, request, response);
  response.infer_ns = static_cast<uint64_t>((Now() - started).count());
  response.code = static_cast<int32_t>(status.code());
  response.message = Text(status).substr(0, 4096);
  Send(response);
}

void DataLoop::Send(const ipc::InferResponse& response) {
  std::vector<std::byte> datagram;
  datagram.reserve(256);
  ipc::Append(datagram, response);
  (void)ipc::Send(data_fd_, datagram, /*wait=*/true);  // a closed socket ends the loop at the next receive
}

absl::Status DataLoop::RunModel(engine::Instance& instance, const ipc::InferRequest& request,
                                ipc::InferResponse& response) {
  std::vector<tensor::View> inputs(signature_.inputs.size());
  for (const ipc::InputRef& ref : request.inputs) {
    if (ref.index >= inputs.size()) return absl::InternalError(StrCat("input index ", ref.index));
    HUIDU_ASSIGN_OR_RETURN(const std::span<const std::byte> data, requests_->At(ref.offset, ref.bytes));
    inputs[ref.index] = {static_cast<DataType>(ref.type), ref.shape, data, ref.lod};
  }
  ArenaSink sink(*responses_, request.outputs);
  HUIDU_RETURN_IF_ERROR(instance.Run(inputs, sink));
  response.outputs = sink.HandOver();
  return absl::OkStatus();
}

}  // namespace huidu::worker
