#include "http/server.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <cerrno>

#include "base/clock.h"
#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "http/connection.h"
#include "http/server_state.h"

namespace huidu::http {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kPoll{2};
// After an accept that failed, for example without free descriptors.
constexpr std::chrono::milliseconds kAcceptBackOff{100};
// A connection that was closed under its request ends with the request.
constexpr std::chrono::milliseconds kCutOff{500};

absl::Status BindError(const std::string& host, uint16_t port, const error_code& error) {
  const std::string where = StrCat("cannot listen on ", host, " port ", port, ": ");
  if (error == asio::error::address_in_use) {
    return absl::AlreadyExistsError(StrCat(
        where,
        "another program has this port; stop it (`ss -ltnp` shows it), or choose another port (0: any free one)"));
  }
  if (error == asio::error::access_denied) {
    return absl::PermissionDeniedError(StrCat(where, "ports under 1024 need CAP_NET_BIND_SERVICE"));
  }
  return absl::InvalidArgumentError(StrCat(where, error.message()));
}

absl::StatusOr<std::unique_ptr<asio::ssl::context>> MakeTls(const ServerOptions& options) {
  if (options.tls_cert_file.empty() != options.tls_key_file.empty()) {
    return absl::InvalidArgumentError("TLS needs both a certificate and a key file");
  }
  if (options.tls_cert_file.empty()) return nullptr;
  auto context = std::make_unique<asio::ssl::context>(asio::ssl::context::tls_server);
  error_code error;
  context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                       asio::ssl::context::no_tlsv1_1);
  context->use_certificate_chain_file(options.tls_cert_file, error);
  if (error) {
    return absl::InvalidArgumentError(
        StrCat("TLS certificate ", options.tls_cert_file, ": ", error.message(), "; a PEM chain is expected"));
  }
  context->use_private_key_file(options.tls_key_file, asio::ssl::context::pem, error);
  if (error) {
    return absl::InvalidArgumentError(
        StrCat("TLS key ", options.tls_key_file, ": ", error.message(), "; the certificate's PEM key is expected"));
  }
  return context;
}

// Best effort: a new socket has room for these few bytes.
void RefuseConnection(Handler& handler, Socket socket) {
  const Response response =
      handler.Refuse({}, absl::UnavailableError("the server has too many connections; try again later"));
  const std::string answer = StrCat("HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status),
                                    "\r\nContent-Length: ", response.body.size(), "\r\n", response.headers,
                                    "Connection: close\r\n\r\n", response.body);
  error_code ignored;
  socket.non_blocking(true, ignored);
  socket.write_some(asio::buffer(answer), ignored);
}

void StartConnection(const std::shared_ptr<ServerState>& server, const std::shared_ptr<Lane>& lane, Socket socket) {
  // The lane's thread owns the connection from its first moment on.
  asio::post(lane->io(), [server, lane, socket = std::move(socket)]() mutable {
    if (lane->stopping()) {
      server->open.fetch_sub(1, std::memory_order_relaxed);
      return;
    }
    auto connection = std::make_unique<Connection>(server, lane, std::move(socket));
    asio::co_spawn(lane->io(), Connection::Run(std::move(connection)), asio::detached);
  });
}

asio::awaitable<void> AcceptLoop(std::shared_ptr<ServerState> server) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (server->acceptor->is_open()) {
    const std::shared_ptr<Lane> lane = server->lanes[server->next_lane++ % server->lanes.size()];
    auto [error, socket] = co_await server->acceptor->async_accept(lane->io().get_executor(), kAwait);
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
    if (error) {
      log::Warning("cannot accept a connection", {{"error", error.message()}});
      timer.expires_after(kAcceptBackOff);
      co_await timer.async_wait(kAwait);
      continue;
    }
    if (server->open.fetch_add(1, std::memory_order_relaxed) >= server->options.max_connections) {
      server->open.fetch_sub(1, std::memory_order_relaxed);
      RefuseConnection(server->handler, std::move(socket));
      continue;
    }
    StartConnection(server, lane, std::move(socket));
  }
}

// Until no connection is open, or the time is over.
asio::awaitable<void> WaitForConnections(ServerState& server, std::chrono::milliseconds patience) {
  asio::steady_timer timer(co_await asio::this_coro::executor);
  const TimePoint deadline = Now() + patience;
  while (server.open.load() > 0 && Now() < deadline) {
    timer.expires_after(kPoll);
    co_await timer.async_wait(kAwait);
  }
}

}  // namespace

Response Handler::Refuse(const Request&, const absl::Status& why) { return ErrorResponse(why); }

Server::Server(std::vector<asio::io_context*> threads, Handler& handler, ServerOptions options)
    : state_(std::make_shared<ServerState>(handler, std::move(options))) {
  for (asio::io_context* io : threads) {
    state_->lanes.push_back(std::make_shared<Lane>(*io, state_->options.sweep_interval));
  }
}

Server::~Server() = default;

absl::StatusOr<uint16_t> Server::Listen(const std::string& host, uint16_t port) {
  HUIDU_ASSIGN_OR_RETURN(state_->tls, MakeTls(state_->options));
  asio::io_context& io = state_->lanes.front()->io();
  error_code error;
  tcp::resolver resolver(io);
  const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
  if (error) return BindError(host, port, error);
  const tcp::endpoint endpoint = found.begin()->endpoint();

  auto acceptor = std::make_unique<tcp::acceptor>(io);
  acceptor->open(endpoint.protocol(), error);
  if (!error) acceptor->set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor->bind(endpoint, error);
  if (!error) acceptor->listen(tcp::acceptor::max_listen_connections, error);
  if (error) return BindError(host, port, error);
  const uint16_t bound = acceptor->local_endpoint(error).port();
  state_->acceptor = std::move(acceptor);
  asio::co_spawn(io, AcceptLoop(state_), asio::detached);
  return bound;
}

asio::awaitable<size_t> Server::Stop(std::chrono::milliseconds patience) {
  const std::shared_ptr<ServerState> state = state_;
  asio::post(state->lanes.front()->io(), [state] {
    error_code ignored;
    if (state->acceptor) state->acceptor->close(ignored);
  });
  for (const auto& lane : state->lanes) asio::post(lane->io(), [lane] { lane->StopIdle(); });
  co_await WaitForConnections(*state, patience);
  const size_t cut_off = state->open.load();
  if (cut_off == 0) co_return cut_off;
  for (const auto& lane : state->lanes) asio::post(lane->io(), [lane] { lane->CloseAll(); });
  co_await WaitForConnections(*state, kCutOff);
  co_return cut_off;
}

size_t Server::connections() const { return state_->open.load(std::memory_order_relaxed); }

}  // namespace huidu::http
