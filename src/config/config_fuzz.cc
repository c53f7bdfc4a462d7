// Any bytes as a configuration: a clear refusal or a configuration, and every configuration equals
// itself. Noise alone would not come far, so every other input stands where the fields of a model
// stand.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "base/strings.h"
#include "config/config.h"
#include "config/diff.h"

namespace {

void CheckConfiguration(std::string_view text) {
  const auto config = huidu::config::Parse(text, "fuzz");
  if (config.ok() && !huidu::config::Diff(*config, *config).empty()) std::abort();
}

// The order of ids is total: none equals another, and it turns round with its sides.
void CheckIds(std::string_view a, std::string_view b) {
  const int order = huidu::config::CompareVersions(a, b);
  const int turned = huidu::config::CompareVersions(b, a);
  if ((order == 0) != (a == b) || (order < 0) != (turned > 0)) std::abort();
  (void)huidu::config::CheckVersionId(a, huidu::config::VersionNaming::kStrict);
  (void)huidu::config::VersionIdFromPath(b, huidu::config::VersionNaming::kAny);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
  CheckIds(text.substr(0, text.size() / 2), text.substr(text.size() / 2));
  if (data[0] % 2 == 0) {
    CheckConfiguration(text);
  } else {
    CheckConfiguration(huidu::StrCat("model_config_list { config { name: 'm' base_path: '/m/v1' ", text, " } }"));
  }
  return 0;
}
