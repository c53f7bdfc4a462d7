#include "ipc/messages.h"

#include <gtest/gtest.h>

#include "ipc/socket.h"

namespace huidu::ipc {
namespace {

template <typename Message>
Message RoundTrip(const Message& message) {
  std::vector<std::byte> datagram;
  Append(datagram, message);
  std::span<const std::byte> rest(datagram);
  const auto frame = NextFrame(rest);
  EXPECT_TRUE(frame.ok());
  EXPECT_EQ(frame->type, Message::kType);
  EXPECT_TRUE(rest.empty());
  auto decoded = Decode<Message>(frame->payload);
  EXPECT_TRUE(decoded.ok()) << decoded.status();
  return *std::move(decoded);
}

InferRequest SomeRequest() {
  InferRequest request;
  request.id = 7;
  request.sent_ns = 1;
  request.deadline_ns = 99;
  request.inputs = {{.index = 1, .type = 11, .shape = {1, 3, 48, 320}, .offset = 64, .bytes = 184320, .lod = {0, 1}}};
  request.outputs = {0, 2};
  return request;
}

TEST(MessagesTest, ARequestSurvivesTheWay) {
  const InferRequest got = RoundTrip(SomeRequest());
  EXPECT_EQ(got.id, 7u);
  EXPECT_EQ(got.deadline_ns, 99);
  ASSERT_EQ(got.inputs.size(), 1u);
  EXPECT_EQ(got.inputs[0].shape, (tensor::Shape{1, 3, 48, 320}));
  EXPECT_EQ(got.inputs[0].lod, (std::vector<uint64_t>{0, 1}));
  EXPECT_EQ(got.outputs, (std::vector<uint16_t>{0, 2}));
}

TEST(MessagesTest, ALoadWithoutANetworkIsDamaged) {
  std::vector<std::byte> datagram;
  Append(datagram, Load{});
  std::span<const std::byte> rest(datagram);
  EXPECT_FALSE(Decode<Load>(NextFrame(rest)->payload).ok());
}

TEST(MessagesTest, LoadOptionsSurviveTheWay) {
  Load load;
  load.engine = "paddle";
  engine::LoadOptions& options = load.parts.emplace_back().options;
  options.directory = "/models/ocr_v2";
  options.format = engine::Format::kPaddlePir;
  options.lod_inputs = {"words"};
  options.use_gpu = true;
  options.gpu.memory_fraction = 0.25;
  options.gpu.tensorrt_shapes = {{"x", {1, 3}, {2, 3}, {4, 3}}};
  options.precision = engine::Precision::kBFloat16;
  load.task = {"ocr", "/models/ocr_v2", {{"dictionary", "/models/ocr_v2/keys.txt"}}, {{"threshold", "0.5", "f:1:2"}}};
  const Load got = RoundTrip(load);
  EXPECT_EQ(got.engine, "paddle");
  ASSERT_EQ(got.parts.size(), 1u);
  const engine::LoadOptions& part = got.parts[0].options;
  EXPECT_EQ(got.parts[0].name, task::kWholeFolder);
  EXPECT_EQ(part.format, engine::Format::kPaddlePir);
  EXPECT_EQ(part.lod_inputs, options.lod_inputs);
  EXPECT_EQ(part.gpu.memory_fraction, 0.25);
  ASSERT_EQ(part.gpu.tensorrt_shapes.size(), 1u);
  EXPECT_EQ(part.gpu.tensorrt_shapes[0].max, (std::vector<int64_t>{4, 3}));
  EXPECT_EQ(part.precision, engine::Precision::kBFloat16);
  EXPECT_EQ(got.task.task, "ocr");
  EXPECT_EQ(got.task.resources.at(0).path, "/models/ocr_v2/keys.txt");
  EXPECT_EQ(got.task.settings.at(0).where, "f:1:2");
}

TEST(MessagesTest, ASignatureSurvivesTheWay) {
  Loaded loaded;
  loaded.signature.platform = "openvino_onnx";
  loaded.signature.inputs = {{.name = "x", .type = tensor::DataType::kFp16, .shape = {-1, 3}, .lod_level = 1}};
  loaded.signature.outputs = {{.name = "y", .any_rank = true}};
  const Loaded got = RoundTrip(loaded);
  ASSERT_EQ(got.signature.inputs.size(), 1u);
  EXPECT_EQ(got.signature.inputs[0].name, "x");
  EXPECT_EQ(got.signature.inputs[0].lod_level, 1);
  EXPECT_TRUE(got.signature.outputs[0].any_rank);
}

TEST(MessagesTest, EveryCutOffMessageIsRefused) {
  std::vector<std::byte> datagram;
  Append(datagram, SomeRequest());
  std::span<const std::byte> rest(datagram);
  const auto payload = NextFrame(rest)->payload;
  for (size_t size = 0; size < payload.size(); ++size) {
    EXPECT_FALSE(Decode<InferRequest>(payload.first(size)).ok()) << size;
  }
  std::vector<std::byte> longer(payload.begin(), payload.end());
  longer.push_back(std::byte{0});
  EXPECT_FALSE(Decode<InferRequest>(longer).ok());
}

TEST(MessagesTest, AnUnknownTypeOrTooManyDimensionsAreRefused) {
  for (uint8_t type : {0, 15, 255}) {
    InferRequest request = SomeRequest();
    request.inputs[0].type = type;
    std::vector<std::byte> datagram;
    Append(datagram, request);
    std::span<const std::byte> rest(datagram);
    EXPECT_FALSE(Decode<InferRequest>(NextFrame(rest)->payload).ok());
  }
  InferRequest request = SomeRequest();
  request.inputs[0].shape.assign(tensor::kMaxRank + 1, 1);
  std::vector<std::byte> datagram;
  Append(datagram, request);
  std::span<const std::byte> rest(datagram);
  EXPECT_FALSE(Decode<InferRequest>(NextFrame(rest)->payload).ok());
}

TEST(MessagesTest, AListThatClaimsMoreThanTheMessageHoldsReservesNothing) {
  std::vector<std::byte> payload;
  Writer(payload).Put(uint32_t{0xFFFFFFFF});
  EXPECT_FALSE(Decode<Release>(payload).ok());
}

TEST(MessagesTest, SeveralFramesShareADatagram) {
  std::vector<std::byte> datagram;
  Append(datagram, Ping{1});
  Append(datagram, Release{{64, 128}});
  Append(datagram, Cancel{7});
  std::span<const std::byte> rest(datagram);
  EXPECT_EQ(NextFrame(rest)->type, MessageType::kPing);
  EXPECT_EQ(NextFrame(rest)->type, MessageType::kRelease);
  EXPECT_EQ(Decode<Cancel>(NextFrame(rest)->payload)->id, 7u);
  EXPECT_FALSE(NextFrame(rest).ok());
}

TEST(SocketTest, KeepsBordersAndReportsTheOtherSidesEnd) {
  auto pair = MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  auto& [left, right] = *pair;
  std::vector<std::byte> buffer(kMaxDatagram);
  EXPECT_EQ(Receive(right.get(), buffer, false).result, ReceiveResult::kWouldBlock);
  const std::vector<std::byte> one(10);
  const std::vector<std::byte> two(20);
  EXPECT_EQ(Send(left.get(), one, true), SendResult::kSent);
  EXPECT_EQ(Send(left.get(), two, true), SendResult::kSent);
  EXPECT_EQ(Receive(right.get(), buffer, true).datagram.size(), 10u);
  EXPECT_EQ(Receive(right.get(), buffer, true).datagram.size(), 20u);
  left.Close();
  EXPECT_EQ(Receive(right.get(), buffer, true).result, ReceiveResult::kClosed);
  EXPECT_EQ(Send(right.get(), one, true), SendResult::kClosed);
}

}  // namespace
}  // namespace huidu::ipc
