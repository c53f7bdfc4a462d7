#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "config/routing.h"
#include "front/table/routing_rules.h"

namespace huidu::front {

// The configuration's routing in the form that requests are routed by: with the tokens and users of
// its files, users sorted, addresses parsed. Reads files, so what it gives holds for one reload.
// Runs on: any thread; may block on the disk.
// Errors: NotFound, PermissionDenied and the like for a file that cannot be read, InvalidArgument
// with file and line for what stands in it; no error's text holds a token.
absl::StatusOr<std::shared_ptr<const RoutingRules>> MakeRoutingRules(const config::Routing& routing);

}  // namespace huidu::front
