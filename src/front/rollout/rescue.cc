#include "front/rollout/rescue.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/clock.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

constexpr std::chrono::milliseconds kPoll{10};
constexpr std::chrono::seconds kLongest{30};
// By then each request knows that it was taken away. Others come too: whoever looks for the fault asks the version.
constexpr std::chrono::seconds kTakenAway{1};

// What became of the requests that were taken away, since the version was loaded.
struct Count {
  uint64_t taken = 0, run_again = 0, finished = 0, lost = 0;

  static Count Of(const VersionStats& stats) {
    const auto now = [](const std::atomic<uint64_t>& counter) { return counter.load(std::memory_order_acquire); };
    // What is over is read first: a request is counted as taken before.
    const uint64_t run_again = now(stats.rescinded_run_again), finished = now(stats.rescinded_finished),
                   lost = now(stats.rescinded_lost);
    return {now(stats.rescinded), run_again, finished, lost};
  }
  Count operator-(const Count& before) const {
    return {taken - before.taken, run_again - before.run_again, finished - before.finished, lost - before.lost};
  }
  uint64_t unfinished() const { return taken - run_again - finished - lost; }
};

std::string Describe(uint64_t had, const Count& count) {
  const uint64_t lost = count.lost + count.unfinished();
  const uint64_t all = std::max(had, count.run_again + count.finished + lost);
  return StrCat("ok: ", all, " in flight, ", all - count.run_again - lost, " finished there, ", count.run_again,
                " run again, ", lost, " lost");
}

boost::asio::awaitable<void> Audit(boost::asio::io_context& control, std::string model,
                                   std::shared_ptr<Servable> version, ChangeLog& log, std::shared_ptr<const bool> alive,
                                   uint64_t had, Count before) {
  const TimePoint start = Now();
  Count count;
  while (true) {
    boost::asio::steady_timer timer(control, kPoll);
    co_await timer.async_wait(boost::asio::use_awaitable);
    if (!*alive) co_return;
    const bool all_know = version->in_flight() == 0 || Now() - start >= kTakenAway;
    count = Count::Of(version->stats()) - before;
    if ((all_know && count.unfinished() == 0) || Now() - start >= kLongest) break;
  }
  (void)log.Record({"rescue", std::move(model), "huidu", "requests that the version had when it was taken out",
                    version->version(), "", Describe(had, count)});
}

}  // namespace

void Rescue(boost::asio::io_context& control, const std::string& model, std::shared_ptr<Servable> version,
            ChangeLog& log, std::shared_ptr<const bool> alive) {
  const uint64_t had = version->in_flight();
  const Count before = Count::Of(version->stats());
  version->Rescind();
  boost::asio::co_spawn(control, Audit(control, model, std::move(version), log, std::move(alive), had, before),
                        boost::asio::detached);
}

}  // namespace huidu::front
