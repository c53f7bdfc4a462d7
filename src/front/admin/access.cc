#include "front/admin/access.h"

#include <boost/asio/ip/address.hpp>

#include "absl/strings/escaping.h"
#include "base/status.h"

namespace huidu::front {
namespace {

constexpr size_t kMaxActorBytes = 128;

bool IsLoopback(std::string_view host) {
  if (http::EqualsIgnoreCase(host, "localhost")) return true;
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  return !error && address.is_loopback();
}

// "localhost:18082" -> "localhost", "[::1]:18082" -> "::1".
std::string_view HostOf(std::string_view authority) {
  if (authority.starts_with('[')) return authority.substr(1, authority.find(']') - 1);
  return authority.substr(0, authority.find(':'));
}

// "http://localhost:18082" -> "localhost:18082"; an Origin of "null" stays as it is and matches no Host.
std::string_view AuthorityOf(std::string_view origin) {
  const size_t scheme = origin.find("://");
  return scheme == std::string_view::npos ? origin : origin.substr(scheme + 3);
}

absl::Status CheckOrigin(const http::Request& request) {
  const std::string_view origin = request.Header("Origin");
  if (origin.empty() || http::EqualsIgnoreCase(AuthorityOf(origin), request.Header("Host"))) return absl::OkStatus();
  return absl::PermissionDeniedError("a page of another site may not make changes here: Origin and Host differ");
}

absl::Status CheckHost(const http::Request& request) {
  const std::string_view host = request.Header("Host");
  if (host.empty() || IsLoopback(HostOf(host))) return absl::OkStatus();
  return absl::PermissionDeniedError(
      "without a token file the admin port answers only to localhost, 127.0.0.1 and [::1] as Host");
}

// The token that the request brings; empty if none.
std::string GivenToken(std::string_view authorization) {
  const size_t space = authorization.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view scheme = authorization.substr(0, space);
  std::string_view rest = authorization.substr(space + 1);
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  if (http::EqualsIgnoreCase(scheme, "Bearer")) return std::string(rest);
  std::string pair;
  if (!http::EqualsIgnoreCase(scheme, "Basic") || !absl::Base64Unescape(std::string(rest), &pair)) return {};
  const size_t colon = pair.find(':');
  return colon == std::string::npos ? std::string() : pair.substr(colon + 1);
}

// A client's own word for itself, for the audit only.
std::string ClaimedActor(const http::Request& request) {
  std::string actor(request.Header("X-Huidu-Actor").substr(0, kMaxActorBytes));
  for (char& c : actor) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) >= 0x7f) c = '?';
  }
  return actor.empty() ? "anonymous" : actor;
}

}  // namespace

absl::Status CheckAdminBinding(std::string_view host, std::string_view token_file) {
  if (!token_file.empty() || IsLoopback(host)) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(
      "--admin-host ", host, " is not a loopback address: give --admin-token-file as well, or leave it 127.0.0.1"));
}

absl::StatusOr<std::string> Access::Check(const http::Request& request, bool changes) const {
  if (changes) HUIDU_RETURN_IF_ERROR(CheckOrigin(request));
  if (tokens_) return CheckToken(request, changes);
  HUIDU_RETURN_IF_ERROR(CheckHost(request));
  return ClaimedActor(request);
}

absl::StatusOr<std::string> Access::CheckToken(const http::Request& request, bool changes) const {
  const std::string token = GivenToken(request.Header("Authorization"));
  if (token.empty()) return absl::UnauthenticatedError("this call needs the header `Authorization: Bearer <token>`");
  const TokenHolder* holder = tokens_->Find(token);
  if (holder == nullptr) return absl::UnauthenticatedError("this token is not known here");
  if (changes && holder->role != Role::kOperator) {
    return absl::PermissionDeniedError(StrCat("'", holder->actor, "' is a viewer; a change needs an operator's token"));
  }
  return StrCat(Name(holder->role), ":", holder->actor);
}

}  // namespace huidu::front
