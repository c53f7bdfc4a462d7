#include "engine/faulty/faults.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <nlohmann/json.hpp>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::engine::faulty {
namespace {

using nlohmann::json;

constexpr double kDayMs = 24.0 * 3600 * 1000;
constexpr double kMaxCount = 1e12;
constexpr double kMaxLeakMb = 1 << 20;
constexpr double kBytesPerMb = 1 << 20;

// One object of the file: each field is asked for by name, and what nobody asked for is an error.
class Fields {
 public:
  Fields(const json& object, std::string where) : object_(object), where_(std::move(where)) {
    if (!object.is_object()) Fail(StrCat(where_, " is no object"));
  }

  double Number(const std::string& name, double otherwise, double low, double high) {
    const json* value = Find(name);
    if (value == nullptr) return otherwise;
    const double number = value->is_number() ? value->get<double>() : std::nan("");
    if (number >= low && number <= high) return number;
    Fail(
        StrCat(where_, ".", name, " is ", value->dump().substr(0, 64), "; expected a number from ", low, " to ", high));
    return otherwise;
  }

  int64_t Count(const std::string& name) {
    const double number = Number(name, 0, 0, kMaxCount);
    if (number != std::floor(number)) Fail(StrCat(where_, ".", name, " is ", number, "; expected a whole number"));
    return static_cast<int64_t>(number);
  }

  std::string Word(const std::string& name) {
    const json* value = Find(name);
    return value != nullptr && value->is_string() ? value->get<std::string>() : "";
  }

  const json* Find(const std::string& name) {
    known_.push_back(name);
    if (!object_.is_object()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }

  bool Has(const char* name) const { return object_.is_object() && object_.contains(name); }

  void Fail(std::string text) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(std::move(text));
  }

  // To be called when all fields were asked for.
  absl::Status Finish() {
    if (!status_.ok()) return status_;
    for (const auto& [name, value] : object_.items()) {
      if (std::find(known_.begin(), known_.end(), name) == known_.end()) {
        return absl::InvalidArgumentError(StrCat(where_, " has the unknown field '", name.substr(0, 64), "'"));
      }
    }
    return absl::OkStatus();
  }

 private:
  const json& object_;
  const std::string where_;
  std::vector<std::string> known_;
  absl::Status status_;
};

When ParseWhen(Fields& fields) {
  When when;
  when.rate = fields.Number("rate", 1, 0, 1);
  when.at_request = fields.Count("at_request");
  when.after_requests = fields.Count("after_requests");
  when.after_seconds = fields.Number("after_seconds", 0, 0, kDayMs);
  return when;
}

// A crash of every run would be one that happens while the version is loaded: it is never what was meant.
void RequireMoment(Fields& fields, const std::string& what) {
  if (!fields.Has("rate") && !fields.Has("at_request")) fields.Fail(StrCat(what, " needs rate or at_request"));
}

Faults::Latency ParseLatency(Fields& fields) {
  if (!fields.Has("ms")) fields.Fail("latency needs ms");
  const double ms = fields.Number("ms", 0, 0, kDayMs);
  return {ParseWhen(fields), std::chrono::microseconds(std::llround(ms * 1000))};
}

LeakFault ParseLeak(Fields& fields, const std::string& what) {
  LeakFault leak;
  leak.mb_per_request = fields.Number("mb_per_request", 0, 0, kMaxLeakMb);
  leak.mb_per_second = fields.Number("mb_per_second", 0, 0, kMaxLeakMb);
  leak.max_mb = fields.Number("max_mb", leak.max_mb, 0, kMaxLeakMb);
  leak.when.after_requests = fields.Count("after_requests");
  leak.when.after_seconds = fields.Number("after_seconds", 0, 0, kDayMs);
  if (leak.mb_per_request == 0 && leak.mb_per_second == 0) {
    fields.Fail(StrCat(what, " needs mb_per_request or mb_per_second"));
  }
  return leak;
}

Faults::Degraded ParseDegrade(Fields& fields) {
  Faults::Degraded degraded;
  degraded.when = ParseWhen(fields);
  degraded.factor = fields.Number("factor", 1, -1e30, 1e30);
  const std::string how = fields.Word("how");
  if (how == "zero") return degraded;
  if (how == "rotate") {
    degraded.how = Degrade::kRotate;
  } else if (how == "multiply") {
    degraded.how = Degrade::kMultiply;
    if (!fields.Has("factor")) fields.Fail("degrade with multiply needs factor");
  } else {
    fields.Fail("degrade.how is none of zero, rotate, multiply");
  }
  return degraded;
}

// Parses one part of the file if it is there.
template <typename Part, typename Parser>
absl::Status ParsePart(Fields& file, const std::string& name, std::optional<Part>& part, Parser parse) {
  const json* object = file.Find(name);
  if (object == nullptr) return absl::OkStatus();
  Fields fields(*object, name);
  part = parse(fields);
  return fields.Finish();
}

// A number from 0 to 1 that looks random and is always the same for the same arguments (SplitMix64).
double Draw(uint64_t seed, std::string_view fault, int64_t run) {
  uint64_t x = seed * 0x9e3779b97f4a7c15 + static_cast<uint64_t>(run);
  for (const char letter : fault) x = x * 0x100000001b3 + static_cast<unsigned char>(letter);
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  x ^= x >> 31;
  return static_cast<double>(x >> 11) * 0x1p-53;
}

double Seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

bool Started(const When& when, int64_t run, Duration age) {
  return run > when.after_requests && Seconds(age) >= when.after_seconds;
}

bool Due(const When& when, uint64_t seed, std::string_view fault, int64_t run, Duration age) {
  if (!Started(when, run, age)) return false;
  if (when.at_request != 0 && when.at_request != run) return false;
  return Draw(seed, fault, run) < when.rate;
}

uint64_t LeakedBytes(const std::optional<LeakFault>& leak, int64_t run, Duration age) {
  if (!leak || !Started(leak->when, run, age)) return 0;
  const double by_runs = leak->mb_per_request * static_cast<double>(run - leak->when.after_requests);
  const double by_time = leak->mb_per_second * (Seconds(age) - leak->when.after_seconds);
  return static_cast<uint64_t>(std::min(by_runs + by_time, leak->max_mb) * kBytesPerMb);
}

}  // namespace

absl::StatusOr<Faults> ParseFaults(std::string_view text) {
  if (text.size() > kMaxFaultsBytes) {
    return absl::InvalidArgumentError(StrCat("more than ", kMaxFaultsBytes, " bytes"));
  }
  const json file = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (file.is_discarded()) return absl::InvalidArgumentError("this is no JSON");
  Fields fields(file, "the file");
  Faults faults;
  faults.seed = static_cast<uint64_t>(fields.Count("seed"));
  const auto moment = [](const std::string& what) {
    return [what](Fields& part) {
      RequireMoment(part, what);
      return ParseWhen(part);
    };
  };
  const auto leak = [](const std::string& what) { return [what](Fields& part) { return ParseLeak(part, what); }; };
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "latency", faults.latency, ParseLatency));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "error", faults.error, ParseWhen));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "crash", faults.crash, moment("crash")));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "hang", faults.hang, moment("hang")));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "leak", faults.leak, leak("leak")));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "gpu_leak", faults.gpu_leak, leak("gpu_leak")));
  HUIDU_RETURN_IF_ERROR(ParsePart(fields, "degrade", faults.degrade, ParseDegrade));
  HUIDU_RETURN_IF_ERROR(fields.Finish());
  return faults;
}

Plan Decide(const Faults& faults, int64_t run, Duration age) {
  const auto due = [&](const When& when, std::string_view fault) { return Due(when, faults.seed, fault, run, age); };
  Plan plan;
  if (faults.latency && due(faults.latency->when, "latency")) plan.latency = faults.latency->time;
  plan.fail = faults.error && due(*faults.error, "error");
  plan.crash = faults.crash && due(*faults.crash, "crash");
  plan.hang = faults.hang && due(*faults.hang, "hang");
  plan.leak_bytes = LeakedBytes(faults.leak, run, age);
  plan.gpu_leak_bytes = LeakedBytes(faults.gpu_leak, run, age);
  if (faults.degrade && due(faults.degrade->when, "degrade")) plan.degrade = &*faults.degrade;
  return plan;
}

}  // namespace huidu::engine::faulty
