#pragma once

#include <atomic>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <stdexcept>
#include <string>

#include "http/server.h"

namespace huidu::http {

// The handler of this folder's own tests: a path for each thing that a handler can do.
class SampleHandler final : public Handler {
 public:
  static constexpr size_t kMaxEcho = 1 << 20;

  boost::asio::awaitable<Response> Handle(Request& request, BodyReader& body) override {
    ++requests;
    const std::string path = request.path;
    if (path == "/echo") co_return co_await Echo(body);
    if (path == "/four") co_return co_await ReadFour(body);
    if (path == "/throw") throw std::runtime_error("a handler's bug");
    if (path == "/gather") co_return Gather();
    if (path == "/large") co_return Large();
    if (path == "/huge") co_return Huge();
    if (path == "/wait") co_await Wait();
    co_return JsonResponse(std::string(request.method) + " " + path);
  }

  std::atomic<int> requests{0};
  std::atomic<bool> waiting{false};
  std::atomic<bool> go_on{false};

 private:
  static boost::asio::awaitable<Response> Echo(BodyReader& body) {
    absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxEcho);
    if (!text.ok()) co_return ErrorResponse(text.status());
    co_return JsonResponse(*std::move(text));
  }

  static boost::asio::awaitable<Response> ReadFour(BodyReader& body) {
    std::string text(4, '\0');
    absl::Status status = co_await body.ReadExactly(std::as_writable_bytes(std::span(text)));
    if (status.ok()) status = co_await body.ExpectEnd();
    if (!status.ok()) co_return ErrorResponse(status);
    co_return JsonResponse(text);
  }

  // One piece of its own and two that stand elsewhere.
  static Response Gather() {
    auto parts = std::make_shared<std::string>("bcd");
    Response response = JsonResponse("a");
    const auto bytes = std::as_bytes(std::span(*parts));
    response.extra = {bytes.first(1), bytes.subspan(1)};
    response.keepalive = parts;
    return response;
  }

  static Response Large() {
    Response response = JsonResponse(std::string(300'000, 'x'));
    response.compress = true;
    return response;
  }

  // More than the kernel's buffers hold.
  static Response Huge() { return JsonResponse(std::string(64 << 20, 'x')); }

  boost::asio::awaitable<void> Wait() {
    waiting = true;
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    while (!go_on) {
      timer.expires_after(std::chrono::milliseconds(1));
      co_await timer.async_wait(boost::asio::use_awaitable);
    }
  }
};

}  // namespace huidu::http
