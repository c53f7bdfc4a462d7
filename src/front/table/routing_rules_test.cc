#include "front/table/routing_rules.h"

#include <gtest/gtest.h>

namespace huidu::front {
namespace {

using boost::asio::ip::make_address;

bool Contains(const char* block, int prefix, const char* address) {
  return AddressBlock{make_address(block), prefix}.Contains(make_address(address));
}

TEST(AddressBlockTest, HoldsTheAddressesWithItsPrefix) {
  EXPECT_TRUE(Contains("10.0.0.0", 8, "10.255.255.255"));
  EXPECT_FALSE(Contains("10.0.0.0", 8, "11.0.0.0"));
  EXPECT_TRUE(Contains("192.168.4.0", 22, "192.168.7.255"));
  EXPECT_FALSE(Contains("192.168.4.0", 22, "192.168.8.0"));
  EXPECT_FALSE(Contains("192.168.4.0", 22, "192.168.3.255"));
  EXPECT_TRUE(Contains("2001:db8::", 32, "2001:db8:ffff::1"));
  EXPECT_FALSE(Contains("2001:db8::", 32, "2001:db9::1"));
  EXPECT_TRUE(Contains("fe80::", 10, "febf::1"));
  EXPECT_FALSE(Contains("fe80::", 10, "fec0::1"));
}

TEST(AddressBlockTest, TheWholePrefixIsOneAddressAndNoneIsAllOfItsFamily) {
  EXPECT_TRUE(Contains("127.0.0.1", 32, "127.0.0.1"));
  EXPECT_FALSE(Contains("127.0.0.1", 32, "127.0.0.2"));
  EXPECT_TRUE(Contains("::1", 128, "::1"));
  EXPECT_FALSE(Contains("::1", 128, "::2"));
  EXPECT_TRUE(Contains("0.0.0.0", 0, "203.0.113.9"));
  EXPECT_FALSE(Contains("0.0.0.0", 0, "2001:db8::1"));
  EXPECT_TRUE(Contains("::", 0, "2001:db8::1"));
  EXPECT_FALSE(Contains("::", 0, "203.0.113.9"));
}

TEST(AddressBlockTest, HostBitsOfTheBlockDoNotMatter) { EXPECT_TRUE(Contains("10.1.2.3", 8, "10.9.9.9")); }

TEST(AddressBlockTest, AnIpv4AddressOnAnIpv6SocketIsTheIpv4Address) {
  EXPECT_TRUE(Contains("10.0.0.0", 8, "::ffff:10.1.2.3"));
  EXPECT_FALSE(Contains("10.0.0.0", 8, "::ffff:11.1.2.3"));
  EXPECT_FALSE(Contains("10.0.0.0", 8, "::10.1.2.3")) << "an old form, and not the same";
}

}  // namespace
}  // namespace huidu::front
