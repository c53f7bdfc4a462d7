#include "front/http/kserve_handler.h"

#include <utility>
#include <variant>

#include "base/strings.h"
#include "front/http/call_identity.h"
#include "front/http/describe.h"
#include "front/http/feedback.h"
#include "front/http/infer_call.h"
#include "front/http/infer_request.h"
#include "front/http/routes.h"
#include "front/router/request_id.h"

namespace huidu::front {

namespace asio = boost::asio;

namespace {

using rest::Call;
using rest::Route;

constexpr size_t kMaxIndexRequest = 4096;
constexpr size_t kMaxFeedback = 16 << 10;

// Probes look at the status only.
http::Response Readiness(bool ready) {
  return http::JsonResponse(ready ? R"({"ready":true})" : R"({"ready":false})", ready ? 200 : 503);
}

http::Response ModelReadiness(const ServingTable& table, const Route& route) {
  const ModelEntry* entry = table.Find(route.model);
  if (entry == nullptr) {
    return http::ErrorResponse(absl::NotFoundError(StrCat("model '", route.model, "' is unknown")));
  }
  if (!route.version.empty()) {
    const absl::StatusOr<std::shared_ptr<Servable>> servable = FindVersion(*entry, route.version);
    if (!servable.ok()) return http::ErrorResponse(servable.status());
  }
  const bool ready = IsReady(*entry, route.version);
  return http::JsonResponse(
      rest::DescribeReadiness(route.model, ready, ready ? "" : WhyNotReady(*entry, route.version)), ready ? 200 : 503);
}

http::Response AboutVersion(const ServingTable& table, const Route& route) {
  const absl::StatusOr<const ModelEntry*> entry = FindModel(table, route.model);
  if (!entry.ok()) return http::ErrorResponse(entry.status());
  const absl::StatusOr<std::shared_ptr<Servable>> servable = FindVersion(**entry, route.version);
  if (!servable.ok()) return http::ErrorResponse(servable.status());
  const bool config = route.call == Call::kModelConfig;
  http::Response response =
      http::JsonResponse(config ? rest::DescribeConfig(**servable) : rest::DescribeModel(table, **servable));
  response.AddHeader("x-model-version", (*servable)->version());
  return response;
}

http::Response Statistics(const ServingTable& table, const Route& route) {
  absl::StatusOr<std::string> text = rest::DescribeStatistics(table, route.model, route.version);
  return text.ok() ? http::JsonResponse(*std::move(text)) : http::ErrorResponse(text.status());
}

// Calls that need nothing but the table.
http::Response AnswerAtOnce(const ServingTable& table, const Route& route) {
  switch (route.call) {
    case Call::kServerMetadata: return http::JsonResponse(rest::DescribeServer());
    case Call::kServerLive: return http::JsonResponse(R"({"live":true})");
    case Call::kServerReady: return Readiness(IsReady(table));
    case Call::kModelMetadata:
    case Call::kModelConfig: return AboutVersion(table, route);
    case Call::kModelReady: return ModelReadiness(table, route);
    case Call::kStatistics: return Statistics(table, route);
    case Call::kRepositoryChange:
      return http::ErrorResponse(absl::PermissionDeniedError(
          StrCat("versions are loaded and unloaded on the admin port: POST or DELETE /admin/v1/models/", route.model,
                 "/versions, or `huidu load` and `huidu unload`")));
    case Call::kInfer:
    case Call::kPrediction:
    case Call::kFeedback:
    case Call::kRepositoryIndex: break;
  }
  return http::ErrorResponse(absl::InternalError("the call has no answer"));
}

asio::awaitable<http::Response> AnswerIndex(std::shared_ptr<const ServingTable> table, http::BodyReader& body) {
  absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxIndexRequest);
  if (!text.ok()) co_return http::ErrorResponse(text.status());
  const absl::StatusOr<bool> only_ready = rest::ParseIndexRequest(*text);
  if (!only_ready.ok()) co_return http::ErrorResponse(only_ready.status());
  co_return http::JsonResponse(rest::DescribeIndex(*table, *only_ready));
}

}  // namespace

asio::awaitable<http::Response> KServeHandler::Handle(http::Request& request, http::BodyReader& body) {
  std::variant<Route, http::Response> found = rest::FindRoute(request);
  Route* const route = std::get_if<Route>(&found);
  if (route != nullptr && (route->call == Call::kInfer || route->call == Call::kPrediction)) {
    co_return co_await rest::AnswerInfer(router_, options_, std::move(*route), request, body);
  }
  http::Response response;
  if (route == nullptr) {
    response = std::get<http::Response>(std::move(found));
  } else if (route->call == Call::kRepositoryIndex) {
    response = co_await AnswerIndex(router_.table(), body);
  } else if (route->call == Call::kFeedback) {
    const absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxFeedback);
    response = rest::AnswerFeedback(router_, route->model, route->version, text);
  } else {
    response = AnswerAtOnce(*router_.table(), *route);
    response.compress = true;
  }
  rest::AddRequestId(response, request, ChooseRequestId(request.Header("x-request-id"), {}));
  co_return response;
}

http::Response KServeHandler::Refuse(const http::Request& request, const absl::Status& why) {
  http::Response response = http::ErrorResponse(why);
  rest::AddRequestId(response, request, ChooseRequestId(request.Header("x-request-id"), {}));
  return response;
}

}  // namespace huidu::front
