#include "front/versions/inspector.h"

#include <signal.h>

#include "base/status.h"
#include "base/strings.h"
#include "front/supervisor/event.h"
#include "front/supervisor/process.h"

namespace huidu::front {
namespace {

struct Running {
  explicit Running(boost::asio::io_context& control) : ended(control) {}
  Event ended;
  std::string output;
  std::string errors;
  int status = 0;
  bool done = false;
};

}  // namespace

boost::asio::awaitable<absl::StatusOr<repository::Inspection>> RunInspect(boost::asio::io_context& control,
                                                                          std::string program, std::string directory,
                                                                          std::chrono::milliseconds timeout,
                                                                          bool background) {
  auto running = std::make_shared<Running>(control);
  auto process = Process::Start(
      control,
      {.program = program,
       .arguments = {"inspect", directory, "--json", "--sandbox"},
       .fds = {},
       .background = background},
      [running](bool is_error, std::string line) { StrAppend(is_error ? &running->errors : &running->output, line); },
      [running](int status) {
        running->status = status;
        running->done = true;
        running->ended.Notify();
      });
  if (!process.ok()) co_return process.status();
  const TimePoint deadline = Now() + timeout;
  while (!running->done && Now() < deadline) co_await running->ended.Wait(deadline);
  if (!running->done) {
    (*process)->Kill(SIGKILL);
    co_return absl::DeadlineExceededError(StrCat("checking the files took longer than ", timeout.count(), " ms"));
  }
  if (running->status != 0) {
    if (!running->errors.empty()) co_return absl::FailedPreconditionError(running->errors);
    co_return absl::InternalError(
        StrCat("checking the files of ", directory, ": the process ", DescribeExit(running->status)));
  }
  co_return repository::InspectionFromJson(running->output);
}

}  // namespace huidu::front
