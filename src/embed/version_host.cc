#include "embed/version_host.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <future>
#include <utility>

#include "base/log.h"
#include "base/status.h"

namespace huidu::embed {
namespace {

class LogChanges : public front::ChangeLog {
 public:
  absl::Status Record(const Change& change) override {
    log::Info(change.action,
              {{"model", change.model}, {"before", change.before}, {"after", change.after}, {"result", change.result}});
    return absl::OkStatus();
  }
};

const front::Requester kProgram{"program", ""};

}  // namespace

VersionHost::Loop::~Loop() {
  context.stop();
  thread.join();
}

VersionHost::VersionHost(config::ModelConfig model, front::VersionManager::Options options)
    : model_(model.name),
      changes_(std::make_unique<LogChanges>()),
      versions_(control_.context, {&io_.context}, std::move(options), tables_, *changes_) {
  OnControl([this, &model] { versions_.AddModel(std::move(model)); });
}

VersionHost::~VersionHost() { Await(versions_.Stop(std::chrono::seconds(30))); }

absl::Status VersionHost::Load(const std::string& version, const std::string& directory) {
  return Await(versions_.Load(model_, version, directory, kProgram));
}

absl::Status VersionHost::SwitchTo(const std::string& version) {
  return Await(versions_.SwitchTo(model_, version, kProgram));
}

absl::Status VersionHost::Unload(const std::string& version) {
  return Await(versions_.Unload(model_, version, kProgram));
}

front::ModelInfo VersionHost::Info() {
  front::ModelInfo info;
  OnControl([&] { info = *versions_.Find(model_); });
  return info;
}

absl::StatusOr<front::Result> VersionHost::Run(const std::string& version, Fill fill,
                                               std::chrono::milliseconds timeout) {
  HUIDU_ASSIGN_OR_RETURN(front::Ticket ticket, router_.Admit({model_, version}));
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<front::Payload> payload, fill(ticket.servable()));
  const TimePoint deadline = front::Router::Deadline(ticket, timeout);
  std::promise<front::Result> promise;
  std::future<front::Result> result = promise.get_future();
  router_.Run(std::move(ticket), std::move(payload), deadline,
              [&promise](front::Result got) { promise.set_value(std::move(got)); });
  return result.get();
}

template <typename T>
T VersionHost::Await(boost::asio::awaitable<T> work) {
  return boost::asio::co_spawn(control_.context, std::move(work), boost::asio::use_future).get();
}

void VersionHost::OnControl(std::function<void()> work) {
  std::promise<void> done;
  boost::asio::post(control_.context, [&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

}  // namespace huidu::embed
