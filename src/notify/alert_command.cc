#include "notify/alert_command.h"

#include <sys/wait.h>

#include <utility>

#include "base/log.h"
#include "base/strings.h"
#include "notify/command.h"

namespace huidu::notify {
namespace {

std::string Ending(int wait_status) {
  if (WIFSIGNALED(wait_status)) return StrCat("ended by signal ", WTERMSIG(wait_status));
  return StrCat("ended with status ", WEXITSTATUS(wait_status));
}

}  // namespace

AlertCommand::AlertCommand(Options options) : options_(std::move(options)), thread_([this] { Run(); }) {}

AlertCommand::~AlertCommand() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void AlertCommand::Post(std::shared_ptr<const Event> event) {
  {
    std::lock_guard lock(mutex_);
    waiting_.push_back(std::move(event));
    if (waiting_.size() > options_.capacity) {
      waiting_.pop_front();
      ++dropped_;
    }
  }
  changed_.notify_all();
}

void AlertCommand::Run() {
  while (true) {
    std::shared_ptr<const Event> event;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
      if (stop_) return;
      event = std::move(waiting_.front());
      waiting_.pop_front();
    }
    Execute(*event);
  }
}

void AlertCommand::Execute(const Event& event) {
  const auto result = RunCommand(options_.arguments, event.json, options_.timeout, stop_);
  if (result.ok() && result->wait_status == 0) {
    ++done_;
    log::Info("alert command ended", {{"event", event.kind}, {"output", result->output}});
    return;
  }
  ++failed_;
  log::Warning("alert command failed",
               {{"event", event.kind},
                {"reason", result.ok() ? Ending(result->wait_status) : std::string(Text(result.status()))},
                {"output", result.ok() ? result->output : ""}});
}

}  // namespace huidu::notify
