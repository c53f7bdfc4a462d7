#include "front/admin/routes.h"

#include <algorithm>
#include <optional>

namespace huidu::front {
namespace {

constexpr AdminRoute kRoutes[] = {
    {AdminCall::kPage, "GET", "/"},
    {AdminCall::kHealth, "GET", "/healthz"},
    {AdminCall::kMetrics, "GET", "/metrics"},
    {AdminCall::kOpenApi, "GET", "/admin/v1/openapi.json"},
    {AdminCall::kStatus, "GET", "/admin/v1/status"},
    {AdminCall::kModels, "GET", "/admin/v1/models"},
    {AdminCall::kModel, "GET", "/admin/v1/models/{model}"},
    {AdminCall::kLoad, "POST", "/admin/v1/models/{model}/versions", true},
    {AdminCall::kUnload, "DELETE", "/admin/v1/models/{model}/versions/{version}", true},
    {AdminCall::kSwitch, "POST", "/admin/v1/models/{model}/switch", true},
    {AdminCall::kRollout, "GET", "/admin/v1/models/{model}/rollout"},
    {AdminCall::kRolloutStart, "POST", "/admin/v1/models/{model}/rollout", true},
    {AdminCall::kRolloutOrder, "POST", "/admin/v1/models/{model}/rollout/{order}", true},
    {AdminCall::kRollback, "POST", "/admin/v1/models/{model}/rollback", true},
    {AdminCall::kVerdict, "GET", "/admin/v1/models/{model}/verdict"},
    {AdminCall::kFlagger, "POST", "/admin/v1/models/{model}/flagger/{hook}", true},
    {AdminCall::kQuarantineClear, "DELETE", "/admin/v1/models/{model}/quarantine/{version}", true},
    {AdminCall::kChecks, "GET", "/admin/v1/models/{model}/checks"},
    {AdminCall::kCheckRecord, "POST", "/admin/v1/models/{model}/checks", true},
    {AdminCall::kSamples, "GET", "/admin/v1/models/{model}/samples"},
    {AdminCall::kSamplesExport, "GET", "/admin/v1/models/{model}/samples/export"},
    {AdminCall::kSample, "GET", "/admin/v1/samples/{id}"},
    {AdminCall::kSampleInput, "GET", "/admin/v1/samples/{id}/inputs/{name}"},
    {AdminCall::kSampleDelete, "DELETE", "/admin/v1/samples/{id}", true},
    {AdminCall::kReload, "POST", "/admin/v1/reload", true},
    {AdminCall::kAudit, "GET", "/admin/v1/audit"},
};

// Takes the next piece of a pattern: "/a/{b}" gives "a", then "{b}", then "".
std::string_view NextPiece(std::string_view& pattern) {
  pattern.remove_prefix(std::min<size_t>(pattern.size(), 1));
  const size_t end = std::min(pattern.find('/'), pattern.size());
  const std::string_view piece = pattern.substr(0, end);
  pattern.remove_prefix(end);
  return piece;
}

// The parameters of `path` if it has the form of `pattern`.
std::optional<std::vector<std::string>> MatchPattern(std::string_view pattern, const std::vector<std::string>& path) {
  std::vector<std::string> parameters;
  for (const std::string& given : path) {
    const std::string_view wanted = NextPiece(pattern);
    if (wanted.empty()) return std::nullopt;  // the path has more pieces
    if (wanted.starts_with('{')) {
      parameters.push_back(given);
    } else if (wanted != given) {
      return std::nullopt;
    }
  }
  if (!NextPiece(pattern).empty()) return std::nullopt;
  return parameters;
}

}  // namespace

std::span<const AdminRoute> AdminRoutes() { return kRoutes; }

RouteMatch MatchRoute(std::string_view method, const std::vector<std::string>& path) {
  RouteMatch match;
  for (const AdminRoute& route : kRoutes) {
    auto parameters = MatchPattern(route.pattern, path);
    if (!parameters) continue;
    if (route.method == method) {
      match.route = &route;
      match.parameters = *std::move(parameters);
      return match;
    }
    if (!match.allowed.empty()) match.allowed += ", ";
    match.allowed += route.method;
  }
  return match;
}

}  // namespace huidu::front
