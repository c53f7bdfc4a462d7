#include "front/versions/live_choice.h"

#include "base/strings.h"

namespace huidu::front {
namespace {

bool SameOrUnknown(const std::string& then, const std::string& now) { return now.empty() || now == then; }

}  // namespace

bool LiveChoice::Holds(const std::string& base_path_now, const VersionRef& now) const {
  return base_path == base_path_now && SameOrUnknown(configured.version, now.version) &&
         SameOrUnknown(configured.path, now.path) && SameOrUnknown(configured.content_hash, now.content_hash);
}

std::string LiveChoice::Why(const std::string& model) const {
  return StrCat("a promotion, a switch or a rollback made ", live.version, " live at ", since, ", and base_path '",
                base_path, "' has named ", configured.version, " ever since. To serve ", configured.version,
                ": huidu switch ", model, " ", configured.version, ". To have the file say what is live: base_path '",
                live.path, "'");
}

}  // namespace huidu::front
