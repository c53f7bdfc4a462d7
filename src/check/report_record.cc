#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/utf8.h"
#include "check/report.h"

namespace huidu::check {
namespace {

using Json = nlohmann::ordered_json;

// What the server takes at most: as in front/rollout/recorded_check.cc, which stands in a layer that this one cannot
// see.
constexpr size_t kMaxVerdicts = 64;
constexpr size_t kMaxName = 128;
constexpr size_t kMaxText = 512;

// At most `most` bytes, without control characters.
std::string Short(std::string_view whole, size_t most) {
  std::string text(utf8::Shortened(whole, most));
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
  return text;
}

// What people call a data set: its folder, where the manifest has its usual name, else the manifest.
std::string DatasetName(const std::string& path) {
  std::filesystem::path file = std::filesystem::absolute(path).lexically_normal();
  if (!file.has_filename()) file = file.parent_path();  // "pages/"
  if (file.filename() == "manifest.jsonl") file = file.parent_path();
  return file.extension() == ".jsonl" ? file.stem().string() : file.filename().string();
}

Json ToJson(const Verdict& verdict) {
  return {{"rule", Short(verdict.rule, kMaxName)},
          {"about", Short(verdict.about, kMaxName)},
          {"state", Name(verdict.state)},
          {"figure", verdict.figure},
          {"limit", verdict.limit},
          {"text", Short(verdict.text, kMaxText)}};
}

}  // namespace

Json RecordOf(const CheckResult& result) {
  Json json;
  json["content_hash"] = result.candidate.content_hash;
  if (result.baseline) json["baseline_content_hash"] = result.baseline->content_hash;
  json["has_baseline"] = result.baseline.has_value();
  json["labelled"] = result.Labelled();
  json["passed"] = result.Passed();
  json["time"] = result.time;
  json["dataset"] = {{"name", Short(DatasetName(result.dataset), kMaxName)}, {"sha256", result.dataset_sha256}};
  std::vector<Verdict> verdicts = result.verdicts;
  std::stable_partition(verdicts.begin(), verdicts.end(),
                        [](const Verdict& verdict) { return verdict.state != State::kPassed; });
  if (verdicts.size() > kMaxVerdicts) verdicts.resize(kMaxVerdicts);
  json["verdicts"] = Json::array();
  for (const Verdict& verdict : verdicts) json["verdicts"].push_back(ToJson(verdict));
  return json;
}

}  // namespace huidu::check
