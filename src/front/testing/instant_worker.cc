#include "front/testing/instant_worker.h"

#include <cstdlib>

#include "ipc/messages.h"
#include "ipc/socket.h"

namespace huidu::front::testing {
namespace {

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

}  // namespace

InstantWorker::InstantWorker(boost::asio::io_context& io) : receive_buffer_(ipc::kMaxDatagram) {
  auto [front_end, worker_end] = OrDie(ipc::MakeSocketPair());
  const auto responses = OrDie(ipc::Arena::Create("test-responses", 1 << 16, /*read_only_for_others=*/false));
  data_ = std::move(worker_end);
  channel_ = std::make_shared<WorkerChannel>(io, std::move(front_end), OrDie(ipc::ArenaView::Map(responses->fd())));
  channel_->Start([](absl::Status) {});
}

void InstantWorker::Answer() {
  const ipc::Received received = ipc::Receive(data_.get(), receive_buffer_, /*wait=*/false);
  if (received.result != ipc::ReceiveResult::kReceived) return;
  std::span<const std::byte> datagram = received.datagram;
  std::vector<std::byte> answers;
  while (!datagram.empty()) {
    const ipc::Frame frame = OrDie(ipc::NextFrame(datagram));
    if (frame.type != ipc::MessageType::kInferRequest) continue;
    ipc::InferResponse response;
    response.id = OrDie(ipc::Decode<ipc::InferRequest>(frame.payload)).id;
    ipc::Append(answers, response);
  }
  if (!answers.empty()) (void)ipc::Send(data_.get(), answers, /*wait=*/false);
}

}  // namespace huidu::front::testing
