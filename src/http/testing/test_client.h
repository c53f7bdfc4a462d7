#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace huidu::http {

// What a test reads back.
struct TestReply {
  int status = 0;                              // 0: the connection ended before an answer was complete
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// A blocking client on loopback that sends exactly the bytes that a test gives it. Every read gives up after a long
// while, so that a server that never answers fails the test instead of stopping it.
class TestClient {
 public:
  explicit TestClient(uint16_t port);
  ~TestClient();
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // False if the server has closed the connection.
  bool Send(std::string_view bytes);
  // The client will send nothing more.
  void EndSending();
  // The next answer; `to_head` if the request was HEAD, whose answer has no body.
  TestReply Receive(bool to_head = false);
  // Some bytes of whatever comes; empty at the end.
  std::string ReceiveSome();
  // Just a head without a body, as of "100 Continue".
  TestReply ReceiveHead();
  // Whether the server closes the connection, with nothing more to read.
  bool ReceivesEnd();

  TestReply Get(std::string_view target, std::string_view headers = "");
  TestReply Post(std::string_view target, std::string_view body, std::string_view headers = "");

 private:
  bool Fill();  // more bytes into buffer_; false at the end
  int fd_ = -1;
  std::string buffer_;
};

}  // namespace huidu::http
