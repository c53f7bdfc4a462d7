#include "config/read_routing.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "config/read_field.h"

namespace huidu::config {
namespace {

using Model = proto::ModelConfig;
using Texts = google::protobuf::RepeatedPtrField<std::string>;

constexpr size_t kLongestName = 128;    // of a header, of a cookie
constexpr size_t kLongestValue = 1024;  // of a header, of a user's id
constexpr int kMostFiles = 16;
constexpr int kMostHeaders = 100;
constexpr int kMostInList = 1000;
constexpr int kMostClaims = 100;
constexpr int kMostWeights = 64;
constexpr uint32_t kWhole = 10'000;

// A token of HTTP (RFC 9110, 5.6.2): what headers and cookies may be called.
bool IsHttpToken(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  return !text.empty() && text.size() <= kLongestName && std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(c) || kMarks.find(c) != std::string_view::npos;
  });
}

// What can arrive as the value of a header: servers take the blanks at its ends away.
bool IsHeaderValue(std::string_view text) {
  return !text.empty() && text.size() <= kLongestValue && text.front() != ' ' && text.back() != ' ' &&
         std::all_of(text.begin(), text.end(), absl::ascii_isprint);
}

template <typename M>
std::string ReadHttpName(const Located<M>& source, int field, const std::string& name) {
  if (!IsHttpToken(name)) {
    source.Fault(field, StrCat(FieldName<M>(field), " '", absl::CHexEscape(name.substr(0, kLongestName)), "': 1 to ",
                               kLongestName, " of A-Z a-z 0-9 ! # $ % & ' * + - . ^ _ ` | ~"));
  }
  return name;
}

// Whether a list is not too long; else that is told.
template <typename M>
bool Fits(const Located<M>& source, int field, int size, int most) {
  if (size <= most) return true;
  source.FaultAt(field, most, StrCat(size, " ", FieldName<M>(field), "; at most ", most));
  return false;
}

template <typename M>
std::vector<std::string> ReadPaths(const Located<M>& source, int field, const Texts& paths) {
  std::vector<std::string> read;
  if (!Fits(source, field, paths.size(), kMostFiles)) return read;
  for (int i = 0; i < paths.size(); ++i) read.push_back(ReadPath(source, field, paths[i], i));
  return read;
}

template <typename M>
std::vector<Network> ReadNetworks(const Located<M>& source, int field, const Texts& texts) {
  std::vector<Network> networks;
  if (!Fits(source, field, texts.size(), kMostInList)) return networks;
  for (int i = 0; i < texts.size(); ++i) {
    absl::StatusOr<Network> network = ParseNetwork(texts[i]);
    if (network.ok()) {
      networks.push_back(*std::move(network));
    } else {
      source.FaultAt(field, i, StrCat(FieldName<M>(field), ": ", Text(network.status())));
    }
  }
  return networks;
}

std::vector<HeaderValue> ReadHeaders(const Located<proto::InternalUsers>& source) {
  using Written = proto::HeaderValue;
  constexpr int kField = proto::InternalUsers::kHeadersFieldNumber;
  std::vector<HeaderValue> headers;
  if (!Fits(source, kField, source.message.headers_size(), kMostHeaders)) return headers;
  for (int i = 0; i < source.message.headers_size(); ++i) {
    const Written& written = source.message.headers(i);
    const auto located = source.Child(kField, i, written);
    const std::string name = ReadHttpName(located, Written::kNameFieldNumber, written.name());
    // An empty value would make everyone internal who does not send the header.
    if (!IsHeaderValue(written.value())) {
      located.Fault(Written::kValueFieldNumber, StrCat("value: write the header's whole value, 1 to ", kLongestValue,
                                                       " printable characters without blanks at the ends"));
    }
    headers.push_back({absl::AsciiStrToLower(name), written.value()});
  }
  return headers;
}

std::vector<std::string> ReadUsers(const Located<proto::InternalUsers>& source) {
  constexpr int kField = proto::InternalUsers::kUsersFieldNumber;
  const Texts& users = source.message.users();
  if (!Fits(source, kField, users.size(), kMostInList)) return {};
  for (int i = 0; i < users.size(); ++i) {
    if (users[i].empty() || users[i].size() > kLongestValue) {
      source.FaultAt(kField, i, StrCat("a user's id has 1 to ", kLongestValue, " bytes"));
    }
  }
  return {users.begin(), users.end()};
}

std::vector<TokenClaim> ReadClaims(const Located<proto::TokenClaims>& source) {
  using Written = proto::TokenClaim;
  constexpr int kField = proto::TokenClaims::kClaimsFieldNumber;
  std::vector<TokenClaim> claims;
  if (source.message.claims().empty()) {
    source.Fault(kField, "claims are missing: any token would make an internal user");
  }
  if (!Fits(source, kField, source.message.claims_size(), kMostClaims)) return claims;
  for (int i = 0; i < source.message.claims_size(); ++i) {
    const Written& written = source.message.claims(i);
    const auto located = source.Child(kField, i, written);
    if (written.name().empty() || written.name().size() > kLongestName) {
      located.Fault(Written::kNameFieldNumber, StrCat("name of the claim: 1 to ", kLongestName, " bytes"));
    }
    if (written.values().empty()) {
      located.Fault(Written::kValuesFieldNumber, "values are missing; write what the claim must be");
    }
    if (!Fits(located, Written::kValuesFieldNumber, written.values_size(), kMostClaims)) continue;
    for (int j = 0; j < written.values_size(); ++j) {
      if (!written.values(j).empty() && written.values(j).size() <= kLongestValue) continue;
      located.FaultAt(Written::kValuesFieldNumber, j, StrCat("a value has 1 to ", kLongestValue, " bytes"));
    }
    claims.push_back({written.name(), {written.values().begin(), written.values().end()}});
  }
  return claims;
}

TokenClaims ReadToken(const Located<proto::InternalUsers>& parent) {
  using Written = proto::TokenClaims;
  if (!parent.message.has_token()) return {};
  const Written& written = parent.message.token();
  const auto source = parent.Child(proto::InternalUsers::kTokenFieldNumber, -1, written);
  TokenClaims token;
  if (written.has_hs256_key_file()) {
    token.hs256_key_file = ReadPath(source, Written::kHs256KeyFileFieldNumber, written.hs256_key_file());
  }
  if (written.has_rs256_key_file()) {
    token.rs256_key_file = ReadPath(source, Written::kRs256KeyFileFieldNumber, written.rs256_key_file());
  }
  if (!written.has_hs256_key_file() && !written.has_rs256_key_file()) {
    source.Fault(Written::kHs256KeyFileFieldNumber,
                 "token needs hs256_key_file or rs256_key_file: without a key nothing can be believed");
  }
  token.claims = ReadClaims(source);
  token.issuer = written.issuer();
  token.audience = written.audience();
  token.leeway = std::chrono::seconds(Ranged(source, Written::kLeewaySFieldNumber, written.leeway_s(), 0, 600));
  return token;
}

InternalUsers ReadInternal(const Located<proto::InternalUsers>& source) {
  using Written = proto::InternalUsers;
  return {ReadHeaders(source), ReadUsers(source),
          ReadPaths(source, Written::kUserFilesFieldNumber, source.message.user_files()),
          ReadNetworks(source, Written::kNetworksFieldNumber, source.message.networks()), ReadToken(source)};
}

Routing::Forcing ReadForcing(proto::Routing::Forcing forcing) {
  switch (forcing) {
    case proto::Routing::INTERNAL_USERS: return Routing::Forcing::kInternalUsers;
    case proto::Routing::TOKEN_HOLDERS: return Routing::Forcing::kTokenHolders;
    case proto::Routing::NOBODY: return Routing::Forcing::kNobody;
    case proto::Routing::EVERYONE: break;
  }
  return Routing::Forcing::kEveryone;
}

bool NobodyIsInternal(const Routing& routing) {
  const InternalUsers& internal = routing.internal;
  return !routing.internal_users_enabled ||
         (internal.headers.empty() && internal.users.empty() && internal.user_files.empty() &&
          internal.networks.empty() && !internal.token.IsSet());
}

// Rights that nobody could have, or that everybody has although a list of holders is written.
void CheckForcing(const Located<proto::Routing>& source, const Routing& routing) {
  constexpr int kForcing = proto::Routing::kForcingFieldNumber;
  const bool by_token = routing.forcing == Routing::Forcing::kTokenHolders;
  if (by_token && source.message.token_files().empty()) {
    source.Fault(kForcing, "forcing TOKEN_HOLDERS needs token_files; or write NOBODY");
  }
  if (!by_token && !source.message.token_files().empty()) {
    source.Fault(proto::Routing::kTokenFilesFieldNumber, "token_files are only asked with forcing: TOKEN_HOLDERS");
  }
  if (routing.forcing == Routing::Forcing::kInternalUsers && NobodyIsInternal(routing)) {
    source.Fault(kForcing, "forcing INTERNAL_USERS needs internal users; or write NOBODY");
  }
}

// Percent, to two places behind the point, as slots of 10,000.
uint32_t ReadShare(const Located<proto::Weight>& source) {
  constexpr int kField = proto::Weight::kSharePercentFieldNumber;
  if (!source.message.has_share_percent()) {
    source.Fault(kField, "share_percent is missing");
    return 0;
  }
  const double slots = Ranged(source, kField, source.message.share_percent(), 0, 100) * 100;
  if (!(slots >= 0 && slots <= kWhole)) return 0;  // told already
  if (std::abs(slots - std::round(slots)) > 1e-6) {
    source.Fault(kField, StrCat("share_percent is ", source.message.share_percent(),
                                "; it has at most two places behind the point"));
  }
  return static_cast<uint32_t>(std::lround(slots));
}

}  // namespace

Routing ReadRouting(const Located<Model>& source) {
  using Written = proto::Routing;
  const Written& written = source.message.routing();
  const auto located = source.Child(Model::kRoutingFieldNumber, -1, written);
  Routing routing;
  routing.forcing = ReadForcing(written.forcing());
  routing.token_files = ReadPaths(located, Written::kTokenFilesFieldNumber, written.token_files());
  routing.internal = ReadInternal(located.Child(Written::kInternalFieldNumber, -1, written.internal()));
  routing.internal_users_enabled = written.internal_users_enabled();
  routing.trusted_proxies = ReadNetworks(located, Written::kTrustedProxiesFieldNumber, written.trusted_proxies());
  routing.sticky = written.sticky();
  routing.user_header =
      absl::AsciiStrToLower(ReadHttpName(located, Written::kUserHeaderFieldNumber, written.user_header()));
  if (written.has_user_cookie()) {
    routing.user_cookie = ReadHttpName(located, Written::kUserCookieFieldNumber, written.user_cookie());
  }
  CheckForcing(located, routing);
  return routing;
}

std::vector<Weight> ReadWeights(const Located<Model>& source, const ModelConfig& model) {
  using Written = proto::Weight;
  constexpr int kField = Model::kWeightsFieldNumber;
  std::vector<Weight> weights;
  if (!Fits(source, kField, source.message.weights_size(), kMostWeights)) return weights;
  std::set<std::string> seen;
  uint32_t sum = 0;
  for (int i = 0; i < source.message.weights_size(); ++i) {
    const Written& written = source.message.weights(i);
    const auto located = source.Child(kField, i, written);
    if (std::string why = WhyNotBesideLive(model, written.version()); !why.empty()) {
      located.Fault(Written::kVersionFieldNumber, std::move(why));
    } else if (!seen.insert(written.version()).second) {
      located.Fault(Written::kVersionFieldNumber, StrCat("version '", written.version(), "' has a weight already"));
    }
    const uint32_t share = ReadShare(located);
    if (sum <= kWhole && sum + share > kWhole) {
      located.Fault(Written::kSharePercentFieldNumber, StrCat("the weights up to here are ", (sum + share) / 100.0,
                                                              " %; together they are at most 100 %"));
    }
    sum += share;
    weights.push_back({written.version(), share});
  }
  return weights;
}

std::string WhyNotBesideLive(const ModelConfig& model, const std::string& version) {
  if (version.empty()) return "the version is missing; write its id";
  const std::string named = StrCat("version '", absl::CHexEscape(version.substr(0, kLongestName)), "' ");
  if (version == model.version) {
    return StrCat(named, "is the live one; name one that is loaded beside it");
  }
  const VersionPolicy& policy = model.version_policy;
  const bool is_named = std::any_of(model.versions.begin(), model.versions.end(),
                                    [&](const ExtraVersion& extra) { return extra.version == version; }) ||
                        std::count(policy.versions.begin(), policy.versions.end(), version) > 0;
  const bool one_of_folder = policy.kind == VersionPolicy::Kind::kAll ||
                             (policy.kind == VersionPolicy::Kind::kLatest && policy.num_versions > 1);
  if (is_named || one_of_folder) return "";
  return StrCat(named, "is not loaded beside the live one; name its folder in versions");
}

}  // namespace huidu::config
