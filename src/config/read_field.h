#pragma once

#include <algorithm>
#include <string>
#include <type_traits>

#include "absl/strings/ascii.h"
#include "base/strings.h"
#include "config/text_proto.h"

// Fields whose rules are the same wherever they stand; faults go to those of `source`.
// Runs on: any thread; pure.
namespace huidu::config {

inline constexpr size_t kLongestPath = 4096;

template <typename M>
const std::string& FieldName(int field) {
  return M::descriptor()->FindFieldByNumber(field)->name();
}

// A number between two bounds, both included. NaN is outside of all of them.
template <typename M, typename Number>
Number Ranged(const Located<M>& source, int field, Number value, std::type_identity_t<Number> min,
              std::type_identity_t<Number> max) {
  if (!(value >= min && value <= max)) {
    source.Fault(field, StrCat(FieldName<M>(field), " is ", value, "; it must be ", min, " to ", max));
  }
  return value;
}

// An absolute path without a slash at its end. `index` is -1 for a field that is not repeated.
template <typename M>
std::string ReadPath(const Located<M>& source, int field, const std::string& path, int index = -1) {
  const std::string& name = FieldName<M>(field);
  if (path.empty()) {
    source.FaultAt(field, index, StrCat(name, " is missing; write an absolute path"));
  } else if (path.size() > kLongestPath || std::any_of(path.begin(), path.end(), absl::ascii_iscntrl)) {
    source.FaultAt(field, index, StrCat(name, " is longer than ", kLongestPath, " bytes or holds control characters"));
  } else if (path[0] != '/') {
    source.FaultAt(field, index,
                   StrCat(name, " '", path, "' is relative; write an absolute path: what it means would",
                          " depend on where the server was started"));
  }
  const size_t end = path.find_last_not_of('/');
  return path.substr(0, end == std::string::npos ? 1 : end + 1);
}

}  // namespace huidu::config
