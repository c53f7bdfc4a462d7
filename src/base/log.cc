#include "base/log.h"

#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "base/clock.h"
#include "base/strings.h"

namespace huidu::log {
namespace {

constexpr size_t kFileBytes = 16 << 20;
constexpr size_t kFilesKept = 4;
constexpr size_t kOpenFiles = 256;

// The process-wide sinks. Leaked on purpose: threads may log until the very end.
struct State {
  std::mutex mutex;
  Level level = Level::kInfo;
  std::string directory;
  std::shared_ptr<spdlog::logger> console;
  std::map<std::string, std::shared_ptr<spdlog::logger>> versions;
};

State& Global() {
  static State* state = [] {
    auto* made = new State;
    made->console = std::make_shared<spdlog::logger>("", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->console->set_pattern("%v");
    return made;
  }();
  return *state;
}

std::string_view LevelName(Level level) {
  switch (level) {
    case Level::kDebug: return "DEBUG";
    case Level::kInfo: return "INFO";
    case Level::kWarning: return "WARNING";
    case Level::kError: return "ERROR";
  }
  return "INFO";
}

std::string_view FieldValue(Fields fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.first == name) return field.second;
  }
  return {};
}

// Names come from configuration, where they are checked; this keeps a slip from leaving the log folder.
bool SafeName(std::string_view name) {
  return !name.empty() && name[0] != '.' && name.find('/') == std::string_view::npos;
}

std::shared_ptr<spdlog::logger> VersionLogger(State& state, std::string_view model, std::string_view version) {
  if (state.directory.empty() || !SafeName(model) || !SafeName(version)) return nullptr;
  const std::string path = StrCat(state.directory, "/", model, "/", version, ".log");
  if (auto found = state.versions.find(path); found != state.versions.end()) return found->second;
  if (state.versions.size() >= kOpenFiles) state.versions.clear();
  try {
    auto sink = std::make_shared<spdlog::sinks::rotating_file_sink_mt>(path, kFileBytes, kFilesKept);
    auto logger = std::make_shared<spdlog::logger>("", std::move(sink));
    logger->set_pattern("%v");
    logger->set_error_handler([](const std::string&) {});  // a full disk: the line stands on standard error
    return state.versions[path] = std::move(logger);
  } catch (const std::exception&) {
    return nullptr;
  }
}

void Emit(spdlog::logger& logger, Level level, const std::string& line) {
  logger.log(spdlog::level::info, "{}", line);
  if (level >= Level::kInfo) logger.flush();
}

}  // namespace

absl::StatusOr<Level> ParseLevel(std::string_view name) {
  const std::string upper = absl::AsciiStrToUpper(ToAbsl(name));
  if (upper == "DEBUG" || upper == "TRACE") return Level::kDebug;
  if (upper == "INFO") return Level::kInfo;
  if (upper == "WARN" || upper == "WARNING") return Level::kWarning;
  if (upper == "ERROR" || upper == "FATAL") return Level::kError;
  return absl::InvalidArgumentError(StrCat("log level '", name, "' is none of DEBUG, INFO, WARNING, ERROR"));
}

absl::Status Start(Level level, const std::string& directory) {
  State& state = Global();
  std::lock_guard lock(state.mutex);
  state.level = level;
  if (directory.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(directory, error);
  if (error) {
    return absl::UnavailableError(StrCat("log folder ", directory, ": ", error.message()));
  }
  state.directory = directory;
  return absl::OkStatus();
}

bool Enabled(Level level) { return level >= Global().level; }

void Write(Level level, std::string_view message, Fields fields) {
  State& state = Global();
  if (level < state.level) return;
  const std::string line = Format(level, UtcTimestamp(), message, fields);
  std::shared_ptr<spdlog::logger> version;
  {
    std::lock_guard lock(state.mutex);
    version = VersionLogger(state, FieldValue(fields, "model"), FieldValue(fields, "model_version"));
  }
  Emit(*state.console, level, line);
  if (version != nullptr) Emit(*version, level, line);
}

std::string Format(Level level, std::string_view timestamp, std::string_view message, Fields fields) {
  nlohmann::ordered_json line;
  line["ts"] = timestamp;
  line["level"] = LevelName(level);
  line["msg"] = message;
  for (const Field& field : fields) line[std::string(field.first)] = field.second;
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace huidu::log
