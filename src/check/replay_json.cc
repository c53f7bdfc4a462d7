#include <nlohmann/json.hpp>

#include "check/replay.h"

namespace huidu::check {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const std::array<size_t, kChanges>& changes) {
  Json json = Json::object();
  for (size_t i = 0; i < kChanges; ++i) json[std::string(Name(static_cast<Change>(i)))] = changes.at(i);
  return json;
}

Json ToJson(const ReplayTally& tally, bool has_against) {
  Json json = {{"samples", tally.samples}, {"failed", tally.failed}, {"captured", ToJson(tally.captured)}};
  json["captured"]["answered_now_as_the_user_got"] = tally.as_the_user_got;
  if (has_against) json["against"] = ToJson(tally.against);
  json["expected"] = {{"known", tally.expected_known},
                      {"right", tally.right},
                      {"captured_known", tally.captured_known},
                      {"captured_right", tally.captured_right}};
  if (has_against) json["expected"]["against_right"] = tally.against_right;
  return json;
}

Json ToJson(const ReplayedVersion& version) {
  return {{"name", version.name},
          {"directory", version.directory},
          {"content_hash", version.content_hash},
          {"engine", version.engine},
          {"crashes", version.crashes}};
}

Json Nullable(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

Json ToJson(const ComparedAnswer& answer) {
  return {{"change", Name(answer.change)},
          {"agreement", answer.agreement},
          {"text", answer.text},
          {"score", Nullable(answer.score)}};
}

Json ToJson(const Sample& sample, const ReplayedSample& replayed) {
  Json json = {{"id", sample.id}, {"reason", sample.category}};
  json["now"] = {{"failed", replayed.failed}, {"text", replayed.now}, {"score", Nullable(replayed.score)}};
  json["captured"] = ToJson(replayed.captured);
  if (replayed.against) json["against"] = ToJson(*replayed.against);
  if (sample.expected) json["expected"] = *sample.expected;
  return json;
}

}  // namespace

std::string ReplayJson(const Dataset& dataset, const ReplayResult& result) {
  Json json = {{"model", result.model}, {"time", result.time}, {"seconds", result.seconds}};
  json["version"] = ToJson(result.version);
  json["against"] = result.against ? ToJson(*result.against) : Json(nullptr);
  json["dataset"] = {{"path", result.dataset}, {"sha256", result.dataset_sha256}, {"samples", dataset.samples.size()}};
  json["comparison"] = Name(result.compare.comparison);
  json["all"] = ToJson(TallyOf(result), result.against.has_value());
  json["by_reason"] = Json::object();
  for (const auto& [reason, tally] : TallyByReason(dataset, result)) {
    json["by_reason"][reason] = ToJson(tally, result.against.has_value());
  }
  json["not_sent"] = result.not_sent;
  json["samples"] = Json::array();
  for (const ReplayedSample& sample : result.samples) {
    json["samples"].push_back(ToJson(dataset.samples[sample.sample], sample));
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace huidu::check
