#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "front/admin/tokens.h"
#include "http/message.h"

namespace huidu::front {

// Whether the admin port may be opened on `host`: without tokens on a loopback address only, for whoever reaches the
// port can change what is served. Error: InvalidArgument naming the flag to give.
absl::Status CheckAdminBinding(std::string_view host, std::string_view token_file);

// Decides who a request of the admin port comes from, and whether it may be made.
//
// With tokens: `Authorization: Bearer <token>`, or Basic with the token as password, which is what a browser asks a
// person for. Without tokens everybody on this machine is an operator, and says by X-Huidu-Actor who it is. In both
// cases a web page that the operator happens to have open must not be able to act: a change whose Origin is another
// site is refused, and without tokens so is a request for a host name that is not this machine's (DNS rebinding).
//
// Runs on: any thread. Immutable.
class Access {
 public:
  explicit Access(std::optional<Tokens> tokens) : tokens_(std::move(tokens)) {}

  // The actor for the audit: "operator:alice" of a token, else what X-Huidu-Actor says, else "anonymous".
  // Errors: Unauthenticated (no token, or an unknown one), PermissionDenied (a viewer's change, another site's page).
  absl::StatusOr<std::string> Check(const http::Request& request, bool changes) const;

 private:
  absl::StatusOr<std::string> CheckToken(const http::Request& request, bool changes) const;

  const std::optional<Tokens> tokens_;
};

}  // namespace huidu::front
