#include "cli/status_text.h"

#include <algorithm>

#include "base/strings.h"
#include "cli/format.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

// The value at a path of keys, null where there is none.
const Json& At(const Json& json, std::initializer_list<const char*> path) {
  static const Json kNull;
  const Json* at = &json;
  for (const char* key : path) {
    if (!at->is_object() || !at->contains(key)) return kNull;
    at = &(*at)[key];
  }
  return *at;
}

std::string TextAt(const Json& json, std::initializer_list<const char*> path) {
  const Json& value = At(json, path);
  return value.is_string() ? value.get<std::string>() : "";
}

double NumberAt(const Json& json, std::initializer_list<const char*> path) {
  const Json& value = At(json, path);
  return value.is_number() ? value.get<double>() : 0;
}

uint64_t CountAt(const Json& json, std::initializer_list<const char*> path) {
  return static_cast<uint64_t>(std::max(0.0, NumberAt(json, path)));
}

bool TrueAt(const Json& json, const char* key) { return At(json, {key}) == Json(true); }

Color StateColor(const std::string& state) {
  if (state == "READY") return Color::kGreen;
  return state == "FAILED" || state == "RECOVERING" ? Color::kRed : Color::kYellow;
}

std::string FirstLine(const Json& server) {
  return StrCat("huidu ", TextAt(server, {"version"}), ", up ", FormatDuration(NumberAt(server, {"uptime_seconds"})),
                ", pid ", CountAt(server, {"pid"}), ", configuration generation ",
                CountAt(server, {"reload", "generation"}), ", memory: front ",
                FormatBytes(CountAt(server, {"front_resident_bytes"})), ", workers ",
                FormatBytes(CountAt(server, {"workers_resident_bytes"})), "\n");
}

// What an operator must not overlook.
std::string Warnings(const Json& server, bool colors) {
  std::string out;
  const std::string error = TextAt(server, {"reload", "last_error"});
  const bool refused = TrueAt(At(server, {"reload"}), "refused");
  if (!error.empty()) {
    out += Paint(StrCat(refused ? "the last reload was refused: " : "", error), Color::kRed, colors) + "\n";
  }
  const std::string warning = TextAt(server, {"reload", "warning"});
  if (!warning.empty()) out += Paint(warning, Color::kYellow, colors) + "\n";
  const uint64_t lost = CountAt(server, {"audit_failures"});
  if (lost > 0) {
    out += Paint(StrCat(lost, " changes are in the log only: the audit database refused them"), Color::kRed, colors) +
           "\n";
  }
  return out;
}

std::vector<Cell> VersionRow(const std::string& model, const Json& version) {
  const bool loaded = At(version, {"requests"}).is_object();
  const uint64_t total = CountAt(version, {"requests", "total"});
  const uint64_t fine =
      CountAt(version, {"requests", "results", "success"}) + CountAt(version, {"requests", "results", "client_error"});
  const uint64_t errors = total - std::min(total, fine);
  const std::string state = TextAt(version, {"state"});
  const uint64_t bytes = CountAt(version, {"resident_bytes"});
  return {model,
          TextAt(version, {"version"}),
          {TrueAt(version, "live") ? "live" : "", Color::kBold},
          {state, StateColor(state)},
          TextAt(version, {"engine"}),
          loaded ? std::to_string(total) : "",
          {loaded ? std::to_string(errors) : "", errors > 0 ? Color::kRed : Color::kNone},
          total > 0 ? FormatMilliseconds(NumberAt(version, {"latency_ms", "p50"})) : "",
          total > 0 ? FormatMilliseconds(NumberAt(version, {"latency_ms", "p99"})) : "",
          bytes > 0 ? FormatBytes(bytes) : "",
          std::to_string(CountAt(version, {"restarts"}))};
}

}  // namespace

std::string StatusText(const Json& server, const Json& models, bool colors) {
  Table table({{"MODEL"},
               {"VERSION"},
               {"LIVE"},
               {"STATE"},
               {"ENGINE"},
               {"REQUESTS", true},
               {"ERRORS", true},
               {"P50 MS", true},
               {"P99 MS", true},
               {"MEMORY", true},
               {"RESTARTS", true}});
  std::string messages;
  for (const Json& model : models) {
    const std::string name = TextAt(model, {"name"});
    const std::string live = TextAt(model, {"live"}), configured = TextAt(model, {"configured"});
    if (!live.empty() && !configured.empty() && live != configured) {
      messages += StrCat(name, ": ", live, " is live, base_path names ", configured, "; `huidu audit --model ", name,
                         "` says why\n");
    }
    const std::string problem = TextAt(model, {"message"});
    if (!problem.empty()) messages += StrCat(name, ": ", Printable(problem), "\n");
    if (!problem.empty() && At(model, {"versions"}).empty()) table.Add(VersionRow(name, {{"state", "FAILED"}}));
    for (const Json& version : At(model, {"versions"})) {
      table.Add(VersionRow(name, version));
      const std::string message = TextAt(version, {"message"});
      if (!message.empty() && problem.find(message) == std::string::npos)
        messages += StrCat(name, " ", TextAt(version, {"version"}), ": ", Printable(message), "\n");
    }
  }
  return FirstLine(server) + Warnings(server, colors) + table.Text(colors) + messages;
}

std::string AuditText(const Json& audit, bool colors) {
  Table table({{"TIME"}, {"ACTION"}, {"MODEL"}, {"FROM"}, {"TO"}, {"ACTOR"}, {"REASON"}, {"RESULT"}});
  const Json& entries = At(audit, {"entries"});
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const std::string result = TextAt(*entry, {"result"});
    table.Add({TextAt(*entry, {"time"}),
               TextAt(*entry, {"action"}),
               TextAt(*entry, {"model"}),
               TextAt(*entry, {"before"}),
               TextAt(*entry, {"after"}),
               TextAt(*entry, {"actor"}),
               TextAt(*entry, {"reason"}),
               {result, result.starts_with("ok") ? Color::kGreen : Color::kRed}});
  }
  return table.Text(colors);
}

}  // namespace huidu::cli
