#pragma once

#include <string>
#include <string_view>

#include "front/router/router.h"
#include "http/message.h"

namespace huidu::front::rest {

// The id that an answer carries: the header x-request-id, else the JSON's, else a new one. An id of a client that is
// too long or not printable ASCII is not kept: it goes into headers and logs.
std::string ChooseRequestId(std::string_view header, std::string_view json);

// Adds x-request-id, and traceparent if the request has one.
void AddRequestId(http::Response& response, const http::Request& request, std::string_view request_id);
// Adds x-model-version and x-huidu-route.
void AddRoute(http::Response& response, const Servable& servable, RouteReason reason);

}  // namespace huidu::front::rest
