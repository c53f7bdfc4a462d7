#include "repository/ir_model.h"

#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::repository {
namespace {

constexpr uint64_t kMostBytes = 64 << 20;

// The end of the tag that begins at `begin`: its ">", where one between quotes does not count.
size_t TagEnd(std::string_view xml, size_t begin) {
  char quote = 0;
  for (size_t i = begin; i < xml.size(); ++i) {
    if (quote != 0) {
      if (xml[i] == quote) quote = 0;
    } else if (xml[i] == '"' || xml[i] == '\'') {
      quote = xml[i];
    } else if (xml[i] == '>') {
      return i;
    }
  }
  return std::string_view::npos;
}

// The number of an attribute, searched as ` name="`; nothing if it is not there or no number.
std::optional<uint64_t> Number(std::string_view tag, const std::string& name) {
  const std::string start = StrCat(" ", name, "=\"");
  const size_t at = tag.find(start);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view text = tag.substr(at + start.size());
  uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop == text.data() + text.size() || *stop != '"') return std::nullopt;
  return value;
}

}  // namespace

absl::Status CheckIrModel(FileReader& xml, const FileReader& bin) {
  HUIDU_ASSIGN_OR_RETURN(const std::string text, xml.ReadAll(kMostBytes));
  const std::string not_a_model = StrCat(xml.name(), " is not an OpenVINO network: ");
  if (text.find("<net ") == std::string::npos) return absl::InvalidArgumentError(not_a_model + "it has no <net>");
  if (text.find("</net>") == std::string::npos) return absl::InvalidArgumentError(not_a_model + "it is cut off");

  // Weights stand as <data … offset="0" size="512"/> in layers of type Const.
  constexpr std::string_view kData = "<data ";
  for (size_t at = text.find(kData); at != std::string::npos; at = text.find(kData, at + 1)) {
    const size_t end = TagEnd(text, at);
    if (end == std::string_view::npos) return absl::InvalidArgumentError(not_a_model + "it is damaged");
    const std::string_view tag = std::string_view(text).substr(at, end - at);
    const std::optional<uint64_t> offset = Number(tag, "offset");
    const std::optional<uint64_t> size = Number(tag, "size");
    if (!offset.has_value() || !size.has_value()) continue;  // another layer's data
    if (*offset > bin.size() || *size > bin.size() - *offset) {
      return absl::InvalidArgumentError(StrCat(bin.name(), " is cut off: ", xml.name(), " places ", *size, " bytes at ",
                                               *offset, ", the file has ", bin.size()));
    }
  }
  return absl::OkStatus();
}

}  // namespace huidu::repository
