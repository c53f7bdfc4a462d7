#include "front/grpc/call_head.h"

#include "base/log.h"
#include "base/strings.h"
#include "front/router/request_id.h"

namespace huidu::front::rpc {
namespace {

std::string Find(const ::grpc::ServerContext& context, const char* key) {
  const auto& metadata = context.client_metadata();
  const auto found = metadata.find(key);
  if (found == metadata.end()) return "";
  return std::string(found->second.data(), found->second.size());
}

std::optional<TimePoint> Deadline(const ::grpc::ServerContext& context) {
  const std::chrono::system_clock::time_point deadline = context.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  return Now() + (deadline - std::chrono::system_clock::now());
}

void Add(const char* key, const std::string& value, ::grpc::ServerContext& context) {
  if (!IsPrintable(value)) return;
  context.AddInitialMetadata(key, value);
  context.AddTrailingMetadata(key, value);
}

}  // namespace

std::string_view GrpcCaller::Header(std::string_view name) const {
  const auto& metadata = context_.client_metadata();
  const auto found = metadata.find(::grpc::string_ref(name.data(), name.size()));
  if (found == metadata.end()) return {};
  return {found->second.data(), found->second.size()};
}

std::string GrpcCaller::Joined(std::string_view name) const {
  std::string joined;
  const auto lines = context_.client_metadata().equal_range(::grpc::string_ref(name.data(), name.size()));
  for (auto line = lines.first; line != lines.second; ++line) {
    if (!joined.empty()) joined += ", ";
    joined.append(line->second.data(), line->second.size());
  }
  return joined;
}

std::string_view GrpcCaller::Peer() const {
  if (peer_.empty()) peer_ = context_.peer();
  return peer_;
}

CallHead ReadHead(const ::grpc::ServerContext& context) {
  CallHead head{.version = Find(context, "x-model-version"),
                .request_id = Find(context, "x-request-id"),
                .traceparent = Find(context, "traceparent"),
                .deadline = Deadline(context)};
  return head;
}

void AddAnswerMetadata(const CallHead& head, const Result& result, ::grpc::ServerContext& context) {
  Add("x-request-id", head.request_id, context);
  Add("traceparent", head.traceparent, context);
  if (result.servable == nullptr) {
    if (const std::string version = RefusedBy(result.answer.status); !version.empty()) {
      Add("x-model-version", version, context);
    }
    return;
  }
  Add("x-model-version", result.servable->version(), context);
  Add("x-huidu-route", Name(result.reason), context);
}

::grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return ::grpc::Status::OK;
  // Clients accept 8 KiB of metadata in all, and each byte that is not ASCII travels as three.
  constexpr size_t kMaxText = 2000;
  std::string_view text = Text(status);
  if (text.size() > kMaxText) {
    size_t end = kMaxText;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not inside a character
    text = text.substr(0, end);
  }
  return {static_cast<::grpc::StatusCode>(status.code()), std::string(text)};
}

void LogRequest(const CallHead& head, std::string_view request_id, const Result& result) {
  if (!log::Enabled(log::Level::kDebug)) return;
  const bool admitted = result.servable != nullptr;
  log::Debug(result.answer.status.ok() ? "grpc request answered" : result.answer.status.ToString(),
             {{"model", admitted ? result.servable->model() : ""},
              {"model_version", admitted ? result.servable->version() : ""},
              {"request_id", std::string(request_id)},
              {"traceparent", head.traceparent},
              {"route", Name(result.reason)}});
}

}  // namespace huidu::front::rpc
