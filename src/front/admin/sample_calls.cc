#include "front/admin/sample_calls.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "absl/strings/numbers.h"
#include "base/status.h"
#include "front/admin/change_request.h"
#include "samples/data_set.h"
#include "samples/sample_json.h"
#include "samples/tar.h"
#include "state/since.h"

namespace huidu::front {
namespace {

using boost::asio::awaitable;
using http::Response;
using Json = nlohmann::ordered_json;

constexpr size_t kMaxBodyBytes = 64 << 10;

Response JsonAnswer(const Json& json) {
  Response response = http::JsonResponse(json.dump(-1, ' ', false, Json::error_handler_t::replace));
  response.compress = true;
  response.AddHeader("Cache-Control", "no-store");
  return response;
}

absl::StatusOr<size_t> ParseLimit(const std::string& text) {
  uint32_t limit = 0;
  if (absl::SimpleAtoi(text, &limit) && limit >= 1 && limit <= state::Audit::kMaxRows) return limit;
  return absl::InvalidArgumentError(
      StrCat("limit '", text.substr(0, 32), "' is no number between 1 and ", state::Audit::kMaxRows));
}

absl::StatusOr<std::optional<samples::Reason>> ParseReason(const std::string& text) {
  if (text.empty()) return std::optional<samples::Reason>();
  if (const auto reason = samples::ReasonOf(text)) return reason;
  std::string names;
  for (const std::string_view name : samples::kReasonNames) StrAppend(&names, names.empty() ? "" : ", ", name);
  return absl::InvalidArgumentError(StrCat("reason '", text.substr(0, 32), "': there are ", names));
}

absl::StatusOr<samples::SampleFilter> ParseFilter(const std::string& model, const http::Request& request) {
  samples::SampleFilter filter{.model = model, .version = request.Query("version").value_or("")};
  HUIDU_ASSIGN_OR_RETURN(filter.reason, ParseReason(request.Query("reason").value_or("")));
  HUIDU_ASSIGN_OR_RETURN(filter.limit, ParseLimit(request.Query("limit").value_or("100")));
  HUIDU_ASSIGN_OR_RETURN(const auto since,
                         state::ParseSince(request.Query("since").value_or(""), std::chrono::system_clock::now()));
  filter.since_ms = std::chrono::duration_cast<std::chrono::milliseconds>(since.time_since_epoch()).count();
  return filter;
}

absl::StatusOr<samples::SampleFilter> ParseExportFilter(const std::string& model, const http::Request& request) {
  HUIDU_ASSIGN_OR_RETURN(samples::SampleFilter filter, ParseFilter(model, request));
  filter.after = request.Query("after").value_or("");
  if (filter.after.empty() || samples::IsSampleId(filter.after)) return filter;
  return absl::InvalidArgumentError(StrCat("after '", filter.after.substr(0, 32),
                                           "' is no sample's id: 20 hexadecimal digits, as X-Huidu-Next says"));
}

Response List(samples::SampleStore& store, const samples::SampleFilter& filter) {
  const auto rows = store.List(filter);
  if (!rows.ok()) return http::ErrorResponse(rows.status());
  Json list = Json::array();
  for (const samples::SampleRow& row : *rows) list.push_back(samples::DescribeRow(row));
  return JsonAnswer({{"samples", std::move(list)}});
}

// What a client sent is shown as what it is, and never run: it may be a page.
Response RawAnswer(std::string bytes) {
  Response response;
  response.AddHeader("Content-Type", samples::MediaTypeOf(bytes));
  response.AddHeader("X-Content-Type-Options", "nosniff");
  response.AddHeader("Content-Security-Policy", "default-src 'none'; sandbox");
  response.AddHeader("Cache-Control", "no-store");
  response.body = std::move(bytes);
  return response;
}

// A data set as a tar archive that grows: the same files as `huidu samples export` writes into a folder.
class Archive {
 public:
  Archive(size_t max_bytes, std::string category) : max_bytes_(max_bytes), category_(std::move(category)) {}

  // Whether it still fits: the first one always does. What cannot be sent again is left out, and fits.
  bool Add(const absl::StatusOr<samples::Sample>& sample) {
    absl::StatusOr<samples::DataSetItem> item =
        sample.ok() ? samples::MakeItem(samples::DescribeSample(*sample), category_) : sample.status();
    if (!item.ok()) {
      ++left_out_;
      return true;
    }
    const samples::ManifestLine line = samples::MakeLine(std::move(item->line), item->extension, ids_.size() + 1);
    const uint64_t more = line.text.size() + (line.file.empty() ? 0 : samples::TarBytes(item->contents.size()));
    if (!ids_.empty() && files_.size() + manifest_.size() + more > max_bytes_) return false;
    if (!line.file.empty()) samples::AppendTarFile(files_, line.file, item->contents, sample->time_ms / 1000);
    manifest_ += line.text;
    ids_.push_back(sample->id);
    return true;
  }

  // The manifest is the last file: half an archive is no data set.
  std::string Finish(int64_t time_s) {
    samples::AppendTarFile(files_, "manifest.jsonl", manifest_, time_s);
    samples::FinishTar(files_);
    return std::move(files_);
  }

  const std::vector<std::string>& ids() const { return ids_; }
  size_t left_out() const { return left_out_; }

 private:
  const size_t max_bytes_;
  const std::string category_;
  std::string files_, manifest_;
  std::vector<std::string> ids_;
  size_t left_out_ = 0;
};

absl::StatusOr<std::string> BytesOfInput(const samples::Sample& sample, const std::string& name) {
  for (const samples::SampleTensor& input : sample.inputs) {
    if (input.name != name) continue;
    if (input.removed) return absl::NotFoundError(StrCat("input '", name, "' was masked: its bytes were not kept"));
    if (input.type != tensor::DataType::kBytes) return input.data;
    const auto elements = samples::Elements(input);
    if (!elements.empty()) return std::string(elements[0]);
    return absl::NotFoundError(StrCat("input '", name, "' has no elements"));
  }
  return absl::NotFoundError(StrCat("the sample has no input '", name.substr(0, 64), "'"));
}

}  // namespace

bool SampleCalls::Answers(AdminCall call) {
  return call == AdminCall::kSamples || call == AdminCall::kSamplesExport || call == AdminCall::kSample ||
         call == AdminCall::kSampleInput || call == AdminCall::kSampleDelete;
}

awaitable<Response> SampleCalls::Answer(RouteMatch match, const http::Request& request, http::BodyReader& body,
                                        std::string actor) {
  const AdminCall call = match.route->call;
  std::function<Response()> work;
  if (call == AdminCall::kSamples) {
    const absl::StatusOr<samples::SampleFilter> filter = ParseFilter(match.parameters[0], request);
    if (!filter.ok()) co_return http::ErrorResponse(filter.status());
    work = [this, filter = *filter] { return List(writer_.store(), filter); };
  } else if (call == AdminCall::kSamplesExport) {
    const absl::StatusOr<samples::SampleFilter> filter = ParseExportFilter(match.parameters[0], request);
    if (!filter.ok()) co_return http::ErrorResponse(filter.status());
    work = [this, filter = *filter, actor] { return Export(filter, actor); };
  } else if (call == AdminCall::kSampleDelete) {
    const absl::StatusOr<std::string> text = co_await body.ReadAll(kMaxBodyBytes);
    if (!text.ok()) co_return http::ErrorResponse(text.status());
    const absl::StatusOr<ChangeRequest> change = ParseChangeRequest(*text, "reason");
    if (!change.ok()) co_return http::ErrorResponse(change.status());
    work = [this, match, actor, reason = change->reason] { return Delete(match.parameters[0], actor, reason); };
  } else if (call == AdminCall::kSampleInput) {
    work = [this, match, actor] { return ShowInput(match.parameters[0], match.parameters[1], actor); };
  } else {
    work = [this, match, actor] { return Show(match.parameters[0], actor); };
  }
  auto job = [work = std::move(work)]() -> awaitable<Response> { co_return work(); };
  co_return co_await boost::asio::co_spawn(thread_, std::move(job), boost::asio::use_awaitable);
}

Response SampleCalls::Show(const std::string& id, const std::string& actor) {
  const auto row = writer_.store().Find(id);
  if (!row.ok()) return http::ErrorResponse(row.status());
  const auto sample = writer_.store().Get(id);
  Record("sample-view", *row, actor, "", sample.status());
  return sample.ok() ? JsonAnswer(samples::DescribeSample(*sample)) : http::ErrorResponse(sample.status());
}

Response SampleCalls::ShowInput(const std::string& id, const std::string& name, const std::string& actor) {
  const auto row = writer_.store().Find(id);
  if (!row.ok()) return http::ErrorResponse(row.status());
  const auto sample = writer_.store().Get(id);
  absl::StatusOr<std::string> bytes = sample.ok() ? BytesOfInput(*sample, name) : sample.status();
  Record("sample-view", *row, actor, "", bytes.status());
  return bytes.ok() ? RawAnswer(*std::move(bytes)) : http::ErrorResponse(bytes.status());
}

Response SampleCalls::Export(const samples::SampleFilter& filter, const std::string& actor) {
  const auto rows = writer_.store().List(filter);
  if (!rows.ok()) return http::ErrorResponse(rows.status());
  Archive archive(max_export_bytes_, filter.reason ? std::string(samples::Name(*filter.reason)) : "");
  std::string last, next;  // `next`: the last one that was looked at, if others follow
  // Oldest first, so that a later export of the same samples has the same numbers.
  for (auto row = rows->rbegin(); row != rows->rend(); last = row->id, ++row) {
    if (archive.Add(writer_.store().Get(row->id))) continue;
    next = last;
    break;
  }
  RecordExport(filter, archive.ids(), actor);
  Response response;
  response.AddHeader("Content-Type", "application/x-tar");
  response.AddHeader("Content-Disposition", "attachment; filename=\"samples.tar\"");
  response.AddHeader("X-Content-Type-Options", "nosniff");
  response.AddHeader("Cache-Control", "no-store");
  response.AddHeader("X-Huidu-Samples", StrCat(archive.ids().size()));
  response.AddHeader("X-Huidu-Left-Out", StrCat(archive.left_out()));
  if (!next.empty()) response.AddHeader("X-Huidu-Next", next);
  response.body = archive.Finish(std::chrono::system_clock::to_time_t(std::chrono::system_clock::now()));
  return response;
}

Response SampleCalls::Delete(const std::string& id, const std::string& actor, const std::string& reason) {
  const auto row = writer_.store().Find(id);
  if (!row.ok()) return http::ErrorResponse(row.status());
  const absl::Status status = writer_.store().Delete(id);
  Record("sample-delete", *row, actor, reason, status);
  return status.ok() ? JsonAnswer({{"deleted", id}}) : http::ErrorResponse(status);
}

void SampleCalls::Record(const char* action, const samples::SampleRow& row, const std::string& actor,
                         const std::string& reason, const absl::Status& status) {
  // The log has it where the database takes nothing.
  (void)audit_.Append({.action = action,
                       .model = row.model,
                       .actor = actor,
                       .reason = reason,
                       .before = StrCat("sample ", row.id, " of ", row.version),
                       .result = status.ok() ? "ok" : std::string(Text(status))});
}

void SampleCalls::RecordExport(const samples::SampleFilter& filter, const std::vector<std::string>& ids,
                               const std::string& actor) {
  if (ids.empty()) return;  // nobody saw anything
  std::string what =
      StrCat(ids.size(), ids.size() == 1 ? " sample" : " samples", ", ", ids.front(), " to ", ids.back());
  if (!filter.version.empty()) StrAppend(&what, ", of ", filter.version);
  if (filter.reason) StrAppend(&what, ", ", samples::Name(*filter.reason));
  (void)audit_.Append(
      {.action = "sample-export", .model = filter.model, .actor = actor, .before = what, .result = "ok"});
}

}  // namespace huidu::front
