#include "front/http/run_inference.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace huidu::front::rest {

namespace asio = boost::asio;

namespace {

// True while this thread is inside Router::Run(): the coroutine is not wholly suspended yet then, and must not go on.
thread_local bool starting = false;

bool OnThreadOf(const asio::any_io_executor& executor) {
  const auto* io = executor.target<asio::io_context::executor_type>();
  return io != nullptr && io->running_in_this_thread();
}

template <typename Continuation>
ResultHandler ResumeWith(Continuation continuation) {
  asio::any_io_executor executor = asio::get_associated_executor(continuation);
  return [continuation = std::move(continuation), executor = std::move(executor)](Result result) mutable {
    if (!starting && OnThreadOf(executor)) return std::move(continuation)(std::move(result));
    asio::post(executor, [continuation = std::move(continuation), result = std::move(result)]() mutable {
      std::move(continuation)(std::move(result));
    });
  };
}

}  // namespace

asio::awaitable<Result> RunInference(const Router& router, Ticket ticket, std::shared_ptr<const Payload> payload,
                                     TimePoint deadline) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Result)>(
      [&router](auto continuation, Ticket own_ticket, std::shared_ptr<const Payload> own_payload, TimePoint until) {
        const bool outer = std::exchange(starting, true);
        router.Run(std::move(own_ticket), std::move(own_payload), until, ResumeWith(std::move(continuation)));
        starting = outer;
      },
      asio::use_awaitable, std::move(ticket), std::move(payload), deadline);
}

}  // namespace huidu::front::rest
