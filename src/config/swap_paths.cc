#include "config/swap_paths.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/status.h"
#include "base/strings.h"
#include "config/text_proto.h"
#include "proto/config/model_config.pb.h"

namespace huidu::config {
namespace {

// A quoted text inside the file, without its quotes.
struct Quoted {
  size_t begin = 0, size = 0;
};

size_t OffsetOf(std::string_view text, int line, int column) {
  size_t at = 0;
  for (; line > 0 && at != std::string_view::npos; --line) at = text.find('\n', at) + 1;
  return at + static_cast<size_t>(column);
}

// The value of the text field whose name stands at `place`.
std::optional<Quoted> ValueAt(std::string_view text, google::protobuf::TextFormat::ParseLocation place) {
  const size_t open = text.find_first_of("'\"", OffsetOf(text, place.line, place.column));
  if (open == std::string_view::npos) return std::nullopt;
  const size_t close = text.find(text[open], open + 1);
  if (close == std::string_view::npos) return std::nullopt;
  return Quoted{open + 1, close - open - 1};
}

}  // namespace

absl::StatusOr<std::string> SwapPaths(std::string_view text, const std::string& model, const std::string& from,
                                      const std::string& to) {
  using Server = proto::ModelServerConfig;
  Server server;
  LocationTree tree;
  Faults faults;
  if (!ParseTextProto(text, &server, &tree, &faults)) return absl::InvalidArgumentError("the text is no configuration");
  const Located<Server> root{server, &tree, 0, 0, &faults};
  const auto list = root.Child(Server::kModelConfigListFieldNumber, -1, server.model_config_list());
  const auto& configs = server.model_config_list().config();
  const auto found = std::find_if(configs.begin(), configs.end(), [&](const auto& one) { return one.name() == model; });
  if (found == configs.end() || found->base_path() != from) {
    return absl::NotFoundError(StrCat("model '", model, "' does not have base_path '", from, "'"));
  }
  const auto entry =
      list.Child(proto::ModelConfigList::kConfigFieldNumber, static_cast<int>(found - configs.begin()), *found);
  std::vector<std::pair<Quoted, std::string>> changes;
  const auto change = [&](google::protobuf::TextFormat::ParseLocation place, const std::string& before,
                          const std::string& after) {
    const std::optional<Quoted> value = ValueAt(text, place);
    if (value && text.substr(value->begin, value->size) == before) changes.push_back({*value, after});
  };
  change(entry.Find(proto::ModelConfig::kBasePathFieldNumber, -1), from, to);
  if (changes.empty()) return absl::InvalidArgumentError("base_path is not written as one plain text");
  for (int i = 0; i < found->versions_size(); ++i) {
    const auto version = entry.Child(proto::ModelConfig::kVersionsFieldNumber, i, found->versions(i));
    if (found->versions(i).path() != to) continue;
    change(version.Find(proto::ExtraVersion::kPathFieldNumber, -1), to, from);
  }
  std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.first.begin > b.first.begin; });
  std::string out(text);
  for (const auto& [value, after] : changes) out.replace(value.begin, value.size, after);
  return out;
}

}  // namespace huidu::config
