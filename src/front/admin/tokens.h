#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace huidu::front {

enum class Role { kViewer, kOperator };
std::string_view Name(Role role);

// Whom a token belongs to.
struct TokenHolder {
  Role role = Role::kViewer;
  std::string actor;
};

// The tokens of --admin-token-file: one a line, `token role actor` (role: viewer or operator), `#` begins a comment
// line. A line with the token alone is an operator's, who is called "token".
//
// Runs on: any thread. Immutable.
class Tokens {
 public:
  static constexpr size_t kMinTokenBytes = 8;

  // Errors: NotFound or PermissionDenied (file), InvalidArgument with file and line; no error's text holds a token.
  static absl::StatusOr<Tokens> Load(const std::string& path);
  static absl::StatusOr<Tokens> Parse(std::string_view text, std::string_view filename);

  // The holder, or nullptr. Takes the same time for every wrong token of one length, however much of it is right.
  const TokenHolder* Find(std::string_view token) const;
  size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    std::string token;
    TokenHolder holder;
  };
  std::vector<Entry> entries_;
};

}  // namespace huidu::front
