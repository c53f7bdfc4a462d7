#pragma once

#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "health/period.h"

namespace huidu::rollout {

// Reads the fields of a JSON object that somebody else wrote, and holds it to them: Finish() tells the first field that
// has a wrong type or value, or that is unknown, by its path ("stages[2].share_percent"). A field that is absent, or
// null, leaves the variable as it is.
//
// Runs on: one thread at a time.
// Lives:   for one object, which it borrows.
class JsonObject {
 public:
  JsonObject(const nlohmann::json& object, std::string path);

  void Read(const char* name, std::string& out);
  void Read(const char* name, bool& out);
  void Read(const char* name, double& out);
  void Read(const char* name, uint64_t& out, uint64_t most = uint64_t{1} << 53);
  void Read(const char* name, uint32_t& out);
  void Read(const char* name, health::Span& out);  // "1h30m"
  void Read(const char* name, std::vector<std::string>& out);
  // The elements of a list of objects; none if the field is absent.
  std::vector<JsonObject> Objects(const char* name, size_t most);
  // The field as it is; nullptr if it is absent.
  const nlohmann::json* Find(const char* name);
  // One of `names`, as its index.
  void ReadChoice(const char* name, std::span<const std::string_view> names, size_t& out);

  void Fail(const char* name, std::string_view expected);
  bool Has(const char* name) const { return object_.is_object() && object_.contains(name); }
  const std::string& path() const { return path_; }
  // Error: InvalidArgument.
  absl::Status Finish() const;

 private:
  std::string At(std::string_view name) const;

  const nlohmann::json& object_;
  std::string path_;
  std::set<std::string, std::less<>> known_;
  absl::Status status_;
};

}  // namespace huidu::rollout
