#include "front/router/choose.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <optional>

#include "base/status.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using boost::asio::ip::address;

constexpr size_t kMaxUser = 1024;  // longer ids are cut: hashing must not cost more than the request

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<address> ParseAddress(std::string_view text) {
  boost::system::error_code error;
  const address parsed = boost::asio::ip::make_address(std::string(text.substr(0, 64)), error);
  if (error) return std::nullopt;
  return parsed;
}

// "ipv6:%5B::1%5D:80", "[::1]:80", "1.2.3.4:80" without the port and what surrounds the address.
std::optional<address> AddressOfPeer(std::string_view peer) {
  for (const std::string_view scheme : {"ipv4:", "ipv6:"}) {
    if (peer.substr(0, scheme.size()) == scheme) peer.remove_prefix(scheme.size());
  }
  const size_t port = peer.rfind(':');
  if (port == std::string_view::npos) return ParseAddress(peer);
  peer = peer.substr(0, port);
  for (const std::string_view open : {"[", "%5B"}) {
    if (peer.substr(0, open.size()) == open) peer.remove_prefix(open.size());
  }
  for (const std::string_view close : {"]", "%5D"}) {
    if (peer.size() >= close.size() && peer.substr(peer.size() - close.size()) == close) {
      peer.remove_suffix(close.size());
    }
  }
  return ParseAddress(peer);
}

bool In(const std::vector<AddressBlock>& blocks, const address& client) {
  return std::any_of(blocks.begin(), blocks.end(), [&](const AddressBlock& block) { return block.Contains(client); });
}

// The client's address: the peer's, or where trusted proxies stand before us the last one that they did not add
// themselves. What a client puts in front of it is not believed.
std::optional<address> ClientAddress(const RoutingRules& rules, const Caller& caller) {
  std::optional<address> client = AddressOfPeer(caller.Peer());
  if (rules.trusted_proxies.empty()) return client;
  // Some proxies add a line of their own below that of the client.
  const std::string lines = caller.Joined("x-forwarded-for");
  std::string_view forwarded = lines;
  while (client && !forwarded.empty() && In(rules.trusted_proxies, *client)) {
    const size_t comma = forwarded.rfind(',');
    const std::string_view last = Trim(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1));
    forwarded = comma == std::string_view::npos ? std::string_view() : forwarded.substr(0, comma);
    client = ParseAddress(last);
  }
  return client;
}

std::string_view Cookie(std::string_view header, std::string_view name) {
  while (!header.empty()) {
    const size_t end = std::min(header.find(';'), header.size());
    const std::string_view pair = Trim(header.substr(0, end));
    header.remove_prefix(std::min(end + 1, header.size()));
    if (pair.size() > name.size() && pair.substr(0, name.size()) == name && pair[name.size()] == '=') {
      return pair.substr(name.size() + 1);
    }
  }
  return {};
}

bool HasToken(const RoutingRules& rules, const Caller* caller) {
  const std::string_view token = caller == nullptr ? std::string_view() : caller->Header("x-huidu-token");
  if (token.empty()) return false;
  return std::any_of(rules.tokens.begin(), rules.tokens.end(), [&](const std::string& known) {
    return known.size() == token.size() && CRYPTO_memcmp(known.data(), token.data(), token.size()) == 0;
  });
}

absl::Status CheckForcing(const RoutingRules& rules, const RouteRequest& request) {
  using Forcing = RoutingRules::Forcing;
  switch (rules.forcing) {
    case Forcing::kEveryone: return absl::OkStatus();
    case Forcing::kInternalUsers:
      if (IsInternal(rules, request)) return absl::OkStatus();
      return absl::PermissionDeniedError(StrCat("model '", request.model, "': only internal users may name a version"));
    case Forcing::kTokenHolders:
      if (HasToken(rules, request.caller)) return absl::OkStatus();
      return absl::PermissionDeniedError(
          StrCat("model '", request.model, "': naming a version needs a token in the header x-huidu-token"));
    case Forcing::kNobody: break;
  }
  return absl::PermissionDeniedError(StrCat("model '", request.model, "': naming a version is switched off"));
}

bool CanAnswer(const std::shared_ptr<Servable>& servable) { return servable != nullptr && servable->HasWorker(); }

// The part whose range of the line from 0 to kSlots holds this point; nullptr: stable's.
std::shared_ptr<Servable> PartAt(const Split& split, uint32_t point) {
  for (const Split::Part& part : split.parts) {
    if (point < part.share) return part.servable;
    point -= part.share;
  }
  return nullptr;
}

Choice ChooseFromSplit(const ModelEntry& entry, const RoutingRules& rules, const RouteRequest& request) {
  const Split& split = *entry.split;
  if (CanAnswer(split.internal) && IsInternal(rules, request)) return {split.internal, RouteReason::kInternal};
  if (split.parts.empty()) return {entry.live, RouteReason::kStable};
  const std::string_view user = rules.sticky ? UserOf(rules, request) : std::string_view();
  if (!user.empty()) {
    const uint8_t part = split.slots[SlotOf(split.seed, user)];
    if (part == 0 || !CanAnswer(split.parts[part - 1].servable)) return {entry.live, RouteReason::kStable};
    return {split.parts[part - 1].servable, RouteReason::kSticky};
  }
  std::shared_ptr<Servable> chosen = PartAt(split, split.sequence->Next());
  if (!CanAnswer(chosen)) return {entry.live, RouteReason::kStable};
  return {std::move(chosen), RouteReason::kWeight};
}

const RoutingRules& RulesOf(const ModelEntry& entry) {
  static const RoutingRules defaults;
  return entry.rules == nullptr ? defaults : *entry.rules;
}

}  // namespace

const char* Name(RouteReason reason) {
  switch (reason) {
    case RouteReason::kForced: return "forced";
    case RouteReason::kInternal: return "internal";
    case RouteReason::kSticky: return "sticky";
    case RouteReason::kWeight: return "weight";
    case RouteReason::kStable: return "stable";
    case RouteReason::kRetry: return "retry";
  }
  return "stable";
}

std::string_view UserOf(const RoutingRules& rules, const RouteRequest& request) {
  std::string_view user = request.user;
  if (user.empty() && request.caller != nullptr) user = request.caller->Header(rules.user_header);
  if (user.empty() && request.caller != nullptr && !rules.user_cookie.empty()) {
    user = Cookie(request.caller->Header("cookie"), rules.user_cookie);
  }
  return user.substr(0, kMaxUser);
}

bool IsInternal(const RoutingRules& rules, const RouteRequest& request) {
  if (!rules.internal) return false;
  if (!rules.internal_users.empty()) {
    const std::string_view user = UserOf(rules, request);
    if (std::binary_search(rules.internal_users.begin(), rules.internal_users.end(), user, std::less<>())) return true;
  }
  if (request.caller == nullptr) return false;
  for (const RoutingRules::HeaderValue& header : rules.internal_headers) {
    if (!header.value.empty() && request.caller->Header(header.name) == header.value) return true;
  }
  if (rules.internal_token) {
    const std::string_view authorization = request.caller->Header("authorization");
    if (!authorization.empty() && rules.internal_token(authorization)) return true;
  }
  if (rules.internal_networks.empty()) return false;
  const std::optional<address> client = ClientAddress(rules, *request.caller);
  return client.has_value() && In(rules.internal_networks, *client);
}

absl::StatusOr<Choice> Choose(const ModelEntry& entry, const RouteRequest& request) {
  const RoutingRules& rules = RulesOf(entry);
  if (!request.version.empty()) {
    HUIDU_RETURN_IF_ERROR(CheckForcing(rules, request));
    HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> forced, FindVersion(entry, request.version));
    return Choice{std::move(forced), RouteReason::kForced};
  }
  if (entry.split == nullptr || entry.live == nullptr) {
    HUIDU_ASSIGN_OR_RETURN(std::shared_ptr<Servable> live, FindVersion(entry, {}));
    return Choice{std::move(live), RouteReason::kStable};
  }
  return ChooseFromSplit(entry, rules, request);
}

}  // namespace huidu::front
