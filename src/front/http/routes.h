#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "http/message.h"

namespace huidu::front::rest {

// What a client can ask for.
enum class Call {
  kServerMetadata,
  kServerLive,
  kServerReady,
  kModelMetadata,
  kModelReady,
  kModelConfig,
  kInfer,
  kPrediction,  // Paddle Serving's
  kFeedback,
  kStatistics,
  kRepositoryIndex,
  kRepositoryChange,
};

struct Route {
  Call call = Call::kServerMetadata;
  std::string model;    // as in the path; empty if the path has none
  std::string version;  // likewise
};

// The call that a method and a path mean, or the answer to one that means nothing: 404, or 405 with Allow.
std::variant<Route, http::Response> FindRoute(const http::Request& request);

}  // namespace huidu::front::rest
