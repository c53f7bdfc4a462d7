#include "config/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::config {
namespace {

using ::testing::HasSubstr;

std::string Read(std::string_view text) {
  const auto network = ParseNetwork(text);
  return network.ok() ? network->Text() : std::string(Text(network.status()));
}

TEST(NetworkTest, ReadsNetworksAndSingleAddresses) {
  EXPECT_EQ(Read("10.0.0.0/8"), "10.0.0.0/8");
  EXPECT_EQ(Read("0.0.0.0/0"), "0.0.0.0/0");
  EXPECT_EQ(Read("192.168.1.7"), "192.168.1.7/32");
  EXPECT_EQ(Read("192.168.1.128/25"), "192.168.1.128/25");
  EXPECT_EQ(Read("2001:DB8:0::/32"), "2001:db8::/32");
  EXPECT_EQ(Read("::1"), "::1/128");
}

TEST(NetworkTest, RefusesWhatIsNoNetwork) {
  using namespace std::string_view_literals;
  for (const std::string_view text : {""sv, "office"sv, "10.0.0/8"sv, "10.0.0.0.0"sv, "fe80::1%eth0"sv, " 10.0.0.0/8"sv,
                                      "10.0.0.0\0/8"sv, "[::1]"sv}) {
    EXPECT_THAT(Read(text), HasSubstr("is no network; write one like 10.0.0.0/8")) << text;
  }
  EXPECT_THAT(Read(std::string(1'000'000, '1')), HasSubstr("is no network"));
}

TEST(NetworkTest, RefusesAPrefixThatDoesNotFit) {
  for (const char* text : {"10.0.0.0/33", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/8x", "10.0.0.0/8/8",
                           "10.0.0.0/255.0.0.0", "10.0.0.0/99999999999"}) {
    EXPECT_THAT(Read(text), HasSubstr("has no prefix of 0 to 32 bits")) << text;
  }
  EXPECT_THAT(Read("::/129"), HasSubstr("has no prefix of 0 to 128 bits"));
}

TEST(NetworkTest, RefusesWhatCouldMeanAHostOrItsNetwork) {
  EXPECT_THAT(Read("10.1.2.3/8"), HasSubstr("write 10.0.0.0/8 for the network or 10.1.2.3 for the one address"));
  EXPECT_THAT(Read("2001:db8::1/64"), HasSubstr("write 2001:db8::/64"));
}

TEST(NetworkTest, RefusesIpv4InTheFormOfIpv6) {
  EXPECT_THAT(Read("::ffff:10.0.0.0/104"), HasSubstr("write it as IPv4"));
}

}  // namespace
}  // namespace huidu::config
