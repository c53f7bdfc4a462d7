#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <string>

#include "absl/status/statusor.h"
#include "repository/inspect.h"

namespace huidu::front {

// Runs `huidu inspect DIR --json` in a process of its own and reads what it says: model files are somebody else's
// bytes, and what is wrong with them must not reach the front. `background`: something is live, and must not get slower
// by it. Runs on: the control thread. Error: what inspect said, or how its process ended.
boost::asio::awaitable<absl::StatusOr<repository::Inspection>> RunInspect(boost::asio::io_context& control,
                                                                          std::string program, std::string directory,
                                                                          std::chrono::milliseconds timeout,
                                                                          bool background);

}  // namespace huidu::front
