// The protocol over a real socket, with the real router, channel and arenas; the model is a function in this process.

#include "front/http/kserve_handler.h"

#include <gmock/gmock.h>

#include <cstring>
#include <latch>
#include <semaphore>

#include "base/strings.h"
#include "front/testing/loopback.h"
#include "http/gzip.h"
#include "http/testing/test_client.h"
#include "http/testing/test_server.h"

namespace huidu::front {
namespace {

using http::TestClient;
using http::TestReply;
using tensor::DataType;
using ::testing::HasSubstr;
using testing::IoThread;
using testing::LoopbackVersion;
using testing::Plus;
using testing::PlusSignature;

engine::Signature EchoSignature(DataType type) {
  return {.platform = "test_echo",
          .inputs = {{.name = "x", .type = type, .shape = {tensor::kDynamic}, .lod_level = 1}},
          .outputs = {{.name = "y", .type = type, .shape = {tensor::kDynamic}}}};
}

absl::Status Echo(std::span<const tensor::View> inputs, engine::OutputSink& outputs) {
  auto memory = outputs.Allocate(0, inputs[0].type, inputs[0].shape, inputs[0].data.size());
  if (!memory.ok()) return memory.status();
  std::memcpy(memory->data(), inputs[0].data.data(), inputs[0].data.size());
  return absl::OkStatus();
}

std::string Floats(std::initializer_list<float> values) {
  return std::string(reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(float));
}

constexpr char kJson[] = R"({"id":"j1","inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[1,2,3,4.5]}]})";

class KServeHandlerTest : public ::testing::Test {
 protected:
  KServeHandlerTest() {
    for (LoopbackVersion* version : {&v1_, &v2_, &text_, &half_, &small_, &gated_}) version->AddWorker();
    Publish();
  }

  void Publish(bool accepting = true) {
    auto table = std::make_shared<ServingTable>();
    table->generation = 1;
    table->accepting = accepting;
    for (const auto& versions : std::vector<std::vector<std::shared_ptr<Servable>>>{{v1_.servable(), v2_.servable()},
                                                                                    {text_.servable()},
                                                                                    {half_.servable()},
                                                                                    {small_.servable()},
                                                                                    {gated_.servable()}}) {
      table->models.merge(std::map(testing::MakeTable(versions)->models));
    }
    tables_.Publish(table);
  }

  // A request whose one input's bytes follow the JSON.
  TestReply PostBinary(const std::string& path, const std::string& json, const std::string& bytes,
                       const std::string& headers = "") {
    return client_.Post(path, json + bytes,
                        "Inference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n" + headers);
  }

  std::counting_semaphore<> gate_{0};
  IoThread io_;
  LoopbackVersion v1_{io_, "plus", "v1", PlusSignature(), Plus(1)};
  LoopbackVersion v2_{io_, "plus", "v2", PlusSignature(), Plus(2)};
  LoopbackVersion text_{io_, "text", "v1", EchoSignature(DataType::kBytes), Echo};
  LoopbackVersion half_{io_, "half", "v1", EchoSignature(DataType::kFp16), Echo};
  LoopbackVersion small_{io_, "small", "v1", EchoSignature(DataType::kUint8), Echo, /*arena_bytes=*/8192};
  LoopbackVersion gated_{io_, "gated", "v1", PlusSignature(), [this](auto inputs, auto& outputs) {
                           gate_.acquire();
                           return Plus(1)(inputs, outputs);
                         }};
  TableHolder tables_;
  Router router_{tables_};
  KServeHandler handler_{router_, {.max_json_bytes = 1 << 20, .max_json_header_bytes = 4096}};
  http::TestServer server_{handler_, {}, 2};
  TestClient client_{server_.port()};
};

TEST_F(KServeHandlerTest, AnswersJsonWithJson) {
  const TestReply reply = client_.Post("/v2/models/plus/infer", kJson);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.body, R"({"model_name":"plus","model_version":"v1","id":"j1","outputs":[)"
                        R"({"name":"y","datatype":"FP32","shape":[1,4],"data":[2,3,4,5.5]}]})");
  EXPECT_EQ(reply.headers.at("content-type"), "application/json");
  EXPECT_EQ(reply.headers.at("x-model-version"), "v1");
  EXPECT_EQ(reply.headers.at("x-request-id"), "j1");
  EXPECT_EQ(reply.headers.at("x-huidu-route"), "stable");
}

TEST_F(KServeHandlerTest, AnswersBytesWithBytes) {
  const std::string json = R"({"parameters":{"binary_data_output":true},"inputs":[{"name":"x","shape":[2,4],)"
                           R"("datatype":"FP32","parameters":{"binary_data_size":32}}]})";
  const TestReply reply = PostBinary("/v2/models/plus/infer", json, Floats({1, 2, 3, 4, 5, 6, 7, 8}),
                                     "Content-Type: application/octet-stream\r\n");
  ASSERT_EQ(reply.status, 200) << reply.body;
  const size_t length = std::stoul(reply.headers.at("inference-header-content-length"));
  EXPECT_THAT(reply.body.substr(0, length), HasSubstr(R"("parameters":{"binary_data_size":32})"));
  EXPECT_EQ(reply.body.substr(length), Floats({2, 3, 4, 5, 6, 7, 8, 9}));
}

TEST_F(KServeHandlerTest, ALargeTensorPassesUnchanged) {
  std::string bytes;
  for (int i = 0; i < 400'000; ++i) bytes += Floats({static_cast<float>(i)});
  const std::string json = R"({"inputs":[{"name":"x","shape":[100000,4],"datatype":"FP32",)"
                           R"("parameters":{"binary_data_size":1600000}}],)"
                           R"("outputs":[{"name":"y","parameters":{"binary_data":true}}]})";
  for (int round = 0; round < 3; ++round) {
    const TestReply reply = PostBinary("/v2/models/plus/infer", json, bytes);
    ASSERT_EQ(reply.status, 200) << reply.body;
    ASSERT_GE(reply.body.size(), bytes.size());
    float last;
    std::memcpy(&last, reply.body.data() + reply.body.size() - sizeof(last), sizeof(last));
    EXPECT_EQ(last, 400'000);
  }
}

TEST_F(KServeHandlerTest, ChunkedAndCompressedBodiesAreTheSame) {
  const std::string json = R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32",)"
                           R"("parameters":{"binary_data_size":16}}]})";
  const std::string body = json + Floats({1, 2, 3, 4});
  char size[16];
  std::snprintf(size, sizeof(size), "%zx\r\n", body.size());
  client_.Send(
      "POST /v2/models/plus/infer HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: "
      "chunked\r\nInference-Header-Content-Length: " +
      std::to_string(json.size()) + "\r\n\r\n" + size + body + "\r\n0\r\n\r\n");
  EXPECT_THAT(client_.Receive().body, HasSubstr("[2,3,4,5]"));
  http::Deflater deflater(http::Coding::kGzip);
  deflater.Add(std::as_bytes(std::span(body)));
  const TestReply reply = client_.Post(
      "/v2/models/plus/infer", deflater.Finish(),
      "Content-Encoding: gzip\r\nInference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n");
  EXPECT_THAT(reply.body, HasSubstr("[2,3,4,5]"));
}

TEST_F(KServeHandlerTest, PipelinedRequestsAreAnsweredInOrder) {
  std::string requests;
  for (const char* version : {"v1", "v2", "v1", "v2"}) {
    requests += "POST /v2/models/plus/versions/" + std::string(version) +
                "/infer HTTP/1.1\r\nHost: t\r\nContent-Length: " + std::to_string(std::strlen(kJson)) + "\r\n\r\n" +
                kJson;
  }
  client_.Send(requests);
  for (const char* version : {"v1", "v2", "v1", "v2"}) {
    EXPECT_EQ(client_.Receive().headers["x-model-version"], version);
  }
}

TEST_F(KServeHandlerTest, TheVersionIsForcedByPathHeaderOrParameterInThisOrder) {
  const std::string with_parameter = R"({"parameters":{"model_version":"v2"},)" + std::string(kJson).substr(1);
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", with_parameter).headers["x-model-version"], "v2");
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", with_parameter, "x-model-version: v1\r\n").headers["x-model-version"],
            "v1");
  const TestReply reply = client_.Post("/v2/models/plus/versions/v2/infer", kJson, "x-model-version: v1\r\n");
  EXPECT_EQ(reply.headers.at("x-model-version"), "v2");
  EXPECT_EQ(reply.headers.at("x-huidu-route"), "forced");
}

TEST_F(KServeHandlerTest, TheClientsIdsComeBack) {
  const TestReply reply =
      client_.Post("/v2/models/plus/infer", kJson, "X-Request-Id: mine\r\ntraceparent: 00-ab-cd-01\r\n");
  EXPECT_EQ(reply.headers.at("x-request-id"), "mine");
  EXPECT_EQ(reply.headers.at("traceparent"), "00-ab-cd-01");
  EXPECT_THAT(reply.body, HasSubstr(R"("id":"j1")"));
  const TestReply first = client_.Get("/v2");
  const TestReply second = client_.Get("/v2");
  EXPECT_FALSE(first.headers.at("x-request-id").empty());
  EXPECT_NE(first.headers.at("x-request-id"), second.headers.at("x-request-id"));
}

TEST_F(KServeHandlerTest, WhatTheServerRefusesItselfHasAnIdToo) {
  const auto refused = [&](const std::string& request) {
    TestClient client(server_.port());
    client.Send(request);
    return client.Receive();
  };
  TestReply broken = refused("POST /v2 HTTP/1.1\r\nno colon\r\n\r\n");
  EXPECT_EQ(broken.status, 400);
  EXPECT_EQ(broken.headers["x-request-id"].size(), 16u);
  TestReply large = refused(
      "POST /v2/models/plus/infer HTTP/1.1\r\nHost: t\r\nX-Request-Id: mine\r\n"
      "Content-Length: 2000000000000\r\n\r\n");
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(large.headers["x-request-id"], "mine");
}

TEST_F(KServeHandlerTest, ABodyOfAnotherTypeIsNotReadAsJson) {
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson, "Content-Type: application/xml\r\n").status, 415);
}

TEST_F(KServeHandlerTest, StringsAndHalfPrecisionTravel) {
  EXPECT_THAT(client_
                  .Post("/v2/models/text/infer", R"({"inputs":[{"name":"x","shape":[2],"datatype":"BYTES",)"
                                                 R"("data":["灰度","b"],"parameters":{"lod":"0,1,2"}}]})")
                  .body,
              HasSubstr(R"("data":["灰度","b"])"));
  const std::string json = R"({"inputs":[{"name":"x","shape":[2],"datatype":"FP16",)"
                           R"("parameters":{"binary_data_size":4}}],"outputs":[{"name":"y")";
  const TestReply reply =
      PostBinary("/v2/models/half/infer", json + R"(,"parameters":{"binary_data":true}}]})", "abcd");
  EXPECT_EQ(reply.body.substr(reply.body.size() - 4), "abcd");
  const TestReply as_json = PostBinary("/v2/models/half/infer", json + "}]}", "abcd");
  EXPECT_EQ(as_json.status, 400);
  EXPECT_THAT(as_json.body, HasSubstr("output 'y': FP16"));
}

TEST_F(KServeHandlerTest, ATextBodyIsTheInputItself) {
  const TestReply reply =
      client_.Post("/v2/models/text/infer", "发票 1", "Content-Type: text/plain\r\nx-request-id: t1\r\n");
  EXPECT_EQ(reply.status, 200);
  EXPECT_THAT(reply.body, HasSubstr(R"({"name":"y","datatype":"BYTES","shape":[1],"data":["发票 1"]})"));
  EXPECT_EQ(reply.headers.at("x-request-id"), "t1");
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", "1", "Content-Type: image/png\r\n").status, 415);
}

TEST_F(KServeHandlerTest, APaddleServingPipelinesRequestIsAnsweredInItsForm) {
  const TestReply text = client_.Post("/text/prediction", R"({"key":["words"],"value":["发票"]})");
  EXPECT_EQ(text.status, 200);
  EXPECT_EQ(text.body,
            R"({"err_no":0,"err_msg":"","key":["res","y"],"value":["[[\"发票\"]]","[\"发票\"]"],"tensors":[]})");
  EXPECT_EQ(text.headers.at("x-model-version"), "v1");
  const TestReply numbers = client_.Post("/plus/prediction", R"({"key":["x"],"value":["[[1,2,3,4]]"]})");
  EXPECT_THAT(numbers.body, HasSubstr(R"("key":["res","y"],"value":["[[[2,3,4,5]]]","[[2,3,4,5]]"])"));
  const TestReply wrong = client_.Post("/plus/prediction", R"({"key":["x"],"value":["[[1,2]]"]})");
  EXPECT_EQ(wrong.status, 200);
  EXPECT_THAT(wrong.body, HasSubstr(R"("err_no":5000,"err_msg":"input 'x': shape is [1,2])"));
  EXPECT_THAT(client_.Post("/nobody/prediction", R"({"key":["x"],"value":["1"]})").body, HasSubstr(R"("err_no":3002)"));
}

TEST_F(KServeHandlerTest, AMistakeIsA400ThatNamesTheTensor) {
  const auto error = [&](const std::string& json, const std::string& bytes) {
    TestClient client(server_.port());
    const TestReply reply = client.Post("/v2/models/plus/infer", json + bytes,
                                        "Inference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n");
    EXPECT_EQ(reply.status, 400) << reply.body;
    EXPECT_EQ(reply.headers.count("x-request-id"), 1u);
    return reply.body;
  };
  const auto input = [](const std::string& name, const std::string& type, const std::string& shape, int size) {
    return R"({"inputs":[{"name":")" + name + R"(","datatype":")" + type + R"(","shape":)" + shape +
           R"(,"parameters":{"binary_data_size":)" + std::to_string(size) + "}}]}";
  };
  const std::string bytes = Floats({1, 2, 3, 4});
  EXPECT_THAT(error(input("z", "FP32", "[1,4]", 16), bytes), HasSubstr("'z' is unknown"));
  EXPECT_THAT(error(input("x", "INT32", "[1,4]", 16), bytes), HasSubstr("'x'"));
  EXPECT_THAT(error(input("x", "FP32", "[1,5]", 20), bytes + "1234"), HasSubstr("'x'"));
  EXPECT_THAT(error(input("x", "FP32", "[2,4]", 16), bytes), HasSubstr("takes 32"));
  EXPECT_THAT(error(R"({"inputs":[]})", ""), HasSubstr("input 'x' is missing"));
  EXPECT_THAT(error(input("x", "FP32", "[1,4]", 16), bytes + "more"), HasSubstr("goes on"));
  EXPECT_THAT(error(input("x", "FP32", "[1,4]", 16), "short"), HasSubstr("input 'x': the body ends early"));
  const auto counted = [](const LoopbackVersion& v) { return v.servable()->stats().outcome(Outcome::kClientError); };
  EXPECT_EQ(counted(v1_) + counted(v2_), 7u) << "each counts once";
  EXPECT_THAT(error("{", ""), HasSubstr("request"));
}

TEST_F(KServeHandlerTest, AWrongJsonLengthIsA400) {
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson, "Inference-Header-Content-Length: abc\r\n").status, 400);
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson, "Inference-Header-Content-Length: 0\r\n").status, 400);
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson, "Inference-Header-Content-Length: 4000\r\n").status, 400);
}

TEST_F(KServeHandlerTest, WhatIsTooLargeIsA413) {
  TestClient json(server_.port());
  EXPECT_EQ(json.Post("/v2/models/plus/infer", kJson, "Inference-Header-Content-Length: 5000\r\n").status, 413);
  TestClient body(server_.port());
  EXPECT_EQ(body.Post("/v2/models/plus/infer", std::string((1 << 20) + 1, ' ')).status, 413);
  const TestReply tensor = PostBinary("/v2/models/small/infer",
                                      R"({"inputs":[{"name":"x","shape":[100000],"datatype":"UINT8",)"
                                      R"("parameters":{"binary_data_size":100000}}]})",
                                      std::string(100'000, 'x'));
  EXPECT_EQ(tensor.status, 413);
  EXPECT_THAT(tensor.body, HasSubstr("input 'x'"));
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson).status, 200);
}

TEST_F(KServeHandlerTest, AnUnknownModelOrVersionIsA404ThatListsWhatIsThere) {
  EXPECT_THAT(client_.Post("/v2/models/nothing/infer", kJson).body, HasSubstr("model 'nothing' is unknown"));
  const TestReply reply = client_.Post("/v2/models/plus/infer", kJson, "x-model-version: v9\r\n");
  EXPECT_EQ(reply.status, 404);
  EXPECT_THAT(reply.body, HasSubstr("v1, v2"));
  EXPECT_EQ(client_.Get("/v2/models/plus/versions/v9").status, 404);
  EXPECT_EQ(client_.Get("/v2/models/nothing/stats").status, 404);
}

TEST_F(KServeHandlerTest, AFullQueueIsA429) {
  gated_.servable()->SetLimits({.max_queue = 1});
  TestClient first(server_.port());
  const std::string head = "POST /v2/models/gated/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ";
  first.Send(head + std::to_string(std::strlen(kJson)) + "\r\n\r\n" + kJson);
  while (gated_.servable()->in_flight() == 0) std::this_thread::yield();
  const TestReply refused = client_.Post("/v2/models/gated/infer", kJson);
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.headers.at("x-model-version"), gated_.servable()->version());
  EXPECT_EQ(refused.headers.at("retry-after"), "1");
  gate_.release();
  EXPECT_EQ(first.Receive().status, 200);
}

TEST_F(KServeHandlerTest, ASlowUploadKeepsNobodyOut) {
  v1_.servable()->SetLimits({.max_queue = 1});
  const std::string json = R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32",)"
                           R"("parameters":{"binary_data_size":16}}]})";
  TestClient slow(server_.port());
  slow.Send(StrCat("POST /v2/models/plus/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ", json.size() + 16,
                   "\r\nInference-Header-Content-Length: ", json.size(), "\r\n\r\n", json, "1234"));
  while (v1_.servable()->requests().bytes_in_use() == 0) std::this_thread::yield();
  while (v1_.servable()->in_flight() > 0) std::this_thread::yield();
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson).status, 200);
  slow.Send("567812345678");
  EXPECT_EQ(slow.Receive().status, 200);
}

TEST_F(KServeHandlerTest, UnfinishedUploadsDoNotTakeTheArenaFromOthers) {
  const auto start = [](int rows) {
    const std::string json = StrCat(R"({"inputs":[{"name":"x","shape":[)", rows, R"(,4],"datatype":"FP32",)",
                                    R"("parameters":{"binary_data_size":)", rows * 16, "}}]}");
    return StrCat("POST /v2/models/plus/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ", json.size() + rows * 16,
                  "\r\nInference-Header-Content-Length: ", json.size(), "\r\n\r\n", json);
  };
  constexpr int kThreeMib = 3 * 65536;
  const auto in_use = [&] { return v1_.servable()->requests().bytes_in_use(); };
  std::vector<std::unique_ptr<TestClient>> slow;
  for (int i = 0; i < 5; ++i) {
    slow.push_back(std::make_unique<TestClient>(server_.port()));
    slow.back()->Send(start(kThreeMib));
    if (i == 0) {
      while (in_use() == 0) std::this_thread::yield();
      continue;
    }
    const TestReply refused = slow.back()->Receive();
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.headers.at("retry-after"), "1");
    EXPECT_THAT(refused.body, HasSubstr("too much is being sent at once: 1 unfinished requests"));
  }
  EXPECT_EQ(in_use(), size_t{3} << 20);
  // Small, also if it comes in two parts.
  EXPECT_EQ(client_.Post("/v2/models/plus/infer", kJson).status, 200);
  client_.Send(start(1));
  client_.Send(std::string(16, '\0'));
  EXPECT_EQ(client_.Receive().status, 200);
  slow[0]->Send(std::string(size_t{3} << 20, '\0'));
  EXPECT_EQ(slow[0]->Receive().status, 200);
  // Its place is free again.
  TestClient next(server_.port());
  next.Send(start(kThreeMib) + std::string(size_t{3} << 20, '\0'));
  EXPECT_EQ(next.Receive().status, 200);
}

TEST_F(KServeHandlerTest, AnUploadThatEndsEarlyGivesItsPlaceBack) {
  const std::string json = R"({"inputs":[{"name":"x","shape":[262144,4],"datatype":"FP32",)"
                           R"("parameters":{"binary_data_size":4194304}}]})";
  const std::string head =
      StrCat("POST /v2/models/plus/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ", json.size() + 4194304,
             "\r\nInference-Header-Content-Length: ", json.size(), "\r\n\r\n", json);
  for (int i = 0; i < 3; ++i) {
    TestClient client(server_.port());
    client.Send(head + "1234");
    client.EndSending();
    EXPECT_EQ(client.Receive().status, 400) << i;
  }
}

TEST_F(KServeHandlerTest, AQueueThatFillsDuringAnUploadIsA429) {
  gated_.servable()->SetLimits({.max_queue = 1});
  const std::string json = R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32",)"
                           R"("parameters":{"binary_data_size":16}}]})";
  TestClient slow(server_.port());
  slow.Send(StrCat("POST /v2/models/gated/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ", json.size() + 16,
                   "\r\nInference-Header-Content-Length: ", json.size(), "\r\n\r\n", json));
  while (gated_.servable()->requests().bytes_in_use() == 0) std::this_thread::yield();
  while (gated_.servable()->in_flight() > 0) std::this_thread::yield();
  client_.Send(StrCat("POST /v2/models/gated/infer HTTP/1.1\r\nHost: t\r\nContent-Length: ", std::strlen(kJson),
                      "\r\n\r\n", kJson));
  while (gated_.servable()->in_flight() == 0) std::this_thread::yield();
  slow.Send(std::string(16, 'x'));
  EXPECT_EQ(slow.Receive().status, 429);
  gate_.release();
  EXPECT_EQ(client_.Receive().status, 200);
}

TEST_F(KServeHandlerTest, ASampledRequestIsLogged) {
  KServeHandler handler(router_, {.log_every = 2});
  http::TestServer server(handler);
  TestClient client(server.port());
  ::testing::internal::CaptureStderr();
  for (const char* id : {"first", "second"}) {
    client.Post("/v2/models/plus/infer", kJson, StrCat("x-request-id: ", id, "\r\n"));
  }
  const std::string log = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(log, HasSubstr(R"("model":"plus","model_version":"v1","request_id":"second")"));
  EXPECT_THAT(log, HasSubstr(R"("status":"200")"));
  EXPECT_EQ(log.find("first"), std::string::npos);
}

TEST_F(KServeHandlerTest, ADeadlineIsA504) {
  const std::string json = R"({"parameters":{"timeout":2000},)" + std::string(kJson).substr(1);
  EXPECT_EQ(client_.Post("/v2/models/gated/infer", json).status, 504);
  gate_.release();
}

TEST_F(KServeHandlerTest, ARequestWithoutAWorkerIsA503WhenTheVersionIsGone) {
  v2_.KillFirstWorker();
  v2_.servable()->Abandon();
  EXPECT_EQ(client_.Post("/v2/models/plus/versions/v2/infer", kJson).status, 503);
  EXPECT_EQ(client_.Get("/v2/models/plus/versions/v2/ready").status, 503);
  EXPECT_EQ(client_.Get("/v2/models/plus/ready").status, 200);
  const TestReply unknown = client_.Get("/v2/models/plus/versions/v99/ready");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_THAT(unknown.body, HasSubstr("v1"));
}

TEST_F(KServeHandlerTest, HealthFollowsTheTable) {
  EXPECT_EQ(client_.Get("/v2/health/live").status, 200);
  EXPECT_EQ(client_.Get("/v2/health/ready").status, 200);
  Publish(/*accepting=*/false);
  EXPECT_EQ(client_.Get("/v2/health/ready").status, 503);
  EXPECT_EQ(client_.Get("/v2/health/live").status, 200);
}

TEST_F(KServeHandlerTest, MetadataDescribesServerModelAndConfig) {
  EXPECT_THAT(client_.Get("/v2").body, HasSubstr(R"({"name":"huidu","version":")"));
  EXPECT_THAT(client_.Get("/v2").body, HasSubstr("binary_tensor_data"));
  const TestReply model = client_.Get("/v2/models/plus");
  EXPECT_EQ(model.body, R"({"name":"plus","versions":["v1","v2"],"platform":"test_plus",)"
                        R"("inputs":[{"name":"x","datatype":"FP32","shape":[-1,4]}],)"
                        R"("outputs":[{"name":"y","datatype":"FP32","shape":[-1,4]}]})");
  EXPECT_EQ(model.headers.at("x-model-version"), "v1");
  EXPECT_THAT(client_.Get("/v2/models/text/config").body,
              HasSubstr(R"("input":[{"name":"x","data_type":"TYPE_STRING","dims":[-1]}])"));
}

TEST_F(KServeHandlerTest, StatisticsCountRequests) {
  client_.Post("/v2/models/plus/infer", kJson);
  client_.Post("/v2/models/plus/infer", R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":["a"]}]})");
  const std::string stats = client_.Get("/v2/models/plus/versions/v1/stats").body;
  EXPECT_THAT(stats, HasSubstr(R"({"model_stats":[{"name":"plus","version":"v1","last_inference":)"));
  EXPECT_THAT(stats, HasSubstr(R"("inference_count":1,"execution_count":1,)"));
  EXPECT_THAT(stats, HasSubstr(R"("fail":{"count":1,)"));
  EXPECT_THAT(client_.Get("/v2/models/stats").body, HasSubstr(R"("name":"text")"));
}

TEST_F(KServeHandlerTest, TheRepositoryIndexListsVersions) {
  const TestReply index = client_.Post("/v2/repository/index", "");
  EXPECT_THAT(index.body, HasSubstr(R"({"name":"plus","version":"v2","state":"READY","reason":""})"));
  EXPECT_EQ(client_.Post("/v2/repository/index", R"({"ready":true})").body, index.body);
  EXPECT_EQ(client_.Post("/v2/repository/index", "[").status, 400);
}

TEST_F(KServeHandlerTest, LoadingIsTheAdminPortsBusiness) {
  const TestReply reply = client_.Post("/v2/repository/models/plus/load", "{}");
  EXPECT_EQ(reply.status, 403);
  EXPECT_THAT(reply.body, HasSubstr("/admin/v1/models/plus/versions"));
}

TEST_F(KServeHandlerTest, ManyClientsAtOnceGetTheirOwnAnswers) {
  std::vector<std::thread> clients;
  std::atomic<int> wrong{0};
  for (int c = 0; c < 8; ++c) {
    clients.emplace_back([&, c] {
      TestClient client(server_.port());
      const std::string path = c % 2 == 0 ? "/v2/models/plus/infer" : "/v2/models/plus/versions/v2/infer";
      for (int i = 0; i < 200; ++i) {
        const int value = c * 1000 + i;
        const std::string json =
            R"({"inputs":[{"name":"x","shape":[1,4],"datatype":"FP32","data":[)" + std::to_string(value) + ",0,0,0]}]}";
        const std::string expected = StrCat("[", value + (c % 2 == 0 ? 1 : 2), ",");
        if (client.Post(path, json).body.find(expected) == std::string::npos) ++wrong;
      }
    });
  }
  for (auto& client : clients) client.join();
  EXPECT_EQ(wrong, 0);
}

// As in a server with one I/O thread: the answer resumes the connection inside the channel's own handler.
TEST(KServeOnTheChannelsThreadTest, AnswersWithoutAQueueBetween) {
  IoThread io;
  LoopbackVersion version(io, "plus", "v1", PlusSignature(), Plus(1));
  version.AddWorker();
  TableHolder tables;
  tables.Publish(testing::MakeTable({version.servable()}));
  Router router(tables);
  KServeHandler handler(router, {});
  http::Server server({&io.context()}, handler, {});
  const auto port = server.Listen("127.0.0.1", 0);
  ASSERT_TRUE(port.ok()) << port.status();
  {
    TestClient client(*port);
    for (int i = 0; i < 100; ++i) EXPECT_THAT(client.Post("/v2/models/plus/infer", kJson).body, HasSubstr("5.5"));
  }
  const std::chrono::milliseconds patience(60'000);
  EXPECT_EQ(boost::asio::co_spawn(io.context(), server.Stop(patience), boost::asio::use_future).get(), 0u);
}

}  // namespace
}  // namespace huidu::front
