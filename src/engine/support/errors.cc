#include "engine/support/errors.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::engine {
namespace {

constexpr size_t kMaxText = 1000;

// Paddle: what stood above is a stack trace of the library, or of the Python program that once made the model.
bool StartsTheMessage(const std::string& line) {
  const size_t error = line.find("Error: ");
  const bool names_an_error = error != std::string::npos && line.find_first_of(" (\"'") > error;
  return names_an_error || line == "Error Message Summary:";
}

bool Noise(const std::string& line) {
  return line.empty() || line == "Error Message Summary:" || line.rfind("Exception from ", 0) == 0 ||
         line.find_first_not_of('-') == std::string::npos;
}

}  // namespace

std::string ExceptionText(const std::exception& error) {
  std::string text;
  for (std::string line : std::vector<std::string>(absl::StrSplit(std::string(error.what()), '\n'))) {
    absl::StripAsciiWhitespace(&line);
    if (StartsTheMessage(line)) text.clear();
    if (!Noise(line)) StrAppend(&text, text.empty() ? "" : " ", line);
  }
  if (text.size() > kMaxText) text = text.substr(0, kMaxText) + "…";
  return text.empty() ? "no reason given" : text;
}

absl::Status CurrentException(absl::StatusCode code, const std::string& where) {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(StrCat(where, ": out of memory"));
  } catch (const std::exception& error) {
    return absl::Status(code, StrCat(where, ": ", ExceptionText(error)));
  } catch (...) {
    return absl::Status(code, StrCat(where, ": an error of an unknown kind"));
  }
}

absl::StatusCode FaultOf(std::span<const tensor::View> inputs) {
  for (const tensor::View& view : inputs) {
    if (view.data.empty()) return absl::StatusCode::kInvalidArgument;
  }
  return absl::StatusCode::kInternal;
}

absl::Status CheckReadable(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) != 0 || access(path.c_str(), R_OK) != 0) {
    return absl::InvalidArgumentError(StrCat(path, ": ", std::strerror(errno)));
  }
  if (!S_ISREG(info.st_mode)) return absl::InvalidArgumentError(StrCat(path, ": not a file"));
  return absl::OkStatus();
}

absl::Status CheckProgram(const std::string& path) {
  HUIDU_RETURN_IF_ERROR(CheckReadable(path));
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && info.st_size > 0) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(path, ": the file is empty"));
}

}  // namespace huidu::engine
