#pragma once

#include <string>
#include <string_view>

#include "front/router/router.h"
#include "http/message.h"

namespace huidu::front::rest {

// Adds x-request-id, and traceparent if the request has one.
void AddRequestId(http::Response& response, const http::Request& request, std::string_view request_id);
// Adds x-model-version, if a version refused the request.
void AddRefusedBy(http::Response& response, const absl::Status& status);
// Adds x-model-version and x-huidu-route.
void AddRoute(http::Response& response, const Servable& servable, RouteReason reason);

}  // namespace huidu::front::rest
