#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "config/config.h"
#include "front/router/router.h"
#include "front/versions/version_manager.h"

namespace huidu::embed {

// The versions of one model and their workers inside this process, for callers that block: a version manager and a
// router with their threads. The library's ModelRouter and `huidu check` stand on it.
//
// Runs on: any thread. Lives: the destructor drains and ends the workers.
class VersionHost {
 public:
  VersionHost(config::ModelConfig model, front::VersionManager::Options options);
  ~VersionHost();

  // As the version manager's.
  absl::Status Load(const std::string& version, const std::string& directory);
  absl::Status SwitchTo(const std::string& version);
  absl::Status Unload(const std::string& version);
  front::ModelInfo Info();

  // Makes the request for the servable that will answer it.
  using Fill = absl::FunctionRef<absl::StatusOr<std::shared_ptr<front::Payload>>(const front::Servable&)>;
  // Answers from `version`, or from the live one if it is empty; the answer's bytes live as long as the result.
  // Errors: those of the router and of `fill`; a failed inference is the result's own status.
  absl::StatusOr<front::Result> Run(const std::string& version, Fill fill, std::chrono::milliseconds timeout);

 private:
  struct Loop {
    boost::asio::io_context context{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{context.get_executor()};
    std::thread thread{[this] { context.run(); }};
    ~Loop();
  };

  template <typename T>
  T Await(boost::asio::awaitable<T> work);
  void OnControl(std::function<void()> work);

  const std::string model_;
  const std::unique_ptr<front::ChangeLog> changes_;
  front::TableHolder tables_;
  front::Router router_{tables_};
  Loop io_;
  Loop control_;
  front::VersionManager versions_;
};

}  // namespace huidu::embed
