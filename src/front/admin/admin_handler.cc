#include "front/admin/admin_handler.h"

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "absl/strings/numbers.h"
#include "base/log.h"
#include "base/status.h"
#include "config/version_name.h"
#include "front/admin/assets.h"
#include "front/admin/change_request.h"
#include "front/admin/verdict.h"
#include "front/metrics/metrics.h"
#include "state/since.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using http::Response;

constexpr size_t kMaxBodyBytes = 64 << 10;

Response TextResponse(std::string body, std::string_view content_type) {
  Response response;
  response.body = std::move(body);
  response.AddHeader("Content-Type", content_type);
  response.compress = true;
  return response;
}

Response PageResponse() {
  Response response = TextResponse(std::string(AdminPage()), "text/html; charset=utf-8");
  // The page runs its own script and nothing else, and nobody may put it in a frame.
  response.AddHeader("Content-Security-Policy",
                     "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; "
                     "frame-ancestors 'none'; base-uri 'none'");
  response.AddHeader("X-Content-Type-Options", "nosniff");
  return response;
}

Response Refusal(const http::Request& request, const absl::Status& status) {
  log::Warning("admin call refused", {{"method", std::string(request.method)},
                                      {"path", request.path},
                                      {"peer", std::string(request.peer)},
                                      {"error", std::string(status.message())}});
  Response response = http::ErrorResponse(status);
  if (absl::IsUnauthenticated(status)) {
    response.AddHeader("WWW-Authenticate", "Bearer realm=\"huidu\", Basic realm=\"huidu: token as password\"");
  }
  return response;
}

Response NoSuchModel(const std::string& model) {
  return http::ErrorResponse(absl::NotFoundError(StrCat("model '", model, "' is not in the configuration")));
}

absl::StatusOr<size_t> ParseLimit(const http::Request& request) {
  const std::string text = request.Query("limit").value_or("100");
  uint32_t limit = 0;
  if (absl::SimpleAtoi(text, &limit) && limit >= 1 && limit <= state::Audit::kMaxRows) return limit;
  return absl::InvalidArgumentError(
      StrCat("limit '", text.substr(0, 32), "' is no number between 1 and ", state::Audit::kMaxRows));
}

// The version that a load means, from the folder's name if the call names none.
absl::StatusOr<std::string> VersionToLoad(const ChangeRequest& request) {
  if (!request.path.starts_with('/')) {
    return absl::InvalidArgumentError("field \"path\": expected the absolute path of a version's folder on the server");
  }
  if (request.version.empty()) return config::VersionIdFromPath(request.path, config::VersionNaming::kAny);
  HUIDU_RETURN_IF_ERROR(config::CheckVersionId(request.version, config::VersionNaming::kAny));
  return request.version;
}

std::optional<rollout::CommandKind> RolloutOrder(std::string_view order) {
  using rollout::CommandKind;
  for (const auto& [name, kind] :
       {std::pair("pause", CommandKind::kPause), std::pair("resume", CommandKind::kResume),
        std::pair("promote", CommandKind::kPromote), std::pair("abort", CommandKind::kAbort)}) {
    if (order == name) return kind;
  }
  return std::nullopt;
}

awaitable<absl::StatusOr<ChangeRequest>> ReadChange(http::BodyReader& body, std::string_view allowed) {
  const absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxBodyBytes);
  if (!text.ok()) co_return text.status();
  co_return ParseChangeRequest(*text, allowed);
}

// A document whose fields others know, and beside them "reason".
struct Document {
  nlohmann::json fields;
  std::string reason;
};

awaitable<absl::StatusOr<Document>> ReadDocument(http::BodyReader& body, std::string_view expected) {
  const absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxBodyBytes);
  if (!text.ok()) co_return text.status();
  Document document{nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false), ""};
  if (!document.fields.is_object()) {
    co_return absl::InvalidArgumentError(StrCat("expected a JSON object with ", expected));
  }
  if (const auto reason = document.fields.find("reason"); reason != document.fields.end()) {
    if (!reason->is_string()) co_return absl::InvalidArgumentError("field \"reason\": expected a string");
    document.reason = reason->get<std::string>();
    document.fields.erase(reason);
  }
  co_return document;
}

}  // namespace

awaitable<Response> AdminHandler::Handle(http::Request& request, http::BodyReader& body) {
  RouteMatch match = MatchRoute(request.method, request.PathSegments());
  const bool open_to_all = match.route != nullptr && match.route->call == AdminCall::kHealth;
  if (open_to_all) co_return http::JsonResponse(R"({"status":"ok"})");
  // Who may not call anything learns nothing about what exists.
  absl::StatusOr<std::string> actor = access_.Check(request, request.method != "GET");
  if (!actor.ok()) co_return Refusal(request, actor.status());
  if (match.route == nullptr && !match.allowed.empty()) co_return http::MethodNotAllowed(request.method, match.allowed);
  if (match.route == nullptr) {
    co_return http::ErrorResponse(
        absl::NotFoundError(StrCat("no such call: ", request.path, "; see /admin/v1/openapi.json")));
  }
  if (SampleCalls::Answers(match.route->call)) {
    if (samples_ == nullptr) co_return http::ErrorResponse(absl::UnimplementedError("this server keeps no samples"));
    co_return co_await samples_->Answer(std::move(match), request, body, *std::move(actor));
  }
  // Flagger's webhooks ask, but by POST: their token is an operator's.
  if (!match.route->changes || match.route->call == AdminCall::kFlagger) co_return Read(match, request);
  Change change{match.route->call, std::move(match.parameters), *std::move(actor)};
  co_return co_await Act(std::move(change), body);
}

Response AdminHandler::Read(const RouteMatch& match, const http::Request& request) {
  switch (match.route->call) {
    case AdminCall::kPage: return PageResponse();
    case AdminCall::kOpenApi: return TextResponse(std::string(OpenApiDocument()), "application/json");
    case AdminCall::kMetrics: return TextResponse(Metrics(), kPrometheusContentType);
    case AdminCall::kStatus: return http::JsonResponse(Status());
    case AdminCall::kModels: return http::JsonResponse(DescribeModels(control_.Models()));
    case AdminCall::kAudit: return Audit(request);
    case AdminCall::kModel: {
      const auto model = control_.Find(match.parameters[0]);
      return model ? http::JsonResponse(DescribeModel(*model)) : NoSuchModel(match.parameters[0]);
    }
    case AdminCall::kVerdict:
    case AdminCall::kFlagger: return Judge(match);
    case AdminCall::kRollout: {
      absl::StatusOr<std::string> text = DescribeRollout(match.parameters[0]);
      return text.ok() ? http::JsonResponse(*std::move(text)) : http::ErrorResponse(text.status());
    }
    case AdminCall::kChecks: {
      absl::StatusOr<std::string> text = DescribeChecks(match.parameters[0]);
      return text.ok() ? http::JsonResponse(*std::move(text)) : http::ErrorResponse(text.status());
    }
    default: return http::ErrorResponse(absl::InternalError(StrCat("no answer for ", match.route->pattern)));
  }
}

Response AdminHandler::Judge(const RouteMatch& match) const {
  if (rollouts_ == nullptr) return http::ErrorResponse(absl::UnimplementedError("this server carries out no rollouts"));
  const absl::StatusOr<nlohmann::json> described = rollouts_->Describe(match.parameters[0]);
  if (!described.ok()) return http::ErrorResponse(described.status());
  if (match.route->call == AdminCall::kFlagger) {
    const absl::Status status = FlaggerHook(*described, match.parameters[1]);
    return status.ok() ? http::JsonResponse("{}") : http::ErrorResponse(status);
  }
  absl::StatusOr<std::string> verdict = Verdict(*described);
  return verdict.ok() ? http::JsonResponse(*std::move(verdict)) : http::ErrorResponse(verdict.status());
}

Response AdminHandler::Audit(const http::Request& request) {
  const auto now = std::chrono::system_clock::now();
  const auto since = state::ParseSince(request.Query("since").value_or(""), now);
  if (!since.ok()) return http::ErrorResponse(since.status());
  const auto limit = ParseLimit(request);
  if (!limit.ok()) return http::ErrorResponse(limit.status());
  const auto entries = audit_.Query({.since = *since, .model = request.Query("model").value_or(""), .limit = *limit});
  if (!entries.ok()) return http::ErrorResponse(entries.status());
  return http::JsonResponse(DescribeAudit(*entries));
}

std::string AdminHandler::Metrics() {
  std::vector<ModelInfo> models = control_.Models();
  MemoryWatch::All memory = memory_.Look(models, Now());
  return PrometheusText({.server_version = info_.version,
                         .models = std::move(models),
                         .memory = std::move(memory),
                         .rollouts = rollouts_ == nullptr ? std::vector<RolloutFigures>() : rollouts_->Figures(),
                         .reload = control_.reload_info(),
                         .audit_failures = audit_.failures(),
                         .process = ReadProcessFigures(),
                         .samples = samples_ == nullptr ? samples::SampleFigures() : samples_->Figures()});
}

std::string AdminHandler::Status() const {
  const std::vector<ModelInfo> models = control_.Models();
  const ReloadInfo reload = control_.reload_info();
  const ProcessFigures process = ReadProcessFigures();
  return DescribeStatus({.info = info_,
                         .models = models,
                         .reload = reload,
                         .process = process,
                         .pid = getpid(),
                         .now = std::chrono::system_clock::now(),
                         .audit_failures = audit_.failures()});
}

awaitable<Response> AdminHandler::Act(Change change, http::BodyReader& body) {
  absl::StatusOr<std::string> answer;
  switch (change.call) {
    case AdminCall::kLoad: answer = co_await Load(std::move(change), body); break;
    case AdminCall::kUnload: answer = co_await Unload(std::move(change), body); break;
    case AdminCall::kSwitch: answer = co_await Switch(std::move(change), body); break;
    case AdminCall::kReload: answer = co_await Reload(std::move(change), body); break;
    case AdminCall::kRolloutStart: answer = co_await StartRollout(std::move(change), body); break;
    case AdminCall::kCheckRecord: answer = co_await RecordCheck(std::move(change), body); break;
    case AdminCall::kRolloutOrder:
    case AdminCall::kRollback:
    case AdminCall::kQuarantineClear: answer = co_await OrderRollout(std::move(change), body); break;
    default: answer = absl::InternalError("this call changes nothing");
  }
  co_return answer.ok() ? http::JsonResponse(*std::move(answer)) : http::ErrorResponse(answer.status());
}

awaitable<absl::StatusOr<std::string>> AdminHandler::Load(Change change, http::BodyReader& body) {
  const auto request = co_await ReadChange(body, "version path reason");
  if (!request.ok()) co_return request.status();
  const auto version = VersionToLoad(*request);
  if (!version.ok()) co_return version.status();
  const std::string model = change.parameters[0];
  Requester requester{change.actor, request->reason};
  const absl::Status status = co_await control_.Load(model, *version, request->path, std::move(requester));
  if (!status.ok()) co_return status;
  const auto info = control_.Find(model);
  co_return DescribeVersion(info.value_or(ModelInfo{.name = model}), *version);
}

awaitable<absl::StatusOr<std::string>> AdminHandler::Unload(Change change, http::BodyReader& body) {
  const auto request = co_await ReadChange(body, "reason");
  if (!request.ok()) co_return request.status();
  const std::string model = change.parameters[0], version = change.parameters[1];
  Requester requester{change.actor, request->reason};
  if (const absl::Status may = MayChange(model, version); !may.ok()) co_return may;
  const absl::Status status = co_await control_.Unload(model, version, std::move(requester));
  if (!status.ok()) co_return status;
  const auto info = control_.Find(model);
  co_return DescribeVersion(info.value_or(ModelInfo{.name = model}), version);
}

awaitable<absl::StatusOr<std::string>> AdminHandler::Switch(Change change, http::BodyReader& body) {
  const auto request = co_await ReadChange(body, "version reason");
  if (!request.ok()) co_return request.status();
  if (request->version.empty()) co_return absl::InvalidArgumentError("field \"version\": which version is to be live?");
  const std::string model = change.parameters[0];
  Requester requester{change.actor, request->reason};
  if (const absl::Status may = MayChange(model, ""); !may.ok()) co_return may;
  const absl::Status status = co_await control_.SwitchTo(model, request->version, std::move(requester));
  if (!status.ok()) co_return status;
  co_return DescribeModel(control_.Find(model).value_or(ModelInfo{.name = model}));
}

absl::Status AdminHandler::MayChange(const std::string& model, const std::string& version) const {
  return rollouts_ == nullptr ? absl::OkStatus() : rollouts_->MayChange(model, version);
}

absl::StatusOr<std::string> AdminHandler::DescribeRollout(const std::string& model) const {
  if (rollouts_ == nullptr) return absl::UnimplementedError("this server carries out no rollouts");
  HUIDU_ASSIGN_OR_RETURN(const nlohmann::json described, rollouts_->Describe(model));
  return described.dump();
}

// The body is the policy, and "reason".
awaitable<absl::StatusOr<std::string>> AdminHandler::StartRollout(Change change, http::BodyReader& body) {
  if (rollouts_ == nullptr) co_return absl::UnimplementedError("this server carries out no rollouts");
  const absl::StatusOr<Document> request = co_await ReadDocument(body, "the rollout's policy");
  if (!request.ok()) co_return request.status();
  const std::string model = change.parameters[0];
  Requester requester{change.actor, request->reason};
  const absl::Status status = rollouts_->Start(model, request->fields, std::move(requester));
  if (!status.ok()) co_return status;
  co_return DescribeRollout(model);
}

// The body is the check's result, and "reason".
awaitable<absl::StatusOr<std::string>> AdminHandler::RecordCheck(Change change, http::BodyReader& body) {
  if (rollouts_ == nullptr) co_return absl::UnimplementedError("this server carries out no rollouts");
  const absl::StatusOr<Document> request = co_await ReadDocument(body, "the result of a check");
  if (!request.ok()) co_return request.status();
  const std::string model = change.parameters[0];
  Requester requester{change.actor, request->reason};
  const absl::Status status = rollouts_->RecordCheck(model, request->fields, std::move(requester));
  if (!status.ok()) co_return status;
  co_return DescribeChecks(model);
}

absl::StatusOr<std::string> AdminHandler::DescribeChecks(const std::string& model) const {
  if (rollouts_ == nullptr) return absl::UnimplementedError("this server carries out no rollouts");
  HUIDU_ASSIGN_OR_RETURN(const nlohmann::json listed, rollouts_->ListChecks(model));
  return listed.dump();
}

awaitable<absl::StatusOr<std::string>> AdminHandler::OrderRollout(Change change, http::BodyReader& body) {
  if (rollouts_ == nullptr) co_return absl::UnimplementedError("this server carries out no rollouts");
  const bool approves = change.call == AdminCall::kRolloutOrder && change.parameters[1] == "approve";
  const std::string fields = approves ? "stage reason" : "reason";
  const auto request = co_await ReadChange(body, fields);
  if (!request.ok()) co_return request.status();
  const std::string model = change.parameters[0];
  Requester requester{change.actor, request->reason};
  absl::Status status;
  if (change.call == AdminCall::kRollback) {
    status = rollouts_->RollBack(model, std::move(requester));
  } else if (change.call == AdminCall::kQuarantineClear) {
    status = rollouts_->Clear(model, change.parameters[1], std::move(requester));
  } else if (approves) {
    status = rollouts_->Approve(model, request->stage, std::move(requester));
  } else {
    const std::optional<rollout::CommandKind> order = RolloutOrder(change.parameters[1]);
    if (!order) {
      co_return absl::NotFoundError(StrCat("no such order: '", change.parameters[1],
                                           "'; there are pause, resume, approve, ", "promote and abort"));
    }
    status = rollouts_->Order(model, *order, std::move(requester));
  }
  if (!status.ok()) co_return status;
  co_return DescribeRollout(model);
}

awaitable<absl::StatusOr<std::string>> AdminHandler::Reload(Change change, http::BodyReader& body) {
  const auto request = co_await ReadChange(body, "dry_run reason");
  if (!request.ok()) co_return request.status();
  Requester requester{change.actor, request->reason};
  const auto report = co_await control_.Reload(request->dry_run, std::move(requester));
  if (!report.ok()) co_return report.status();
  co_return DescribeReload(request->dry_run, *report, control_.reload_info().generation);
}

}  // namespace huidu::front
