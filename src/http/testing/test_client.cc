#include "http/testing/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <utility>

namespace huidu::http {
namespace {

constexpr timeval kGiveUp{.tv_sec = 30, .tv_usec = 0};

std::string Lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::map<std::string, std::string> ParseHeaders(std::string_view head) {
  std::map<std::string, std::string> headers;
  size_t line = head.find("\r\n") + 2;
  while (line < head.size()) {
    const size_t end = head.find("\r\n", line);
    const std::string_view text = head.substr(line, end - line);
    const size_t colon = text.find(": ");
    if (colon != std::string_view::npos) {
      headers[Lower(std::string(text.substr(0, colon)))] = std::string(text.substr(colon + 2));
    }
    line = end + 2;
  }
  return headers;
}

}  // namespace

TestClient::TestClient(uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &kGiveUp, sizeof(kGiveUp));
  if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    ::close(fd_);
    fd_ = -1;
  }
}

TestClient::~TestClient() {
  if (fd_ >= 0) ::close(fd_);
}

bool TestClient::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

void TestClient::EndSending() { ::shutdown(fd_, SHUT_WR); }

bool TestClient::Fill() {
  char bytes[16 * 1024];
  const ssize_t n = ::recv(fd_, bytes, sizeof(bytes), 0);
  if (n <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(n));
  return true;
}

std::string TestClient::ReceiveSome() {
  if (buffer_.empty()) Fill();
  return std::exchange(buffer_, {});
}

TestReply TestClient::ReceiveHead() {
  size_t end;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill()) return {};
  }
  TestReply reply;
  const std::string head = buffer_.substr(0, end + 2);
  buffer_.erase(0, end + 4);
  reply.status = std::atoi(head.c_str() + std::string_view("HTTP/1.1 ").size());
  reply.headers = ParseHeaders(head);
  return reply;
}

TestReply TestClient::Receive(bool to_head) {
  TestReply reply = ReceiveHead();
  if (reply.status == 0 || to_head) return reply;
  const size_t length = std::strtoul(reply.headers["content-length"].c_str(), nullptr, 10);
  while (buffer_.size() < length) {
    if (!Fill()) return {};
  }
  reply.body = buffer_.substr(0, length);
  buffer_.erase(0, length);
  return reply;
}

bool TestClient::ReceivesEnd() {
  if (!buffer_.empty()) return false;
  char byte;
  return ::recv(fd_, &byte, 1, 0) == 0;
}

TestReply TestClient::Get(std::string_view target, std::string_view headers) {
  std::string request = "GET ";
  request.append(target).append(" HTTP/1.1\r\nHost: test\r\n").append(headers).append("\r\n");
  Send(request);
  return Receive();
}

TestReply TestClient::Post(std::string_view target, std::string_view body, std::string_view headers) {
  std::string request = "POST ";
  request.append(target).append(" HTTP/1.1\r\nHost: test\r\nContent-Length: ");
  request.append(std::to_string(body.size())).append("\r\n").append(headers).append("\r\n").append(body);
  Send(request);
  return Receive();
}

}  // namespace huidu::http
