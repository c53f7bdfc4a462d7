#include "bench/http_message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::bench {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

TEST(HttpMessageTest, BuildsABinaryInferenceRequest) {
  const Input input{.name = "x",
                    .type = tensor::DataType::kUint8,
                    .shape = {1, 3},
                    .data = {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}}};
  const std::string request = BuildInferRequest("localhost:1", "ocr", {&input, 1});
  const std::string json =
      R"({"inputs":[{"datatype":"UINT8","name":"x","parameters":{"binary_data_size":3},"shape":[1,3]}],)"
      R"("parameters":{"binary_data_output":true}})";
  EXPECT_THAT(request, testing::StartsWith("POST /v2/models/ocr/infer HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nInference-Header-Content-Length: " + std::to_string(json.size()) + "\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Length: " + std::to_string(json.size() + 3) + "\r\n"));
  EXPECT_THAT(request, EndsWith("\r\n\r\n" + json + "abc"));
}

TEST(HttpMessageTest, ReadsWhatMattersOfAHead) {
  const std::string text =
      "HTTP/1.1 200 OK\r\nX-Model-Version:  v2 \r\ncontent-length: 17\r\nServer: x\r\nConnection: close\r\n\r\nbody";
  ResponseHead head;
  ASSERT_EQ(ParseHead(text, head), ParseResult::kDone);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.model_version, "v2");
  EXPECT_EQ(head.body_bytes, 17u);
  EXPECT_EQ(head.head_bytes, text.size() - 4);
  EXPECT_FALSE(head.keep_alive);
}

TEST(HttpMessageTest, WaitsForTheWholeHead) {
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  ResponseHead head;
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_EQ(ParseHead(text.substr(0, size), head), ParseResult::kIncomplete) << size;
  }
  EXPECT_EQ(ParseHead(text, head), ParseResult::kDone);
}

TEST(HttpMessageTest, RefusesWhatIsNoAnswerWithALength) {
  ResponseHead head;
  for (const char* text : {"SSH-2.0\r\n\r\n", "HTTP/1.1 abc\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: x\r\n\r\n",
                           "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n"}) {
    EXPECT_EQ(ParseHead(text, head), ParseResult::kMalformed) << text;
  }
}

}  // namespace
}  // namespace huidu::bench
