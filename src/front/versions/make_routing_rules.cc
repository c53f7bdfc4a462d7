#include "front/versions/make_routing_rules.h"

#include <algorithm>
#include <functional>

#include "absl/strings/ascii.h"
#include "base/status.h"
#include "config/text_file.h"
#include "front/router/token_verifier.h"

namespace huidu::front {
namespace {

constexpr size_t kMostFileBytes = 16 << 20;
constexpr size_t kMostTokens = 1000;  // each is compared when a client asks for a version
constexpr size_t kMostUsers = 1'000'000;
constexpr size_t kShortestToken = 8;
constexpr size_t kLongestLine = 1024;  // of a user's id no more is looked at

// "" if the line may stand in the file, else what is wrong with it.
using LineCheck = std::function<std::string(std::string_view line)>;

std::string WrongToken(std::string_view line) {
  if (line.size() < kShortestToken) {
    return StrCat("a token needs at least ", kShortestToken, " characters");
  }
  if (!std::all_of(line.begin(), line.end(), absl::ascii_isgraph)) {
    return "a token holds printable ASCII characters only, and no blanks";
  }
  return "";
}

std::string AnyLine(std::string_view) { return ""; }

// Adds the file's lines to `entries`, without blanks at their ends, empty ones and comments.
absl::Status ReadLines(const std::string& path, const LineCheck& wrong, size_t most,
                       std::vector<std::string>& entries) {
  HUIDU_ASSIGN_OR_RETURN(const std::string content, config::ReadFile(path, kMostFileBytes));
  std::string_view rest = content;
  for (size_t number = 1; !rest.empty(); ++number) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const auto line = FromAbsl(absl::StripAsciiWhitespace(ToAbsl(rest.substr(0, end))));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    if (line.empty() || line.starts_with('#')) continue;
    std::string fault = wrong(line);
    if (line.size() > kLongestLine) fault = StrCat("longer than ", kLongestLine, " bytes");
    if (entries.size() == most) fault = StrCat("more than ", most, " of them together");
    if (!fault.empty()) return absl::InvalidArgumentError(StrCat(path, ":", number, ": ", fault));
    entries.emplace_back(line);
  }
  return absl::OkStatus();
}

absl::Status ReadTokens(const std::vector<std::string>& files, std::vector<std::string>& tokens) {
  for (const std::string& file : files) {
    const size_t before = tokens.size();
    HUIDU_RETURN_IF_ERROR(Annotate(ReadLines(file, WrongToken, kMostTokens, tokens), "token file"));
    if (tokens.size() == before) {
      return absl::InvalidArgumentError(StrCat("token file: ", file, ": holds no token"));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadUsers(const std::vector<std::string>& files, std::vector<std::string>& users) {
  for (const std::string& file : files) {
    HUIDU_RETURN_IF_ERROR(Annotate(ReadLines(file, AnyLine, kMostUsers, users), "user file"));
  }
  std::sort(users.begin(), users.end());
  users.erase(std::unique(users.begin(), users.end()), users.end());
  return absl::OkStatus();
}

constexpr size_t kMostKeyBytes = 64 << 10;

absl::Status ReadKey(const std::string& file, std::string& key) {
  if (file.empty()) return absl::OkStatus();
  HUIDU_ASSIGN_OR_RETURN(key, config::ReadFile(file, kMostKeyBytes));
  while (!key.empty() && (key.back() == '\n' || key.back() == '\r')) key.pop_back();
  if (key.empty()) return absl::InvalidArgumentError(StrCat(file, ": holds no key"));
  return absl::OkStatus();
}

absl::Status ReadToken(const config::TokenClaims& token, RoutingRules& rules) {
  if (!token.IsSet()) return absl::OkStatus();
  TokenRules wanted{.issuer = token.issuer, .audience = token.audience, .leeway = token.leeway};
  for (const config::TokenClaim& claim : token.claims) wanted.claims.push_back({claim.name, claim.values});
  HUIDU_RETURN_IF_ERROR(Annotate(ReadKey(token.hs256_key_file, wanted.hs256_key), "hs256_key_file"));
  HUIDU_RETURN_IF_ERROR(Annotate(ReadKey(token.rs256_key_file, wanted.rs256_pem), "rs256_key_file"));
  HUIDU_ASSIGN_OR_RETURN(const std::shared_ptr<const TokenVerifier> verifier, TokenVerifier::Make(std::move(wanted)));
  rules.internal_token = [verifier](std::string_view authorization) {
    return verifier->HeaderIsInternal(authorization, std::chrono::system_clock::now());
  };
  return absl::OkStatus();
}

RoutingRules::Forcing Convert(config::Routing::Forcing forcing) {
  using From = config::Routing::Forcing;
  switch (forcing) {
    case From::kEveryone: return RoutingRules::Forcing::kEveryone;
    case From::kInternalUsers: return RoutingRules::Forcing::kInternalUsers;
    case From::kTokenHolders: return RoutingRules::Forcing::kTokenHolders;
    case From::kNobody: break;
  }
  return RoutingRules::Forcing::kNobody;
}

absl::StatusOr<std::vector<AddressBlock>> Convert(const std::vector<config::Network>& networks) {
  std::vector<AddressBlock> blocks;
  for (const config::Network& network : networks) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address(network.address, error);
    // A configuration from a file has only addresses that were read as such.
    if (error) {
      return absl::InvalidArgumentError(StrCat("'", network.Text(), "' is no network"));
    }
    blocks.push_back({address, network.prefix});
  }
  return blocks;
}

}  // namespace

absl::StatusOr<std::shared_ptr<const RoutingRules>> MakeRoutingRules(const config::Routing& routing) {
  auto rules = std::make_shared<RoutingRules>();
  rules->forcing = Convert(routing.forcing);
  HUIDU_RETURN_IF_ERROR(ReadTokens(routing.token_files, rules->tokens));
  rules->internal = routing.internal_users_enabled;
  for (const config::HeaderValue& header : routing.internal.headers) {
    rules->internal_headers.push_back({absl::AsciiStrToLower(header.name), header.value});
  }
  rules->internal_users = routing.internal.users;
  HUIDU_RETURN_IF_ERROR(ReadUsers(routing.internal.user_files, rules->internal_users));
  HUIDU_RETURN_IF_ERROR(Annotate(ReadToken(routing.internal.token, *rules), "internal token"));
  HUIDU_ASSIGN_OR_RETURN(rules->internal_networks, Convert(routing.internal.networks));
  HUIDU_ASSIGN_OR_RETURN(rules->trusted_proxies, Convert(routing.trusted_proxies));
  rules->sticky = routing.sticky;
  rules->user_header = absl::AsciiStrToLower(routing.user_header);
  rules->user_cookie = routing.user_cookie;
  return std::shared_ptr<const RoutingRules>(std::move(rules));
}

}  // namespace huidu::front
