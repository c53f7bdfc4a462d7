#include "front/http/routes.h"

#include <vector>

#include "base/strings.h"

namespace huidu::front::rest {
namespace {

struct Entry {
  std::string_view method;
  std::string_view pattern;  // {m} and {v} stand for a model and a version
  Call call;
};

// The first that fits counts.
constexpr Entry kRoutes[] = {
    {"POST", "v2/models/{m}/infer", Call::kInfer},
    {"POST", "v2/models/{m}/versions/{v}/infer", Call::kInfer},
    {"POST", "v2/models/{m}/feedback", Call::kFeedback},
    {"POST", "v2/models/{m}/versions/{v}/feedback", Call::kFeedback},
    {"GET", "v2", Call::kServerMetadata},
    {"GET", "v2/health/live", Call::kServerLive},
    {"GET", "v2/health/ready", Call::kServerReady},
    {"GET", "v2/models/stats", Call::kStatistics},
    {"GET", "v2/models/{m}", Call::kModelMetadata},
    {"GET", "v2/models/{m}/ready", Call::kModelReady},
    {"GET", "v2/models/{m}/config", Call::kModelConfig},
    {"GET", "v2/models/{m}/stats", Call::kStatistics},
    {"GET", "v2/models/{m}/versions/{v}", Call::kModelMetadata},
    {"GET", "v2/models/{m}/versions/{v}/ready", Call::kModelReady},
    {"GET", "v2/models/{m}/versions/{v}/config", Call::kModelConfig},
    {"GET", "v2/models/{m}/versions/{v}/stats", Call::kStatistics},
    {"POST", "v2/repository/index", Call::kRepositoryIndex},
    {"POST", "v2/repository/models/{m}/load", Call::kRepositoryChange},
    {"POST", "v2/repository/models/{m}/unload", Call::kRepositoryChange},
    {"POST", "{m}/prediction", Call::kPrediction},
};

// Takes the first piece off `pattern`.
std::string_view NextPiece(std::string_view& pattern) {
  const size_t end = std::min(pattern.find('/'), pattern.size());
  const std::string_view piece = pattern.substr(0, end);
  pattern.remove_prefix(std::min(end + 1, pattern.size()));
  return piece;
}

bool Fits(std::string_view pattern, const std::vector<std::string>& path, Route& route) {
  for (const std::string& segment : path) {
    if (pattern.empty()) return false;
    const std::string_view piece = NextPiece(pattern);
    if (piece == "{m}") {
      route.model = segment;
    } else if (piece == "{v}") {
      route.version = segment;
    } else if (piece != segment) {
      return false;
    }
  }
  return pattern.empty();
}

}  // namespace

std::variant<Route, http::Response> FindRoute(const http::Request& request) {
  const std::vector<std::string> path = request.PathSegments();
  std::string allowed;
  for (const Entry& entry : kRoutes) {
    Route route{.call = entry.call};
    if (!Fits(entry.pattern, path, route)) continue;
    if (entry.method == request.method) return route;
    if (!allowed.empty()) continue;
    allowed = entry.method == "GET" ? "GET, HEAD" : std::string(entry.method);
  }
  if (!allowed.empty()) return http::MethodNotAllowed(request.method, allowed);
  return http::ErrorResponse(absl::NotFoundError(
      StrCat("nothing is at '", request.path, "'; models are at v2/models/NAME, their list at v2/repository/index")));
}

}  // namespace huidu::front::rest
