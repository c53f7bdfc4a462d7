#include "config/network.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

#include "absl/strings/escaping.h"
#include "base/strings.h"

namespace huidu::config {
namespace {

constexpr size_t kLongestText = INET6_ADDRSTRLEN + 4;  // and "/128"

// An address as the network has it, highest bit first.
struct Bits {
  int family = AF_UNSPEC;  // AF_UNSPEC: the text was no address
  int count = 0;
  std::array<unsigned char, 16> bytes{};
};

Bits ParseAddress(const std::string& text) {
  Bits bits;
  if (::inet_pton(AF_INET, text.c_str(), bits.bytes.data()) == 1) {
    bits.family = AF_INET;
    bits.count = 32;
  } else if (::inet_pton(AF_INET6, text.c_str(), bits.bytes.data()) == 1) {
    bits.family = AF_INET6;
    bits.count = 128;
  }
  return bits;
}

std::string AddressText(const Bits& bits) {
  char text[INET6_ADDRSTRLEN] = "";
  ::inet_ntop(bits.family, bits.bytes.data(), text, sizeof(text));
  return text;
}

// Sets all bits behind the prefix to 0. Returns whether one was not.
bool ClearBehind(Bits& bits, int prefix) {
  bool cleared = false;
  for (int i = prefix; i < bits.count; ++i) {
    unsigned char& byte = bits.bytes[static_cast<size_t>(i / 8)];
    const auto mask = static_cast<unsigned char>(0x80 >> (i % 8));
    cleared = cleared || (byte & mask) != 0;
    byte = static_cast<unsigned char>(byte & ~mask);
  }
  return cleared;
}

// ::ffff:10.0.0.1, an IPv4 address in IPv6's clothes.
bool IsMapped(const Bits& bits) {
  return bits.family == AF_INET6 && AddressText(bits).starts_with("::ffff:") &&
         AddressText(bits).find('.') != std::string::npos;
}

absl::Status Bad(std::string_view text, std::string_view why) {
  const std::string shown = absl::CHexEscape(ToAbsl(text.substr(0, kLongestText)));
  return absl::InvalidArgumentError(StrCat("'", shown, "' ", why));
}

}  // namespace

std::string Network::Text() const { return StrCat(address, "/", prefix); }

absl::StatusOr<Network> ParseNetwork(std::string_view text) {
  constexpr std::string_view kExpected = "is no network; write one like 10.0.0.0/8 or 2001:db8::/32, or one address";
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  // A byte of 0 would end the text for inet_pton() only.
  if (text.size() > kLongestText || address.find('\0') != std::string_view::npos) {
    return Bad(text, kExpected);
  }
  Bits bits = ParseAddress(std::string(address));
  if (bits.family == AF_UNSPEC) return Bad(text, kExpected);
  if (IsMapped(bits)) return Bad(text, "is an IPv4 network in IPv6's form; write it as IPv4");

  int prefix = bits.count;
  if (slash != std::string_view::npos) {
    const std::string_view digits = text.substr(slash + 1);
    const char* const end = digits.data() + digits.size();
    const auto [read_to, error] = std::from_chars(digits.data(), end, prefix);
    if (error != std::errc() || read_to != end || prefix < 0 || prefix > bits.count) {
      return Bad(text, StrCat("has no prefix of 0 to ", bits.count, " bits behind its slash"));
    }
  }
  // 10.1.2.3/8 means either one host or all of 10: whoever gets rights by it should know which.
  const bool has_host = ClearBehind(bits, prefix);
  const Network network{AddressText(bits), prefix};
  if (has_host) {
    return Bad(text, StrCat("has bits behind its prefix; write ", network.Text(), " for the network or ", address,
                            " for the one address"));
  }
  return network;
}

}  // namespace huidu::config
