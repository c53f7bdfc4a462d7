#include "task/text/text_file.h"

#include "base/status.h"
#include "base/strings.h"
#include "task/settings.h"
#include "task/text/utf8.h"

namespace huidu::task::text {

absl::StatusOr<std::string> ReadText(const std::string& path) {
  HUIDU_ASSIGN_OR_RETURN(std::string bytes, ReadResource(path, kMostDictionaryBytes));
  const absl::Status status = Decode(bytes, kMostDictionaryBytes).status();
  if (!status.ok()) return absl::FailedPreconditionError(StrCat(path, ": ", Text(status)));
  return bytes;
}

std::vector<std::string_view> Lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find_first_of("\r\n"), text.size());
    lines.push_back(text.substr(0, end));
    const bool two = text.substr(end, 2) == "\r\n";
    text.remove_prefix(std::min(end + (two ? 2 : 1), text.size()));
  }
  return lines;
}

std::string Place(const std::string& path, size_t index) { return StrCat(path, ":", index + 1); }

}  // namespace huidu::task::text
