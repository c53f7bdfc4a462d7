#pragma once

#include <string>

namespace huidu::front {

// A version by its name, place and content.
struct VersionRef {
  std::string version, path, content_hash;
  bool operator==(const VersionRef&) const = default;
};

}  // namespace huidu::front
