#pragma once

#include <memory>
#include <string_view>

#include "absl/status/statusor.h"
#include "front/router/caller.h"
#include "front/table/serving_table.h"

namespace huidu::front {

// Why a version answered; sent back as x-huidu-route.
enum class RouteReason { kForced, kInternal, kSticky, kWeight, kStable, kRetry };
const char* Name(RouteReason reason);

// What a protocol knows of a request before its body.
struct RouteRequest {
  std::string_view model;
  std::string_view version;  // from the path, the header or the request: a version id or a label; empty: not forced
  std::string_view user;     // the request's parameter "user_id"; empty: look at the caller
  const Caller* caller = nullptr;  // nullptr: nothing is known
  std::string_view request_id;     // that the answer will carry; empty: unknown
};

struct Choice {
  std::shared_ptr<Servable> servable;
  RouteReason reason = RouteReason::kStable;
};

// Which version answers: the forced one, else what internal users get, else what the user's slot says, else what the
// weights say, else stable. Versions that cannot answer now are passed over. Reads the table and nothing else.
// Errors: NotFound (no such version; the text lists what is there), PermissionDenied (this client may not force one),
// Unavailable (nothing is ready).
absl::StatusOr<Choice> Choose(const ModelEntry& entry, const RouteRequest& request);

// The client's user id, from the request, else header or cookie; empty: unknown.
std::string_view UserOf(const RoutingRules& rules, const RouteRequest& request);

bool IsInternal(const RoutingRules& rules, const RouteRequest& request);

}  // namespace huidu::front
