#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

// The calls of the admin port as a table: one line a route, and nothing else decides what exists.
namespace huidu::front {

enum class AdminCall {
  kPage,
  kHealth,
  kMetrics,
  kOpenApi,
  kStatus,
  kModels,
  kModel,
  kLoad,
  kUnload,
  kSwitch,
  kReload,
  kRollout,
  kRolloutStart,
  kRolloutOrder,
  kRollback,
  kVerdict,
  kFlagger,
  kQuarantineClear,
  kChecks,
  kCheckRecord,
  kAudit,
  kSamples,
  kSamplesExport,
  kSample,
  kSampleInput,
  kSampleDelete,
};

struct AdminRoute {
  AdminCall call;
  std::string_view method;
  std::string_view pattern;  // "{name}" stands for one piece of the path
  bool changes = false;      // for operators only
};

std::span<const AdminRoute> AdminRoutes();

struct RouteMatch {
  const AdminRoute* route = nullptr;    // nullptr: no such call
  std::vector<std::string> parameters;  // what stood for the pattern's {names}, in order
  std::string allowed;                  // the methods of this path, "GET, POST"; empty: no such path
};

// Finds the route of a request from its decoded path pieces.
RouteMatch MatchRoute(std::string_view method, const std::vector<std::string>& path);

}  // namespace huidu::front
