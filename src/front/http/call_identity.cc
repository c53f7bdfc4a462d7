#include "front/http/call_identity.h"

#include "front/router/request_id.h"

namespace huidu::front::rest {

void AddRequestId(http::Response& response, const http::Request& request, std::string_view request_id) {
  response.AddHeader("x-request-id", request_id);
  const std::string_view trace = request.Header("traceparent");
  if (IsPrintable(trace)) response.AddHeader("traceparent", trace);
}

void AddRefusedBy(http::Response& response, const absl::Status& status) {
  if (const std::string version = RefusedBy(status); !version.empty()) response.AddHeader("x-model-version", version);
}

void AddRoute(http::Response& response, const Servable& servable, RouteReason reason) {
  response.AddHeader("x-model-version", servable.version());
  response.AddHeader("x-huidu-route", Name(reason));
}

}  // namespace huidu::front::rest
