#include "front/http/infer_call.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/status.h"
#include "front/http/call_identity.h"
#include "front/http/infer_request.h"
#include "front/http/infer_response.h"
#include "front/http/json_elements.h"
#include "front/http/other_bodies.h"
#include "front/http/run_inference.h"
#include "front/router/payload.h"
#include "front/router/request_id.h"

namespace huidu::front::rest {

namespace asio = boost::asio;

namespace {

constexpr char kJsonLength[] = "Inference-Header-Content-Length";
// Read at once: memory grows as bytes arrive, not as a header promises.
constexpr size_t kPiece = 64 * 1024;

std::optional<size_t> ParseLength(std::string_view text) {
  size_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  if (error != std::errc() || end != text.data() + text.size() || length == 0) return std::nullopt;
  return length;
}

class HttpCaller : public Caller {
 public:
  explicit HttpCaller(const http::Request& request) : request_(request) {}
  std::string_view Header(std::string_view name) const override { return request_.Header(name); }
  std::string Joined(std::string_view name) const override { return request_.Joined(name); }
  std::string_view Peer() const override { return request_.peer; }

 private:
  const http::Request& request_;
};

// One request on its way through the steps of Execute().
// Runs on: the connection's thread. Lives: in the coroutine of AnswerInfer().
class InferCall {
 public:
  InferCall(const Router& router, const KServeHandler::Options& options, Route route, const http::Request& request,
            http::BodyReader& body)
      : router_(router), options_(options), route_(std::move(route)), request_(request), body_(body) {
    if (route_.call == Call::kPrediction)
      form_ = Form::kPipeline;
    else if (IsRawBody(request.Header("content-type")))
      form_ = Form::kRaw;
  }

  // Whatever comes out of it, MakeResponse() tells the client.
  asio::awaitable<absl::Status> Execute();
  http::Response MakeResponse(const absl::Status& status);

 private:
  enum class Form { kKServe, kRaw, kPipeline };

  asio::awaitable<absl::Status> ReadJson();
  asio::awaitable<absl::Status> ReadText(size_t bytes);
  asio::awaitable<absl::Status> ReadOther();
  absl::Status Admit();
  absl::Status MakeInputs();
  void TakeOverTicket();
  const std::string& RequestId();
  absl::Status Prepare();
  absl::Status DescribeAndReserve();
  absl::Status Describe();
  absl::Status Reserve();
  asio::awaitable<absl::Status> ReadTensors();
  asio::awaitable<absl::Status> ReadBytes();
  absl::Status EnterQueue();
  absl::Status Counted(absl::Status status);
  http::Response Success();
  http::Response Failure(const absl::Status& status) const;
  void Log(const std::string& request_id, int http_status, std::string_view error) const;

  const Router& router_;
  const KServeHandler::Options& options_;
  const Route route_;
  const http::Request& request_;
  http::BodyReader& body_;
  const TimePoint start_ = Now();

  Form form_ = Form::kKServe;
  std::string text_;  // the JSON, or a raw body
  PipelineRequest pipeline_;
  InferRequest parsed_;                   // points into text_
  std::vector<InputDescription> inputs_;  // points into parsed_
  std::vector<std::string> packed_;  // of each input: its BYTES elements, if they came as JSON; all of another form
  std::string request_id_;
  Ticket ticket_;
  std::shared_ptr<Servable> servable_;  // the version that was asked last
  RouteReason reason_ = RouteReason::kStable;
  UploadRoom::Place upload_;
  std::shared_ptr<const Payload> payload_;
  std::shared_ptr<Result> result_;
};

asio::awaitable<absl::Status> InferCall::Execute() {
  absl::Status status = co_await ReadJson();
  if (status.ok()) status = Admit();
  if (status.ok()) status = Prepare();
  if (status.ok()) status = co_await ReadTensors();
  if (status.ok()) status = Counted(CheckContents(*servable_, *payload_));
  if (!status.ok()) co_return status;

  const TimePoint deadline = Router::Deadline(ticket_, parsed_.timeout);
  Result result = co_await RunInference(router_, std::move(ticket_), std::move(payload_), deadline);
  result_ = std::make_shared<Result>(std::move(result));
  servable_ = result_->servable;
  reason_ = result_->reason;
  co_return result_->answer.status;
}

// The whole body, or as much of it as the client says is JSON.
asio::awaitable<absl::Status> InferCall::ReadJson() {
  if (form_ != Form::kKServe) co_return co_await ReadOther();
  if (absl::Status known = CheckKServeBody(request_.Header("content-type")); !known.ok()) co_return known;
  const std::string_view header = request_.Header(kJsonLength);
  if (header.empty()) {
    absl::StatusOr<std::string> text = co_await body_.ReadAll(options_.max_json_bytes);
    if (!text.ok()) co_return text.status();
    text_ = *std::move(text);
  } else {
    const std::optional<size_t> length = ParseLength(header);
    if (!length) {
      co_return absl::InvalidArgumentError(
          StrCat(kJsonLength, ": '", header, "' is not the number of JSON bytes before the tensors"));
    }
    const absl::Status status = co_await ReadText(*length);
    if (!status.ok()) co_return status;
  }
  absl::StatusOr<InferRequest> parsed = ParseInferRequest(text_);
  if (!parsed.ok()) co_return parsed.status();
  parsed_ = *std::move(parsed);
  co_return absl::OkStatus();
}

// A body that is no KServe JSON. What its tensors are is known with the version.
asio::awaitable<absl::Status> InferCall::ReadOther() {
  absl::StatusOr<std::string> text = co_await body_.ReadAll(options_.max_json_bytes);
  if (!text.ok()) co_return text.status();
  text_ = *std::move(text);
  if (form_ == Form::kRaw) co_return absl::OkStatus();
  absl::StatusOr<PipelineRequest> pipeline = ParsePipelineRequest(text_);
  if (!pipeline.ok()) co_return pipeline.status();
  pipeline_ = *std::move(pipeline);
  co_return absl::OkStatus();
}

asio::awaitable<absl::Status> InferCall::ReadText(size_t bytes) {
  if (bytes > options_.max_json_header_bytes) {
    co_return http::Error(413, StrCat("the JSON has ", bytes, " bytes, and the limit is ",
                                      options_.max_json_header_bytes, "; send tensors as bytes behind it"));
  }
  while (text_.size() < bytes) {
    const size_t at = text_.size();
    text_.resize(at + std::min(kPiece, bytes - at));
    const absl::Status status = co_await body_.ReadExactly(std::as_writable_bytes(std::span(text_).subspan(at)));
    if (!status.ok()) co_return status;
  }
  co_return absl::OkStatus();
}

// The path's version counts before the header's, and that before the request's.
absl::Status InferCall::Admit() {
  std::string_view version = route_.version;
  if (version.empty()) version = request_.Header("x-model-version");
  if (version.empty()) version = parsed_.version;
  const HttpCaller caller(request_);
  HUIDU_ASSIGN_OR_RETURN(ticket_, router_.Admit({.model = route_.model,
                                                 .version = version,
                                                 .user = parsed_.user,
                                                 .caller = &caller,
                                                 .request_id = RequestId()}));
  TakeOverTicket();
  return absl::OkStatus();
}

// Chosen once, as soon as the request's own is known or there is none.
const std::string& InferCall::RequestId() {
  if (request_id_.empty()) request_id_ = ChooseRequestId(request_.Header("x-request-id"), parsed_.id);
  return request_id_;
}

void InferCall::TakeOverTicket() {
  servable_ = ticket_.shared();
  reason_ = ticket_.reason();
}

// A version on trial may take other tensors than stable. Then stable answers, if it takes these.
absl::Status InferCall::Prepare() {
  absl::Status status = DescribeAndReserve();
  if (absl::IsInvalidArgument(status) && ticket_.FallBack(Outcome::kClientError)) {
    TakeOverTicket();
    status = DescribeAndReserve();
  }
  return Counted(std::move(status));
}

absl::Status InferCall::DescribeAndReserve() {
  HUIDU_RETURN_IF_ERROR(Describe());
  return Reserve();
}

absl::Status InferCall::MakeInputs() {
  const engine::Signature& signature = servable_->signature();
  HUIDU_ASSIGN_OR_RETURN(std::vector<WholeInput> whole,
                         form_ == Form::kRaw ? RawInput(signature, request_.Header("content-type"), text_)
                                             : PipelineInputs(signature, pipeline_));
  parsed_.inputs.clear();
  packed_.clear();
  for (WholeInput& input : whole) {
    parsed_.inputs.push_back(std::move(input.description));
    packed_.push_back(std::move(input.bytes));
  }
  return absl::OkStatus();
}

absl::Status InferCall::Describe() {
  HUIDU_RETURN_IF_ERROR(CheckOutputForms(*servable_, parsed_));
  if (form_ != Form::kKServe) HUIDU_RETURN_IF_ERROR(MakeInputs());
  const size_t room = servable_->requests().size();
  size_t total = 0;
  inputs_.clear();
  inputs_.reserve(parsed_.inputs.size());
  packed_.resize(parsed_.inputs.size());
  for (size_t i = 0; i < parsed_.inputs.size(); ++i) {
    const RequestedInput& input = parsed_.inputs[i];
    size_t bytes = input.binary_size.value_or(0);
    if (form_ != Form::kKServe) {
      bytes = packed_[i].size();
    } else if (!input.binary_size) {
      HUIDU_ASSIGN_OR_RETURN(bytes, MeasureElements(text_, input, packed_[i]));
    }
    if (bytes > room - total) {
      return http::Error(
          413, StrCat("input '", input.name, "': with its ", bytes, " bytes the request has more than ", room));
    }
    total += bytes;
    inputs_.push_back({input.name, input.datatype, input.shape, bytes, input.lod});
  }
  return absl::OkStatus();
}

// What a client has yet to send may take long: of the arena there is a part for that.
absl::Status InferCall::Reserve() {
  std::vector<std::string_view> outputs;
  for (const RequestedOutput& output : parsed_.outputs) outputs.push_back(output.name);
  HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<const Payload> payload, NewPayload(*servable_, inputs_, outputs));
  if (!body_.arrived()) {
    size_t total = 0;
    for (const InputDescription& input : inputs_) total += input.bytes;
    HUIDU_ASSIGN_OR_RETURN(upload_, servable_->uploads().Enter(total));
  }
  payload_ = std::move(payload);
  return absl::OkStatus();
}

// While a client is still sending, it has no place in the queue: slow uploads, meant or not, must not keep others out,
// and the time that they take is not the version's. What the version does with a request begins when it is there.
asio::awaitable<absl::Status> InferCall::ReadTensors() {
  const bool waits = !body_.arrived();
  if (waits) ticket_.LeaveQueue();
  const absl::Status status = Counted(co_await ReadBytes());
  upload_ = {};
  if (!status.ok() || !waits) co_return status;
  co_return EnterQueue();
}

// Where a version on trial has no place any more, stable takes the request over with its tensors.
absl::Status InferCall::EnterQueue() {
  absl::Status status = ticket_.EnterQueue();
  const std::shared_ptr<Servable> fallback = ticket_.Fallback();
  if (status.ok() || fallback == nullptr) return status;
  absl::StatusOr<std::shared_ptr<const Payload>> payload = Translate(*servable_, *payload_, *fallback);
  if (!payload.ok() || !ticket_.FallBack(Outcome::kOverload)) return status;
  payload_ = *std::move(payload);
  TakeOverTicket();
  return absl::OkStatus();
}

// The elements that came as JSON, and in the same order the bytes that follow it.
asio::awaitable<absl::Status> InferCall::ReadBytes() {
  for (size_t i = 0; i < parsed_.inputs.size(); ++i) {
    const RequestedInput& input = parsed_.inputs[i];
    const std::span<std::byte> memory = InputBytes(*servable_, *payload_, i);
    absl::Status status;
    if (input.binary_size) {
      status = co_await body_.ReadExactly(memory);
      if (!status.ok()) {
        co_return http::Error(http::StatusOf(status), StrCat("input '", input.name, "': ", Text(status)));
      }
    } else if (form_ != Form::kKServe || !packed_[i].empty()) {
      std::memcpy(memory.data(), packed_[i].data(), memory.size());
    } else {
      status = ReadElements(text_, input, memory);
    }
    if (!status.ok()) co_return status;
  }
  co_return co_await body_.ExpectEnd();
}

// An error that no step below has put into the version's figures.
absl::Status InferCall::Counted(absl::Status status) {
  if (status.ok()) return status;
  const Outcome outcome = OutcomeOf(status, /*worker_lost=*/false);
  servable_->stats().Count(outcome);
  ticket_.CountHealth(outcome, 0);
  return status;
}

http::Response InferCall::MakeResponse(const absl::Status& status) {
  http::Response response = status.ok() ? Success() : Failure(status);
  const std::string& request_id = RequestId();
  AddRequestId(response, request_, request_id);
  if (servable_ != nullptr) {
    AddRoute(response, *servable_, reason_);
  } else {
    AddRefusedBy(response, status);
  }
  if (status.ok()) router_.answered().Remember(request_id, servable_, result_->answer.outputs);
  Log(request_id, response.status, Text(status));
  return response;
}

http::Response InferCall::Failure(const absl::Status& status) const {
  return form_ == Form::kPipeline ? PipelineError(status) : http::ErrorResponse(status);
}

http::Response InferCall::Success() {
  if (form_ == Form::kPipeline) {
    absl::StatusOr<std::string> json = FormatPipelineResponse(*result_);
    return json.ok() ? http::JsonResponse(*std::move(json)) : Failure(json.status());
  }
  absl::StatusOr<InferResponse> formed = FormatResponse(*result_, parsed_);
  if (!formed.ok()) return http::ErrorResponse(formed.status());
  http::Response response;
  response.compress = true;
  if (formed->blobs.empty()) {
    response.AddHeader("Content-Type", "application/json");
  } else {
    response.AddHeader("Content-Type", "application/octet-stream");
    response.AddHeader(kJsonLength, std::to_string(formed->json.size()));
    response.extra = std::move(formed->blobs);
    response.keepalive = result_;
  }
  response.body = std::move(formed->json);
  return response;
}

// A log never sets the speed: all requests only at level debug, else one of many.
void InferCall::Log(const std::string& request_id, int http_status, std::string_view error) const {
  thread_local uint32_t count = 0;
  const bool sampled = options_.log_every > 0 && ++count % options_.log_every == 0;
  if (!sampled && !log::Enabled(log::Level::kDebug)) return;
  const auto taken = std::chrono::duration_cast<std::chrono::microseconds>(Now() - start_);
  log::Write(sampled ? log::Level::kInfo : log::Level::kDebug, "http inference",
             {{"model", route_.model},
              {"model_version", servable_ == nullptr ? "" : servable_->version()},
              {"request_id", request_id},
              {"traceparent", std::string(request_.Header("traceparent"))},
              {"route", servable_ == nullptr ? "" : Name(reason_)},
              {"status", std::to_string(http_status)},
              {"microseconds", std::to_string(taken.count())},
              {"error", std::string(error)}});
}

}  // namespace

asio::awaitable<http::Response> AnswerInfer(const Router& router, const KServeHandler::Options& options, Route route,
                                            const http::Request& request, http::BodyReader& body) {
  InferCall call(router, options, std::move(route), request, body);
  const absl::Status status = co_await call.Execute();
  co_return call.MakeResponse(status);
}

}  // namespace huidu::front::rest
