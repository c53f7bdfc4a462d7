#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/statusor.h"

// Structured logs: one JSON object a line with ts, level, msg and the given fields, on standard error and, where the
// fields name a model and a version, in that version's own rotating file as well.
namespace huidu::log {

enum class Level { kDebug, kInfo, kWarning, kError };

// "INFO", "info", "WARN", "WARNING", "DEBUG", "ERROR". Error: InvalidArgument listing the names.
absl::StatusOr<Level> ParseLevel(std::string_view name);

using Field = std::pair<std::string_view, std::string>;
using Fields = std::initializer_list<Field>;

// Runs on: the main thread, once, before others log. `directory` empty: standard error only.
// Error: if the folder cannot be made; logging to standard error works all the same.
absl::Status Start(Level level, const std::string& directory);

// Runs on: any thread; never throws, and a full disk only loses lines of the file.
bool Enabled(Level level);
void Write(Level level, std::string_view message, Fields fields);

inline void Debug(std::string_view message, Fields fields = {}) { Write(Level::kDebug, message, fields); }
inline void Info(std::string_view message, Fields fields = {}) { Write(Level::kInfo, message, fields); }
inline void Warning(std::string_view message, Fields fields = {}) { Write(Level::kWarning, message, fields); }
inline void Error(std::string_view message, Fields fields = {}) { Write(Level::kError, message, fields); }

// One line as it is written, without the newline; bytes that are not UTF-8 are replaced.
std::string Format(Level level, std::string_view timestamp, std::string_view message, Fields fields);

}  // namespace huidu::log
