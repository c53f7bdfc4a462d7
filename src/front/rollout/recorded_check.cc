#include "front/rollout/recorded_check.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "base/status.h"
#include "base/strings.h"
#include "rollout/json_object.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using rollout::JsonObject;

// check/report_record.cc shortens a result to these three.
constexpr size_t kMaxVerdicts = 64;
constexpr size_t kMaxName = 128;
constexpr size_t kMaxText = 512;
constexpr int64_t kLastSecond = 253'402'300'799;  // of the year 9999
constexpr size_t kMaxReasons = 3;                 // in an error
constexpr std::array<std::string_view, 3> kStates = {"passed", "failed", "no_data"};

// Not empty, printable, and short: it is shown to people and stands in the store's keys.
void ReadName(JsonObject& object, const char* name, size_t most, bool required, std::string& out) {
  object.Read(name, out);
  const bool printable = std::none_of(out.begin(), out.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (out.size() > most || !printable || (required && out.empty())) {
    object.Fail(name, StrCat("a text of ", required ? 1 : 0, " to ", most, " bytes without control characters"));
  }
}

void ReadHash(JsonObject& object, const char* name, bool required, std::string& out) {
  constexpr size_t kDigits = 64;
  object.Read(name, out);
  if (out.empty() && !required) return;
  if (out.size() != kDigits || out.find_first_not_of("0123456789abcdef") != std::string::npos) {
    object.Fail(name, "a sha256: 64 hexadecimal digits in lower case");
  }
}

void ReadTime(JsonObject& object, const char* name, health::Time& out) {
  std::string text, error;
  object.Read(name, text);
  absl::Time time;
  // ParseTime() also takes "infinite-past" and years with which nobody can reckon.
  const bool parsed = absl::ParseTime(absl::RFC3339_full, text, &time, &error);
  if (!parsed || time < absl::UnixEpoch() || time > absl::FromUnixSeconds(kLastSecond)) {
    return object.Fail(name, "a time such as \"2026-11-22T03:00:00Z\"");
  }
  out = health::Time(std::chrono::milliseconds(absl::ToUnixMillis(time)));
}

absl::StatusOr<RecordedCheck::Verdict> ReadVerdict(JsonObject object) {
  RecordedCheck::Verdict verdict;
  size_t state = 0;
  ReadName(object, "rule", kMaxName, /*required=*/true, verdict.rule);
  ReadName(object, "about", kMaxName, /*required=*/false, verdict.about);
  if (!object.Has("state")) object.Fail("state", "one of passed, failed, no_data");
  object.ReadChoice("state", kStates, state);
  verdict.state = kStates[state];
  object.Read("figure", verdict.figure);
  object.Read("limit", verdict.limit);
  ReadName(object, "text", kMaxText, /*required=*/false, verdict.text);
  HUIDU_RETURN_IF_ERROR(object.Finish());
  return verdict;
}

void ReadCompared(JsonObject& object, RecordedCheck& check) {
  const bool named = !check.baseline_content_hash.empty();
  check.has_baseline = named;
  object.Read("has_baseline", check.has_baseline);
  if (check.has_baseline != named) {
    object.Fail("has_baseline",
                named ? "true, as there is a baseline_content_hash" : "false, as there is no baseline_content_hash");
  }
  object.Read("labelled", check.labelled);
}

absl::Status ReadDataset(JsonObject& document, RecordedCheck& check) {
  const json* field = document.Find("dataset");
  if (field == nullptr) return absl::InvalidArgumentError("dataset: expected an object with name and sha256");
  JsonObject dataset(*field, "dataset");
  ReadName(dataset, "name", kMaxName, /*required=*/true, check.dataset);
  ReadHash(dataset, "sha256", /*required=*/true, check.dataset_sha256);
  return dataset.Finish();
}

json ToJson(const RecordedCheck::Verdict& verdict) {
  return {{"rule", verdict.rule},     {"about", verdict.about}, {"state", verdict.state},
          {"figure", verdict.figure}, {"limit", verdict.limit}, {"text", verdict.text}};
}

}  // namespace

absl::StatusOr<RecordedCheck> RecordedCheckFromJson(const json& document) {
  RecordedCheck check;
  JsonObject object(document, "");
  ReadHash(object, "content_hash", /*required=*/true, check.content_hash);
  ReadHash(object, "baseline_content_hash", /*required=*/false, check.baseline_content_hash);
  ReadCompared(object, check);
  if (!object.Has("passed")) object.Fail("passed", "true or false");
  object.Read("passed", check.passed);
  ReadTime(object, "time", check.time);
  HUIDU_RETURN_IF_ERROR(ReadDataset(object, check));
  for (JsonObject& verdict : object.Objects("verdicts", kMaxVerdicts)) {
    HUIDU_ASSIGN_OR_RETURN(RecordedCheck::Verdict read, ReadVerdict(std::move(verdict)));
    if (check.passed && read.state != "passed") {
      return absl::InvalidArgumentError(StrCat("passed: expected false, as ", read.rule, " is ", read.state));
    }
    check.verdicts.push_back(std::move(read));
  }
  HUIDU_RETURN_IF_ERROR(object.Finish());
  return check;
}

json ToJson(const RecordedCheck& check) {
  json out = {
      {"content_hash", check.content_hash}, {"has_baseline", check.has_baseline},
      {"labelled", check.labelled},         {"passed", check.passed},
      {"time", TimeText(check.time)},       {"dataset", {{"name", check.dataset}, {"sha256", check.dataset_sha256}}},
      {"verdicts", json::array()},          {"recorded_by", check.recorded_by}};
  if (!check.baseline_content_hash.empty()) out["baseline_content_hash"] = check.baseline_content_hash;
  for (const RecordedCheck::Verdict& verdict : check.verdicts) out["verdicts"].push_back(ToJson(verdict));
  return out;
}

absl::StatusOr<RecordedCheck> StoredCheckFromJson(json document) {
  std::string recorded_by;
  if (document.is_object() && document.contains("recorded_by")) {
    if (document["recorded_by"].is_string()) recorded_by = document["recorded_by"].get<std::string>();
    document.erase("recorded_by");
  }
  HUIDU_ASSIGN_OR_RETURN(RecordedCheck check, RecordedCheckFromJson(document));
  check.recorded_by = recorded_by;
  return check;
}

std::string WhyNotPassed(const RecordedCheck& check) {
  std::string text;
  size_t told = 0;
  for (const RecordedCheck::Verdict& verdict : check.verdicts) {
    if (verdict.state == "passed" || told == kMaxReasons) continue;
    ++told;
    StrAppend(&text, text.empty() ? "" : "; ", verdict.rule,
              verdict.about.empty() ? "" : StrCat(" (", verdict.about, ")"),
              verdict.state == "no_data" ? std::string(" has no data")
                                         : absl::StrFormat(" is %.4g, limit %.4g", verdict.figure, verdict.limit));
  }
  return text.empty() ? "it does not say why" : text;
}

// Not by UtcTimestamp(): the system clock's nanoseconds end in the year 2262, and a client may say any.
std::string TimeText(health::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::FromUnixMillis(time.time_since_epoch().count()),
                          absl::UTCTimeZone());
}

}  // namespace huidu::front
