#include "engine/fake/script.h"

#include <functional>
#include <limits>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::engine::fake {
namespace {

constexpr int64_t kDayMs = 24LL * 3600 * 1000;

absl::Status ParseNumber(const std::string& value, int64_t low, int64_t high, int64_t& number) {
  int64_t parsed = 0;
  if (!absl::SimpleAtoi(value, &parsed) || parsed < low || parsed > high) {
    return absl::InvalidArgumentError(StrCat("'", value, "' is not a whole number from ", low, " to ", high));
  }
  number = parsed;
  return absl::OkStatus();
}

absl::Status ParseReal(const std::string& value, double& number) {
  if (absl::SimpleAtod(value, &number)) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat("'", value, "' is not a number"));
}

absl::Status ParseFlag(const std::string& value, bool& flag) {
  if (!value.empty()) return absl::InvalidArgumentError(StrCat("takes no value, but has '", value, "'"));
  flag = true;
  return absl::OkStatus();
}

absl::Status ParseShape(const std::string& text, tensor::Spec& spec) {
  if (text == "any") {
    spec.any_rank = true;
    return absl::OkStatus();
  }
  if (text == "scalar") return absl::OkStatus();
  for (const std::string& part : std::vector<std::string>(absl::StrSplit(text, ','))) {
    if (spec.shape.size() == tensor::kMaxRank) {
      return absl::InvalidArgumentError(StrCat("a shape has at most ", tensor::kMaxRank, " dimensions"));
    }
    HUIDU_RETURN_IF_ERROR(
        ParseNumber(part, tensor::kDynamic, std::numeric_limits<int32_t>::max(), spec.shape.emplace_back()));
  }
  return absl::OkStatus();
}

absl::Status ParseTensor(const std::string& value, std::vector<tensor::Spec>& specs) {
  const std::vector<std::string> words = absl::StrSplit(value, absl::ByAnyChar(" \t"), absl::SkipEmpty());
  if (words.size() != 3) return absl::InvalidArgumentError("a tensor is a name, a type and a shape");
  if (specs.size() == tensor::kMaxTensors) return absl::InvalidArgumentError("too many tensors");
  if (words[0].size() > tensor::kMaxNameLength) return absl::InvalidArgumentError("the name is too long");
  const auto type = tensor::FromName(words[1]);
  if (!type.has_value()) return absl::InvalidArgumentError(StrCat("unknown type '", words[1], "'"));
  tensor::Spec& spec = specs.emplace_back();
  spec.name = words[0];
  spec.type = *type;
  return ParseShape(words[2], spec);
}

absl::Status ParseLoadFailure(const std::string& value, Script& script) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    return absl::InvalidArgumentError("expected a text in double quotes");
  }
  script.fails_load = true;
  script.fail_load = value.substr(1, value.size() - 2);
  return absl::OkStatus();
}

absl::Status ParseKey(const std::string& key, const std::string& value, Script& script) {
  using Parser = std::function<absl::Status(const std::string&, Script&)>;
  const auto number = [](int64_t Script::*field, int64_t low, int64_t high) -> Parser {
    return [=](const std::string& v, Script& s) { return ParseNumber(v, low, high, s.*field); };
  };
  static const std::map<std::string, Parser> kKeys = {
      {"input", [](const std::string& v, Script& s) { return ParseTensor(v, s.inputs); }},
      {"output", [](const std::string& v, Script& s) { return ParseTensor(v, s.outputs); }},
      {"scale", [](const std::string& v, Script& s) { return ParseReal(v, s.scale); }},
      {"bias", [](const std::string& v, Script& s) { return ParseReal(v, s.bias); }},
      {"version_marker",
       [](const std::string& v, Script& s) {
         s.has_version_marker = true;
         return ParseNumber(v, std::numeric_limits<int64_t>::min(), std::numeric_limits<int64_t>::max(),
                            s.version_marker);
       }},
      {"nan", [](const std::string& v, Script& s) { return ParseFlag(v, s.nan); }},
      {"crash_on_load", [](const std::string& v, Script& s) { return ParseFlag(v, s.crash_on_load); }},
      {"fail_load", ParseLoadFailure},
      {"delay_ms", number(&Script::delay_ms, 0, kDayMs)},
      {"load_ms", number(&Script::load_ms, 0, kDayMs)},
      {"fail_every", number(&Script::fail_every, 1, 1LL << 40)},
      {"crash_every", number(&Script::crash_every, 1, 1LL << 40)},
      {"hang_every", number(&Script::hang_every, 1, 1LL << 40)},
      {"leak_mb_per_call", number(&Script::leak_mb_per_call, 0, 1024)},
  };
  const auto parser = kKeys.find(key);
  if (parser == kKeys.end()) return absl::InvalidArgumentError("unknown key");
  return parser->second(value, script);
}

// The outputs are functions of the inputs, so they must be of the same kind.
absl::Status CheckTensors(const Script& script) {
  if (script.inputs.empty() || script.outputs.empty()) {
    return absl::InvalidArgumentError("a model has at least one input and one output");
  }
  if (script.outputs.size() > script.inputs.size()) {
    return absl::InvalidArgumentError(StrCat("there are ", script.outputs.size(), " outputs, but only ",
                                             script.inputs.size(), " inputs that they could answer"));
  }
  for (size_t i = 0; i < script.outputs.size(); ++i) {
    if (script.outputs[i].type == script.inputs[i].type) continue;
    return absl::InvalidArgumentError(StrCat("output '", script.outputs[i].name, "' has another type than input '",
                                             script.inputs[i].name, "', which it answers"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Script> ParseScript(const std::string& text) {
  if (text.size() > kMaxScriptBytes) {
    return absl::InvalidArgumentError(StrCat("a script has at most ", kMaxScriptBytes, " bytes"));
  }
  Script script;
  int line_number = 0;
  for (std::string line : std::vector<std::string>(absl::StrSplit(text, '\n'))) {
    ++line_number;
    absl::StripAsciiWhitespace(&line);
    if (line.empty() || line[0] == '#') continue;
    const std::string key = line.substr(0, line.find_first_of(" \t"));
    std::string value = line.substr(key.size());
    absl::StripAsciiWhitespace(&value);
    if (absl::Status parsed = ParseKey(key, value, script); !parsed.ok()) {
      return Annotate(parsed, StrCat("line ", line_number, ", '", key.substr(0, 64), "'"));
    }
  }
  HUIDU_RETURN_IF_ERROR(CheckTensors(script));
  if (script.has_version_marker) {
    script.outputs.push_back({.name = "version", .type = tensor::DataType::kInt64, .shape = {tensor::kDynamic, 1}});
  }
  return script;
}

}  // namespace huidu::engine::fake
