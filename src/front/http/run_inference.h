#pragma once

#include <boost/asio/awaitable.hpp>
#include <memory>

#include "front/router/router.h"

namespace huidu::front::rest {

// Router::Run() for a coroutine. The coroutine goes on where it was, on its own thread: at once, inside the router's
// handler, if that runs there, else by way of the thread's queue. It cannot be cancelled; the deadline ends it.
boost::asio::awaitable<Result> RunInference(const Router& router, Ticket ticket, std::shared_ptr<const Payload> payload,
                                            TimePoint deadline);

}  // namespace huidu::front::rest
