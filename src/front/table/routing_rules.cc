#include "front/table/routing_rules.h"

#include <algorithm>

namespace huidu::front {
namespace {

template <typename Bytes>
bool SamePrefix(const Bytes& a, const Bytes& b, int bits) {
  const size_t whole = static_cast<size_t>(bits / 8);
  if (!std::equal(a.begin(), a.begin() + static_cast<ptrdiff_t>(whole), b.begin())) return false;
  const int rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

}  // namespace

bool AddressBlock::Contains(const boost::asio::ip::address& other) const {
  if (address.is_v4() && other.is_v6() && other.to_v6().is_v4_mapped()) {
    return Contains(boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, other.to_v6()));
  }
  if (address.is_v4() != other.is_v4()) return false;
  if (address.is_v4()) return SamePrefix(address.to_v4().to_bytes(), other.to_v4().to_bytes(), prefix);
  return SamePrefix(address.to_v6().to_bytes(), other.to_v6().to_bytes(), prefix);
}

}  // namespace huidu::front
