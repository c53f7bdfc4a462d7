#include "config/routing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/strings.h"
#include "config/config.h"
#include "config/diff.h"

namespace huidu::config {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// A model with three versions that has these fields; they stand in line 2.
std::string WithFields(std::string_view fields) {
  return StrCat(
      "model_config_list { config { name: 'm' base_path: '/m/x_v1' version: 'v1'"
      " versions { path: '/m/x_v2' } versions { path: '/m/x_v3' }\n",
      fields, " } }");
}

absl::StatusOr<ModelConfig> Read(std::string_view fields) {
  const auto config = Parse(WithFields(fields), "c.prototxt");
  if (!config.ok()) return config.status();
  return config->models.at(0);
}

ModelConfig Accepted(std::string_view fields) {
  const auto model = Read(fields);
  EXPECT_TRUE(model.ok()) << model.status();
  return model.value_or(ModelConfig{});
}

std::string Refused(std::string_view fields) {
  const auto model = Read(fields);
  EXPECT_FALSE(model.ok()) << fields;
  return std::string(Text(model.status()));
}

TEST(RoutingTest, StructsHaveTheDefaultsOfTheSchema) {
  const Routing read = Accepted("routing {}").routing;
  const Routing made;
  EXPECT_EQ(read.forcing, made.forcing);
  EXPECT_EQ(read.internal_users_enabled, made.internal_users_enabled);
  EXPECT_EQ(read.sticky, made.sticky);
  EXPECT_EQ(read.user_header, made.user_header);
  EXPECT_EQ(read.user_cookie, made.user_cookie);
  EXPECT_THAT(Accepted("").weights, IsEmpty());
}

TEST(RoutingTest, ReadsEveryField) {
  const Routing routing = Accepted(R"(routing {
    forcing: TOKEN_HOLDERS
    token_files: ['/etc/a', '/etc/b/']
    internal {
      headers { name: 'X-Team' value: 'Core team' }
      users: ['alice', 'bob']
      user_files: '/etc/staff'
      networks: ['10.0.0.0/8', '::1']
    }
    internal_users_enabled: false
    trusted_proxies: '192.168.0.0/16'
    sticky: false
    user_header: 'X-Account'
    user_cookie: 'Account'
  })")
                              .routing;
  EXPECT_EQ(routing.forcing, Routing::Forcing::kTokenHolders);
  EXPECT_THAT(routing.token_files, ElementsAre("/etc/a", "/etc/b"));
  ASSERT_EQ(routing.internal.headers.size(), 1u);
  EXPECT_EQ(routing.internal.headers[0].name, "x-team");
  EXPECT_EQ(routing.internal.headers[0].value, "Core team");
  EXPECT_THAT(routing.internal.users, ElementsAre("alice", "bob"));
  EXPECT_THAT(routing.internal.user_files, ElementsAre("/etc/staff"));
  ASSERT_EQ(routing.internal.networks.size(), 2u);
  EXPECT_EQ(routing.internal.networks[0].Text(), "10.0.0.0/8");
  EXPECT_EQ(routing.internal.networks[1].Text(), "::1/128");
  EXPECT_FALSE(routing.internal_users_enabled);
  ASSERT_EQ(routing.trusted_proxies.size(), 1u);
  EXPECT_EQ(routing.trusted_proxies[0].Text(), "192.168.0.0/16");
  EXPECT_FALSE(routing.sticky);
  EXPECT_EQ(routing.user_header, "x-account");
  EXPECT_EQ(routing.user_cookie, "Account");
}

TEST(RoutingTest, RefusesWhatCannotWork) {
  for (const auto& [fields, fault] : std::initializer_list<std::pair<const char*, const char*>>{
           {"forcing: STAFF", "'STAFF' is no value of 'forcing'; write one of EVERYONE, "},
           {"forcing: TOKEN_HOLDERS", "TOKEN_HOLDERS needs token_files"},
           {"token_files: '/t'", "token_files are only asked with forcing: TOKEN_HOLDERS"},
           {"forcing: TOKEN_HOLDERS token_files: 't'", "token_files 't' is relative"},
           {"forcing: INTERNAL_USERS", "INTERNAL_USERS needs internal users"},
           {"forcing: INTERNAL_USERS internal { users: 'a' } internal_users_enabled: false",
            "INTERNAL_USERS needs internal users"},
           {"internal { headers { name: 'x-team' } }", "value: write the header's whole value"},
           {"internal { headers { name: 'x-team' value: 'a ' } }", "value: write the header's"},
           {"internal { headers { name: 'x-team' value: 'a\\n' } }", "value: write the header's"},
           {"internal { headers { value: 'a' } }", "name '': 1 to 128 of"},
           {"internal { headers { name: 'x team' value: 'a' } }", "name 'x team': 1 to 128 of"},
           {"internal { users: '' }", "a user's id has 1 to 1024 bytes"},
           {"internal { user_files: 'staff' }", "user_files 'staff' is relative"},
           {"internal { networks: '10.0.0.0/64' }", "networks: '10.0.0.0/64' has no prefix"},
           {"trusted_proxies: 'proxy'", "trusted_proxies: 'proxy' is no network"},
           {"user_header: ''", "user_header '': 1 to 128 of"},
           {"user_cookie: 'a=b'", "user_cookie 'a=b': 1 to 128 of"},
       }) {
    EXPECT_THAT(Refused(StrCat("routing { ", fields, " }")), AllOf(HasSubstr("c.prototxt:2:"), HasSubstr(fault)))
        << fields;
  }
}

TEST(RoutingTest, TellsWhichOfSeveralIsWrong) {
  EXPECT_THAT(Refused("routing { internal {\n networks: '10.0.0.0/8'\n networks: '10.0/8' } }"),
              HasSubstr("c.prototxt:4:2: networks: '10.0/8' is no network"));
}

TEST(RoutingTest, BoundsItsLists) {
  std::string networks, files;
  for (int i = 0; i <= 1000; ++i) StrAppend(&networks, "networks: '10.0.0.1' ");
  for (int i = 0; i <= 16; ++i) StrAppend(&files, "user_files: '/f' ");
  EXPECT_THAT(Refused(StrCat("routing { internal { ", networks, " } }")), HasSubstr("1001 networks; at most 1000"));
  EXPECT_THAT(Refused(StrCat("routing { internal { ", files, " } }")), HasSubstr("17 user_files; at most 16"));
}

TEST(WeightsTest, ReadsSharesToTwoPlaces) {
  const auto weights =
      Accepted("weights { version: 'v2' share_percent: 12.34 } weights { version: 'v3' share_percent: 0 }").weights;
  ASSERT_EQ(weights.size(), 2u);
  EXPECT_EQ(weights[0].version, "v2");
  EXPECT_EQ(weights[0].share, 1234u);
  EXPECT_EQ(weights[1].share, 0u);
}

TEST(WeightsTest, MayGiveAwayAllTraffic) {
  EXPECT_EQ(Accepted("weights { version: 'v2' share_percent: 33.33 }"
                     "weights { version: 'v3' share_percent: 66.67 }")
                .weights.size(),
            2u);
}

TEST(WeightsTest, RefusesWhatCannotBe) {
  for (const auto& [fields, fault] : std::initializer_list<std::pair<const char*, const char*>>{
           {"weights { share_percent: 1 }", "the version is missing"},
           {"weights { version: 'v2' }", "share_percent is missing"},
           {"weights { version: 'v2' share_percent: 100.01 }", "share_percent is 100.01; it must be 0 to 100"},
           {"weights { version: 'v2' share_percent: -1 }", "share_percent is -1"},
           {"weights { version: 'v2' share_percent: nan }", "share_percent is nan"},
           {"weights { version: 'v2' share_percent: 0.125 }", "at most two places"},
           {"weights { version: 'v2' share_percent: 60 }"
            "weights { version: 'v3' share_percent: 40.01 }",
            "the weights up to here are 100.01 %; together they are at most 100 %"},
           {"weights { version: 'v2' share_percent: 1 } weights { version: 'v2' share_percent: 2 }",
            "version 'v2' has a weight already"},
           {"weights { version: 'v1' share_percent: 1 }", "version 'v1' is the live one"},
           {"weights { version: 'v4' share_percent: 1 }",
            "version 'v4' is not loaded beside the live one; name its folder in versions"},
       }) {
    EXPECT_THAT(Refused(fields), AllOf(HasSubstr("c.prototxt:2:"), HasSubstr(fault))) << fields;
  }
}

// Which versions such a folder holds is seen only when it is looked at.
TEST(WeightsTest, LeavesVersionsOfAFolderToTheLoading) {
  const std::string weight = " weights { version: '7' share_percent: 1 }";
  Accepted("model_version_policy { all {} }" + weight);
  Accepted("model_version_policy { latest { num_versions: 2 } }" + weight);
  Accepted("model_version_policy { specific { versions: [6, 7] } }" + weight);
  EXPECT_THAT(Refused("model_version_policy { specific { versions: 6 } }" + weight),
              HasSubstr("version '7' is not loaded"));
}

TEST(RoutingDiffTest, TellsChangesAndNeedsNoNewWorkers) {
  const ServerConfig from{{Accepted("weights { version: 'v2' share_percent: 1 }")}};
  const ServerConfig to{
      {Accepted("weights { version: 'v2' share_percent: 2.5 }"
                " routing { sticky: false internal { networks: '10.0.0.1' } }")}};
  const std::vector<std::string> changes = Diff(from, to);
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_THAT(changes[0],
              AllOf(HasSubstr("model 'm': routing: "), HasSubstr("sticky false"), HasSubstr("networks [10.0.0.1/32]")));
  EXPECT_EQ(changes[1], "model 'm': weights: v2 1 % -> v2 2.5 %");
  EXPECT_FALSE(NeedsNewWorkers(from.models[0], to.models[0]));
}

// Every field of the schema shows in the settings, else a change of it would be applied by nobody.
TEST(RoutingDiffTest, SeesEveryFieldOfRouting) {
  const ServerConfig from{{Accepted("")}};
  for (const char* fields :
       {"forcing: NOBODY", "forcing: TOKEN_HOLDERS token_files: '/t'", "internal { headers { name: 'a' value: 'b' } }",
        "internal { users: 'a' }", "internal { user_files: '/a' }", "internal { networks: '::1' }",
        "internal_users_enabled: false", "trusted_proxies: '::1'", "sticky: false", "user_header: 'x'",
        "user_cookie: 'x'"}) {
    const ServerConfig to{{Accepted(StrCat("routing { ", fields, " }"))}};
    EXPECT_THAT(Diff(from, to), ElementsAre(HasSubstr("model 'm': routing: "))) << fields;
  }
}

constexpr char kToken[] = R"(routing { internal { token {
  hs256_key_file: '/etc/key' rs256_key_file: '/etc/key.pem' issuer: 'https://sso' audience: 'huidu' leeway_s: 5
  claims { name: 'groups' values: ['ocr', 'staff'] } claims { name: 'email' values: 'a@b.c' }
} } forcing: INTERNAL_USERS })";

TEST(RoutingTest, ReadsClaimsOfTokens) {
  const TokenClaims token = Accepted(kToken).routing.internal.token;
  EXPECT_EQ(token.hs256_key_file, "/etc/key");
  EXPECT_EQ(token.rs256_key_file, "/etc/key.pem");
  EXPECT_EQ(token.issuer, "https://sso");
  EXPECT_EQ(token.audience, "huidu");
  EXPECT_EQ(token.leeway.count(), 5);
  ASSERT_EQ(token.claims.size(), 2);
  EXPECT_EQ(token.claims[0].name, "groups");
  EXPECT_THAT(token.claims[0].values, ElementsAre("ocr", "staff"));
  EXPECT_FALSE(Accepted("routing {}").routing.internal.token.IsSet());
}

TEST(RoutingTest, RefusesTokensThatCouldNotBeBelievedOrSayNothing) {
  const auto refused = [](std::string_view token) {
    return Refused(StrCat("routing { internal { token { ", token, " } } }"));
  };
  EXPECT_THAT(refused("claims { name: 'g' values: 'x' }"),
              AllOf(HasSubstr("c.prototxt:2:22: "), HasSubstr("without a key nothing can be believed")));
  EXPECT_THAT(refused("hs256_key_file: '/k'"), HasSubstr("2:22: claims are missing"));
  EXPECT_THAT(refused("hs256_key_file: 'k' claims { name: 'g' values: 'x' }"), HasSubstr("hs256_key_file"));
  EXPECT_THAT(refused("hs256_key_file: '/k' claims { values: 'x' }"), HasSubstr("name of the claim"));
  EXPECT_THAT(refused("hs256_key_file: '/k' claims { name: 'g' }"), HasSubstr("values are missing"));
  EXPECT_THAT(refused("hs256_key_file: '/k' claims { name: 'g' values: '' }"), HasSubstr("a value has 1 to"));
  EXPECT_THAT(refused("hs256_key_file: '/k' leeway_s: 601 claims { name: 'g' values: 'x' }"),
              HasSubstr("leeway_s is 601"));
}

}  // namespace
}  // namespace huidu::config
