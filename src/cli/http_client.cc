#include "cli/http_client.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <exception>

#include "base/status.h"

namespace huidu::cli {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Message = http::request<http::string_body>;
using Answer = http::response<http::string_body>;

Message ToBeast(const Url& url, const HttpRequest& request) {
  Message message;
  message.method_string(request.method);
  message.target(url.prefix + request.target);
  message.version(11);
  const bool ipv6 = url.host.find(':') != std::string::npos;
  message.set(http::field::host, ipv6 ? StrCat("[", url.host, "]:", url.port) : StrCat(url.host, ":", url.port));
  message.set(http::field::user_agent, "huidu");
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  message.body() = request.body;
  message.prepare_payload();
  return message;
}

HttpAnswer FromBeast(Answer message) {
  HttpAnswer answer;
  answer.status = static_cast<int>(message.result_int());
  for (const auto& field : message) answer.headers.emplace_back(field.name_string(), field.value());
  answer.body = std::move(message.body());
  return answer;
}

// In the coroutines below all references outlive the call: Send() runs them to their end. They throw
// boost::system::system_error, which Send() catches.
template <typename Stream>
asio::awaitable<Answer> Talk(Stream& stream, const Message& request, const HttpLimits& limits) {
  co_await http::async_write(stream, request, asio::use_awaitable);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(limits.max_body_bytes);
  co_await http::async_read(stream, buffer, parser, asio::use_awaitable);
  co_return parser.release();
}

// Trusts what the machine trusts, and what the variables SSL_CERT_FILE and SSL_CERT_DIR add.
asio::awaitable<Answer> TalkTls(beast::tcp_stream stream, const Url& url, const Message& request,
                                const HttpLimits& limits) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_default_verify_paths();
  context.set_verify_mode(asio::ssl::verify_peer);
  beast::ssl_stream<beast::tcp_stream> secure(std::move(stream), context);
  secure.set_verify_callback(asio::ssl::host_name_verification(url.host));
  SSL_set_tlsext_host_name(secure.native_handle(), url.host.c_str());
  co_await secure.async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  co_return co_await Talk(secure, request, limits);
}

asio::awaitable<Answer> Exchange(const Url& url, const Message& request, const HttpLimits& limits) {
  const auto executor = co_await asio::this_coro::executor;
  asio::ip::tcp::resolver resolver(executor);
  beast::tcp_stream stream(executor);
  stream.expires_after(limits.timeout);
  const auto endpoints = co_await resolver.async_resolve(url.host, url.port, asio::use_awaitable);
  co_await stream.async_connect(endpoints, asio::use_awaitable);
  if (url.tls) co_return co_await TalkTls(std::move(stream), url, request, limits);
  co_return co_await Talk(stream, request, limits);
}

absl::Status Failure(const Url& url, const HttpLimits& limits, const boost::system::error_code& error) {
  const std::string where = StrCat(url.tls ? "https://" : "http://", url.host, ":", url.port);
  if (error == beast::error::timeout) {
    return absl::DeadlineExceededError(StrCat(where, " did not answer within ", limits.timeout.count(), " ms"));
  }
  if (error.category() == http::make_error_code(http::error::bad_version).category()) {
    return absl::InternalError(StrCat(where, " did not answer as an HTTP server does: ", error.message()));
  }
  return absl::UnavailableError(
      StrCat("cannot reach ", where, ": ", error.message(), "; is `huidu serve` running there?"));
}

bool IsPlain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
         c == '.' || c == '~';
}

}  // namespace

absl::StatusOr<Url> ParseUrl(std::string_view text) {
  const auto refuse = [&](std::string_view what) {
    return absl::InvalidArgumentError(StrCat("URL '", text, "': ", what, "; expected http://host:port"));
  };
  Url url;
  url.tls = text.starts_with("https://");
  if (!url.tls && !text.starts_with("http://")) return refuse("does not begin with http:// or https://");
  if (url.tls) url.port = "443";
  const std::string_view rest = text.substr(text.find("//") + 2);
  const size_t slash = std::min(rest.find('/'), rest.size());
  const std::string_view authority = rest.substr(0, slash);
  if (authority.find('@') != std::string_view::npos) return refuse("a password does not belong into a URL");
  url.prefix = std::string(rest.substr(slash));
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  const size_t colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos;
  std::string_view host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) url.port = std::string(authority.substr(colon + 1));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  url.host = std::string(host);
  if (url.host.empty()) return refuse("names no host");
  const bool digits = std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (url.port.empty() || url.port.size() > 5 || !digits || std::stoi(url.port) > 65535)
    return refuse("has a bad port");
  return url;
}

std::string EncodePathPiece(std::string_view piece) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : piece) {
    if (IsPlain(c)) {
      out += c;
      continue;
    }
    out += '%';
    out += kHex[static_cast<unsigned char>(c) >> 4];
    out += kHex[static_cast<unsigned char>(c) & 15];
  }
  return out;
}

std::string_view HttpAnswer::Header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (beast::iequals(key, {name.data(), name.size()})) return value;
  }
  return {};
}

absl::StatusOr<HttpAnswer> Send(const Url& url, const HttpRequest& request, const HttpLimits& limits) {
  asio::io_context io(1);
  const auto message = ToBeast(url, request);
  std::exception_ptr thrown;
  Answer answer;
  asio::co_spawn(io, Exchange(url, message, limits), [&](std::exception_ptr error, Answer made) {
    thrown = error;
    answer = std::move(made);
  });
  io.run();
  try {
    if (thrown) std::rethrow_exception(thrown);
  } catch (const boost::system::system_error& error) {
    return Failure(url, limits, error.code());
  }
  return FromBeast(std::move(answer));
}

}  // namespace huidu::cli
