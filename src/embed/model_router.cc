#include "huidu/model_router.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>
#include <cstring>
#include <future>
#include <thread>

#include "base/log.h"
#include "base/status.h"
#include "front/router/payload.h"
#include "front/router/router.h"
#include "front/versions/version_manager.h"

namespace huidu {
namespace {

using boost::asio::awaitable;

class LogChanges : public front::ChangeLog {
 public:
  absl::Status Record(const Change& change) override {
    log::Info(change.action, {{"model", change.model}, {"before", change.before}, {"after", change.after},
                              {"result", change.result}});
    return absl::OkStatus();
  }
};

struct Loop {
  boost::asio::io_context context{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
  std::thread thread{[this] { context.run(); }};
  ~Loop() {
    context.stop();
    thread.join();
  }
};

RouterAnswer Copy(const front::Result& result) {
  RouterAnswer answer{.version = result.servable->version()};
  for (const front::Output& output : result.answer.outputs) {
    const auto& specs = result.servable->signature().outputs;
    answer.outputs.push_back({.name = output.index < specs.size() ? specs[output.index].name : "",
                              .datatype = std::string(tensor::Name(output.type)),
                              .shape = output.shape,
                              .data = {output.data.begin(), output.data.end()}});
  }
  return answer;
}

}  // namespace

class ModelRouter::Impl {
 public:
  explicit Impl(Options options)
      : model_(options.model), versions_(control_.context, {&io_.context}, ManagerOptions(options), tables_, changes_) {
    config::ModelConfig config;
    config.name = model_;
    config.keep_loaded = options.keep_loaded;
    OnControl([this, config] { versions_.AddModel(config); });
  }
  ~Impl() { Await(versions_.Stop(std::chrono::seconds(30))); }

  absl::Status Load(const std::string& version, const std::string& directory) {
    return Await(versions_.Load(model_, version, directory, requester_));
  }
  absl::Status SwitchTo(const std::string& version) { return Await(versions_.SwitchTo(model_, version, requester_)); }
  absl::Status Unload(const std::string& version) { return Await(versions_.Unload(model_, version, requester_)); }

  front::ModelInfo Info() {
    front::ModelInfo info;
    OnControl([&] { info = *versions_.Find(model_); });
    return info;
  }

  absl::StatusOr<RouterAnswer> Infer(std::span<const RouterTensor> inputs, const std::string& version,
                                     std::chrono::milliseconds timeout) {
    HUIDU_ASSIGN_OR_RETURN(front::Ticket ticket, router_.Admit({model_, version}));
    HUIDU_ASSIGN_OR_RETURN(auto payload, MakePayload(ticket.servable(), inputs));
    const TimePoint deadline = front::Router::Deadline(ticket, timeout);
    std::promise<absl::StatusOr<RouterAnswer>> promise;
    auto future = promise.get_future();
    router_.Run(std::move(ticket), std::move(payload), deadline, [&promise](front::Result result) {
      if (result.answer.status.ok()) return promise.set_value(Copy(result));
      promise.set_value(result.answer.status);
    });
    return future.get();
  }

 private:
  static front::VersionManager::Options ManagerOptions(const Options& options) {
    front::VersionManager::Options made;
    made.worker_program = options.worker_program;
    made.inspect_program = options.inspect_program;
    return made;
  }

  static absl::StatusOr<std::shared_ptr<front::Payload>> MakePayload(const front::Servable& servable,
                                                                     std::span<const RouterTensor> inputs) {
    std::vector<front::InputDescription> descriptions;
    for (const RouterTensor& input : inputs) {
      descriptions.push_back(
          {.name = input.name, .datatype = input.datatype, .shape = input.shape, .bytes = input.data.size()});
    }
    HUIDU_ASSIGN_OR_RETURN(auto payload, front::NewPayload(servable, descriptions, {}));
    for (size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i].data.empty()) continue;
      std::memcpy(front::InputBytes(servable, *payload, i).data(), inputs[i].data.data(), inputs[i].data.size());
    }
    HUIDU_RETURN_IF_ERROR(front::CheckContents(servable, *payload));
    return payload;
  }

  template <typename T>
  T Await(awaitable<T> work) {
    return boost::asio::co_spawn(control_.context, std::move(work), boost::asio::use_future).get();
  }
  void OnControl(std::function<void()> work) {
    std::promise<void> done;
    boost::asio::post(control_.context, [&] {
      work();
      done.set_value();
    });
    done.get_future().wait();
  }

  const std::string model_;
  const front::Requester requester_{"program", ""};
  LogChanges changes_;
  front::TableHolder tables_;
  front::Router router_{tables_};
  Loop io_;
  Loop control_;
  front::VersionManager versions_;
};

absl::StatusOr<std::unique_ptr<ModelRouter>> ModelRouter::Create(Options options) {
  if (options.model.empty()) return absl::InvalidArgumentError("ModelRouter: Options::model is empty");
  return std::unique_ptr<ModelRouter>(new ModelRouter(std::make_unique<Impl>(std::move(options))));
}

ModelRouter::ModelRouter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ModelRouter::~ModelRouter() = default;

absl::Status ModelRouter::Load(const std::string& version, const std::string& directory) {
  return impl_->Load(version, directory);
}
absl::Status ModelRouter::SwitchTo(const std::string& version) { return impl_->SwitchTo(version); }
absl::Status ModelRouter::Unload(const std::string& version) { return impl_->Unload(version); }
std::string ModelRouter::live() const { return impl_->Info().live; }

std::vector<RouterVersion> ModelRouter::Versions() const {
  std::vector<RouterVersion> versions;
  for (const front::VersionInfo& info : impl_->Info().versions) {
    versions.push_back({info.version, std::string(front::Name(info.state)), info.message, info.live});
  }
  return versions;
}

absl::StatusOr<RouterAnswer> ModelRouter::Infer(std::span<const RouterTensor> inputs, const std::string& version,
                                                std::chrono::milliseconds timeout) {
  return impl_->Infer(inputs, version, timeout);
}

}  // namespace huidu
