#include "front/versions/make_routing_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "base/strings.h"

namespace huidu::front {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class MakeRoutingRulesTest : public ::testing::Test {
 protected:
  MakeRoutingRulesTest() {
    std::string pattern = ::testing::TempDir() + "make_routing_rules_test.XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~MakeRoutingRulesTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, std::string_view content) {
    std::ofstream(folder_ + "/" + name) << content;
    return folder_ + "/" + name;
  }

  std::string folder_;
};

std::string Refused(const config::Routing& routing) {
  const auto rules = MakeRoutingRules(routing);
  EXPECT_FALSE(rules.ok());
  return std::string(Text(rules.status()));
}

TEST_F(MakeRoutingRulesTest, DefaultsAreThoseOfRoutingItself) {
  const auto rules = MakeRoutingRules(config::Routing{});
  ASSERT_TRUE(rules.ok()) << rules.status();
  const RoutingRules defaults;
  EXPECT_EQ((*rules)->forcing, defaults.forcing);
  EXPECT_EQ((*rules)->internal, defaults.internal);
  EXPECT_EQ((*rules)->sticky, defaults.sticky);
  EXPECT_EQ((*rules)->user_header, defaults.user_header);
  EXPECT_EQ((*rules)->user_cookie, defaults.user_cookie);
  EXPECT_THAT((*rules)->internal_users, IsEmpty());
}

TEST_F(MakeRoutingRulesTest, TakesOverWhatTheConfigurationSays) {
  config::Routing routing;
  routing.forcing = config::Routing::Forcing::kInternalUsers;
  routing.internal.headers = {{"X-Team", "Core"}};
  routing.internal.networks = {{"10.0.0.0", 8}, {"2001:db8::", 32}};
  routing.trusted_proxies = {{"192.168.0.1", 32}};
  routing.sticky = false;
  routing.internal_users_enabled = false;
  routing.user_header = "X-Account";
  routing.user_cookie = "Account";
  const auto made = MakeRoutingRules(routing);
  ASSERT_TRUE(made.ok()) << made.status();
  const RoutingRules& rules = **made;
  EXPECT_EQ(rules.forcing, RoutingRules::Forcing::kInternalUsers);
  EXPECT_FALSE(rules.internal);
  EXPECT_FALSE(rules.sticky);
  ASSERT_EQ(rules.internal_headers.size(), 1u);
  EXPECT_EQ(rules.internal_headers[0].name, "x-team");
  EXPECT_EQ(rules.internal_headers[0].value, "Core") << "values keep their case";
  EXPECT_EQ(rules.user_header, "x-account");
  EXPECT_EQ(rules.user_cookie, "Account");
  ASSERT_EQ(rules.internal_networks.size(), 2u);
  using boost::asio::ip::make_address;
  EXPECT_TRUE(rules.internal_networks[0].Contains(make_address("10.200.0.1")));
  EXPECT_FALSE(rules.internal_networks[0].Contains(make_address("11.0.0.1")));
  EXPECT_TRUE(rules.internal_networks[1].Contains(make_address("2001:db8::7")));
  EXPECT_TRUE(rules.trusted_proxies.at(0).Contains(make_address("192.168.0.1")));
  EXPECT_FALSE(rules.trusted_proxies.at(0).Contains(make_address("192.168.0.2")));
}

TEST_F(MakeRoutingRulesTest, TakesOverEveryKindOfForcing) {
  using From = config::Routing::Forcing;
  using To = RoutingRules::Forcing;
  for (const auto& [from, to] :
       {std::pair{From::kEveryone, To::kEveryone}, std::pair{From::kInternalUsers, To::kInternalUsers},
        std::pair{From::kTokenHolders, To::kTokenHolders}, std::pair{From::kNobody, To::kNobody}}) {
    config::Routing routing;
    routing.forcing = from;
    EXPECT_EQ((*MakeRoutingRules(routing))->forcing, to);
  }
}

TEST_F(MakeRoutingRulesTest, ReadsTokensOfSeveralFiles) {
  config::Routing routing;
  routing.token_files = {Write("a", "# for the test bench\r\n\n  first-token \r\nsecond-token"),
                         Write("b", "third-token\n")};
  const auto rules = MakeRoutingRules(routing);
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_THAT((*rules)->tokens, ElementsAre("first-token", "second-token", "third-token"));
}

TEST_F(MakeRoutingRulesTest, SortsTheUsersOfConfigurationAndFiles) {
  config::Routing routing;
  routing.internal.users = {"zoe", "bob"};
  routing.internal.user_files = {Write("users", "mary\nbob\n# left: eve\nMr X\n")};
  const auto rules = MakeRoutingRules(routing);
  ASSERT_TRUE(rules.ok()) << rules.status();
  EXPECT_THAT((*rules)->internal_users, ElementsAre("Mr X", "bob", "mary", "zoe"));
}

TEST_F(MakeRoutingRulesTest, RefusesAFileThatIsNotThere) {
  config::Routing routing;
  routing.token_files = {folder_ + "/none"};
  EXPECT_EQ(MakeRoutingRules(routing).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Refused(routing), HasSubstr("token file: cannot read " + folder_ + "/none"));
  routing = {};
  routing.internal.user_files = {folder_};
  EXPECT_THAT(Refused(routing), HasSubstr("user file: " + folder_ + ": not a regular file"));
}

TEST_F(MakeRoutingRulesTest, RefusesBadTokensByLineWithoutTellingThem) {
  config::Routing routing;
  routing.token_files = {Write("t", "good-token\nsecret\n")};
  EXPECT_THAT(Refused(routing), HasSubstr("/t:2: a token needs at least 8 characters"));
  EXPECT_THAT(Refused(routing), Not(HasSubstr("secret")));
  Write("t", "two secret words\n");
  EXPECT_THAT(Refused(routing), HasSubstr("/t:1: a token holds printable ASCII"));
  EXPECT_THAT(Refused(routing), Not(HasSubstr("secret")));
  Write("t", std::string(1025, 'x'));
  EXPECT_THAT(Refused(routing), HasSubstr("/t:1: longer than 1024 bytes"));
  Write("t", "# nobody yet\n");
  EXPECT_THAT(Refused(routing), HasSubstr("/t: holds no token"));
}

TEST_F(MakeRoutingRulesTest, RefusesMoreTokensThanARequestMayCost) {
  std::string tokens;
  for (int i = 0; i < 1000; ++i) StrAppend(&tokens, "token-number-", i, "\n");
  config::Routing routing;
  routing.token_files = {Write("t", tokens)};
  EXPECT_TRUE(MakeRoutingRules(routing).ok());
  routing.token_files.push_back(Write("one_more", "token-number-1000\n"));
  EXPECT_THAT(Refused(routing), HasSubstr("/one_more:1: more than 1000 of them together"));
}

}  // namespace
}  // namespace huidu::front
