#pragma once

#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <string>
#include <thread>

namespace huidu::cli {

// Takes one connection on a free loopback port, reads one request with its body and sends `answer`, whatever it is.
class OneAnswerServer {
 public:
  explicit OneAnswerServer(std::string answer)
      : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}), answer_(std::move(answer)) {
    thread_ = std::thread([this] { Serve(); });
  }
  ~OneAnswerServer() { Join(); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port()); }
  // What came, after the client is done.
  const std::string& request() {
    Join();
    return request_;
  }

 private:
  void Join() {
    if (thread_.joinable()) thread_.join();
  }

  void Serve() {
    boost::system::error_code error;
    boost::asio::ip::tcp::socket socket(io_);
    acceptor_.accept(socket, error);
    size_t head = boost::asio::read_until(socket, boost::asio::dynamic_buffer(request_), "\r\n\r\n", error);
    const size_t at = request_.find("Content-Length: ");
    const size_t body = at < head ? std::stoul(request_.substr(at + 16)) : 0;
    while (!error && request_.size() < head + body) {
      char piece[4096];
      request_.append(piece, socket.read_some(boost::asio::buffer(piece), error));
    }
    boost::asio::write(socket, boost::asio::buffer(answer_), error);
    socket.shutdown(boost::asio::ip::tcp::socket::shutdown_both, error);
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::string answer_;
  std::string request_;
  std::thread thread_;
};

inline std::string HttpText(int status, const std::string& body) {
  return "HTTP/1.1 " + std::to_string(status) + " Text\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nX-Thing: a\r\n\r\n" + body;
}

}  // namespace huidu::cli
