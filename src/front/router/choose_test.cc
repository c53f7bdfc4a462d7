#include "front/router/choose.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/strings.h"
#include "front/testing/loopback.h"

namespace huidu::front {
namespace {

using boost::asio::ip::make_address;
using testing::IoThread;
using testing::LoopbackVersion;
using testing::Plus;
using testing::PlusSignature;

using Headers = std::map<std::string, std::string, std::less<>>;

class FakeCaller : public Caller {
 public:
  explicit FakeCaller(Headers headers, std::string peer = "") : headers_(std::move(headers)), peer_(std::move(peer)) {}
  std::string_view Header(std::string_view name) const override {
    const auto found = headers_.find(name);
    return found == headers_.end() ? std::string_view() : std::string_view(found->second);
  }
  std::string_view Peer() const override { return peer_; }

 private:
  const Headers headers_;
  const std::string peer_;
};

const FakeCaller kStaff(Headers{{"x-team", "research"}, {"x-user-id", "alice"}});
const FakeCaller kUser(Headers{{"x-user-id", "alice"}});
const FakeCaller kNobody(Headers{});

// v1 is live, v2 the candidate of everybody and v3 that of internal users, so that an answer's version tells the way.
class ChooseTest : public ::testing::Test {
 protected:
  ChooseTest() {
    for (auto& version : {&v1_, &v2_, &v3_}) (*version)->AddWorker();
    split_.parts = {{v2_->servable(), kSlots}};
    split_.internal = v3_->servable();
    rules_.internal_headers = {{"x-team", "research"}};
  }

  std::unique_ptr<LoopbackVersion> MakeVersion(const std::string& id) {
    return std::make_unique<LoopbackVersion>(io_, "m", id, PlusSignature(), Plus(0), 1 << 16);
  }

  std::shared_ptr<const ServingTable> Table() const {
    return testing::MakeTable({v1_->servable(), v2_->servable(), v3_->servable()}, split_, rules_);
  }

  absl::StatusOr<Choice> Ask(const RouteRequest& request) const { return Choose(*Table()->Find("m"), request); }

  // "v2 sticky", or the error's text.
  std::string Route(const Caller* caller, std::string_view version = {}, std::string_view user = {}) const {
    const absl::StatusOr<Choice> choice = Ask({"m", version, user, caller});
    if (!choice.ok()) return std::string(Text(choice.status()));
    return StrCat(choice->servable->version(), " ", Name(choice->reason));
  }

  std::string RouteFrom(const std::string& peer, const std::string& forwarded = "") const {
    const FakeCaller caller(Headers{{"x-forwarded-for", forwarded}}, peer);
    return Route(&caller);
  }

  IoThread io_;
  std::unique_ptr<LoopbackVersion> v1_ = MakeVersion("v1"), v2_ = MakeVersion("v2"), v3_ = MakeVersion("v3");
  Split split_;
  RoutingRules rules_;
};

// ---- The order ----

TEST_F(ChooseTest, ForcedGoesBeforeInternalBeforeStickyBeforeWeightBeforeStable) {
  EXPECT_EQ(Route(&kStaff, "v1"), "v1 forced");
  EXPECT_EQ(Route(&kStaff), "v3 internal");
  EXPECT_EQ(Route(&kUser), "v2 sticky");
  EXPECT_EQ(Route(&kNobody), "v2 weight");
  EXPECT_EQ(Route(nullptr), "v2 weight") << "nothing is known of the caller";
  split_.parts = {};
  EXPECT_EQ(Route(&kUser), "v1 stable");
}

TEST_F(ChooseTest, EachStepCanBeSwitchedOff) {
  rules_.internal = false;
  EXPECT_EQ(Route(&kStaff), "v2 sticky");
  rules_.sticky = false;
  EXPECT_EQ(Route(&kStaff), "v2 weight");
  split_.parts[0].share = 0;
  EXPECT_EQ(Route(&kStaff), "v1 stable");
  rules_.forcing = RoutingRules::Forcing::kNobody;
  EXPECT_EQ(Route(&kStaff, "v3"), "model 'm': naming a version is switched off");
}

TEST_F(ChooseTest, WithoutASplitTheLiveVersionAnswersEverybody) {
  const auto table = testing::MakeTable({v1_->servable(), v2_->servable()});
  const auto choice = Choose(*table->Find("m"), {.model = "m", .caller = &kStaff});
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->servable, v1_->servable());
  EXPECT_STREQ(Name(choice->reason), "stable");
}

TEST_F(ChooseTest, WithoutALiveVersionAnUnforcedRequestIsUnavailable) {
  ModelEntry entry = *Table()->Find("m");
  entry.live = nullptr;
  EXPECT_EQ(Choose(entry, {.model = "m", .caller = &kStaff}).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(ChooseTest, AUserKeepsTheCandidateWhileItsShareRises) {
  split_.internal = nullptr;
  split_.seed = SplitSeed("m", "salt");
  std::vector<int> had;
  for (const uint32_t share : {500u, 2000u, 5000u}) {
    split_.parts[0].share = share;
    const auto table = Table();
    std::vector<int> have;
    for (int user = 0; user < 2000; ++user) {
      const std::string id = StrCat("user-", user);
      const auto choice = Choose(*table->Find("m"), {.model = "m", .user = id});
      if (choice->reason == RouteReason::kSticky) have.push_back(user);
    }
    EXPECT_NEAR(static_cast<double>(have.size()), share / 5.0, 60);
    EXPECT_TRUE(std::includes(have.begin(), have.end(), had.begin(), had.end())) << share;
    had = have;
  }
}

TEST_F(ChooseTest, RequestsWithoutAUserFollowTheWeightsOfSeveralVersions) {
  split_.parts = {{v2_->servable(), 2000}, {v3_->servable(), 500}};
  const auto table = Table();
  std::map<std::string, int> counts;
  for (int i = 0; i < 1000; ++i) ++counts[Choose(*table->Find("m"), {.model = "m"})->servable->version()];
  EXPECT_NEAR(counts["v1"], 750, 3);
  EXPECT_NEAR(counts["v2"], 200, 3);
  EXPECT_NEAR(counts["v3"], 50, 3);
}

TEST_F(ChooseTest, ACandidateThatCannotAnswerIsPassedOver) {
  v2_->KillFirstWorker();
  EXPECT_EQ(Route(&kUser), "v1 stable");
  EXPECT_EQ(Route(&kNobody), "v1 stable");
  EXPECT_EQ(Route(&kUser, "v2"), "v2 forced") << "who names it may wait for it";
  v3_->KillFirstWorker();
  EXPECT_EQ(Route(&kStaff), "v1 stable") << "an internal user is a user like others then";
  split_.parts[0].servable = nullptr;
  EXPECT_EQ(Route(&kUser), "v1 stable");
}

// ---- Forcing ----

TEST_F(ChooseTest, ALabelForcesItsVersion) {
  ModelEntry entry = *Table()->Find("m");
  entry.labels = {{"canary", "v2"}};
  const auto choice = Choose(entry, {"m", "canary", "", &kStaff});
  ASSERT_TRUE(choice.ok()) << choice.status();
  EXPECT_EQ(choice->servable->version(), "v2");
  EXPECT_EQ(choice->reason, RouteReason::kForced);
}

TEST_F(ChooseTest, AnUnknownVersionIsNotFoundAndListsWhatIsThere) {
  EXPECT_EQ(Ask({"m", "v9", "", nullptr}).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(Route(nullptr, "v9"), "model 'm' has no version or label 'v9'; loaded: v1, v2, v3");
}

TEST_F(ChooseTest, ForcingCanBeLeftToInternalUsers) {
  rules_.forcing = RoutingRules::Forcing::kInternalUsers;
  EXPECT_EQ(Route(&kStaff, "v2"), "v2 forced");
  EXPECT_EQ(Ask({"m", "v2", "", &kUser}).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Ask({"m", "v2", "", nullptr}).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(Route(&kUser, "v9"), "model 'm': only internal users may name a version")
      << "others do not learn which versions there are";
  EXPECT_EQ(Route(&kUser), "v2 sticky");
}

TEST_F(ChooseTest, ForcingCanNeedAToken) {
  rules_.forcing = RoutingRules::Forcing::kTokenHolders;
  rules_.tokens = {"first-secret", "second-secret"};
  for (const char* token : {"first-secret", "second-secret"}) {
    const FakeCaller holder(Headers{{"x-huidu-token", token}});
    EXPECT_EQ(Route(&holder, "v2"), "v2 forced");
  }
  for (const char* token : {"", "first", "first-secret2", "FIRST-SECRET", "third-secret"}) {
    const FakeCaller other(Headers{{"x-huidu-token", token}, {"x-team", "research"}});
    EXPECT_EQ(Ask({"m", "v2", "", &other}).status().code(), absl::StatusCode::kPermissionDenied) << token;
  }
  EXPECT_EQ(Ask({"m", "v2", "", nullptr}).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(ChooseTest, AnEmptyTokenIsNobodysToken) {
  rules_.forcing = RoutingRules::Forcing::kTokenHolders;
  rules_.tokens = {""};
  EXPECT_EQ(Ask({"m", "v2", "", &kNobody}).status().code(), absl::StatusCode::kPermissionDenied);
}

// ---- Internal users ----

TEST_F(ChooseTest, AnInternalHeaderNeedsItsExactValue) {
  for (const char* team : {"", "sales", "Research", "research "}) {
    const FakeCaller caller(Headers{{"x-team", team}});
    EXPECT_EQ(Route(&caller), "v2 weight") << team;
  }
  rules_.internal_headers = {{"x-team", ""}};
  EXPECT_EQ(Route(&kNobody), "v2 weight") << "a missing header is not an empty one";
}

TEST_F(ChooseTest, InternalUsersCanBeListed) {
  rules_.internal_users = {"alice", "bob"};
  EXPECT_EQ(Route(&kUser), "v3 internal");
  EXPECT_EQ(Route(nullptr, "", "bob"), "v3 internal");
  EXPECT_EQ(Route(nullptr, "", "bobby"), "v2 sticky");
  EXPECT_EQ(Route(&kNobody), "v2 weight");
}

TEST_F(ChooseTest, ANetworkMakesInternalUsersInEveryFormOfPeerText) {
  rules_.internal_networks = {{make_address("10.0.0.0"), 8}, {make_address("2001:db8::"), 32}};
  for (const char* peer :
       {"10.1.2.3:5000", "10.1.2.3", "ipv4:10.1.2.3:5000", "[2001:db8::7]:5000", "ipv6:[2001:db8::7]:5000",
        "ipv6:%5B2001:db8::7%5D:5000", "[::ffff:10.1.2.3]:5000", "ipv6:%5B::ffff:10.1.2.3%5D:5000"}) {
    EXPECT_EQ(RouteFrom(peer), "v3 internal") << peer;
  }
  for (const char* peer : {"11.1.2.3:5000", "ipv4:11.1.2.3:5000", "[2001:db9::7]:5000", "[::ffff:11.1.2.3]:5000",
                           "unix:/run/10.1.2.3:5000", "", ":", "[]:1", "ipv4:", "ipv6:%5B%5D:1", "10.1.2.3.4:1"}) {
    EXPECT_EQ(RouteFrom(peer), "v2 weight") << peer;
  }
}

TEST_F(ChooseTest, AForwardedAddressIsBelievedOnlyFromATrustedProxy) {
  rules_.internal_networks = {{make_address("10.0.0.0"), 8}};
  EXPECT_EQ(RouteFrom("203.0.113.9:1", "10.1.2.3"), "v2 weight") << "anybody can write this header";
  rules_.trusted_proxies = {{make_address("192.168.0.0"), 16}};
  EXPECT_EQ(RouteFrom("192.168.0.1:1", "10.1.2.3"), "v3 internal");
  EXPECT_EQ(RouteFrom("[::ffff:192.168.0.1]:1", " 10.1.2.3 "), "v3 internal");
  EXPECT_EQ(RouteFrom("192.168.0.1:1", "203.0.113.9"), "v2 weight");
  EXPECT_EQ(RouteFrom("203.0.113.9:1", "10.1.2.3"), "v2 weight");
}

TEST_F(ChooseTest, OfSeveralForwardedAddressesTheLastThatIsNoProxyIsTheClient) {
  rules_.internal_networks = {{make_address("10.0.0.0"), 8}};
  rules_.trusted_proxies = {{make_address("192.168.0.0"), 16}};
  const char* const proxy = "192.168.0.1:1";
  EXPECT_EQ(RouteFrom(proxy, "10.1.2.3, 203.0.113.9"), "v2 weight") << "the client put the first one there";
  EXPECT_EQ(RouteFrom(proxy, "203.0.113.9, 10.1.2.3"), "v3 internal");
  EXPECT_EQ(RouteFrom(proxy, "10.1.2.3, 192.168.0.2"), "v3 internal") << "two proxies";
  EXPECT_EQ(RouteFrom(proxy, "10.1.2.3, 203.0.113.9, 192.168.0.2,192.168.0.3"), "v2 weight");
  EXPECT_EQ(RouteFrom(proxy, ""), "v2 weight");
}

TEST_F(ChooseTest, AForwardedAddressThatIsNoneMakesNobodyInternal) {
  rules_.internal_networks = {{make_address("0.0.0.0"), 0}};
  rules_.trusted_proxies = {{make_address("192.168.0.0"), 16}};
  for (const std::string text : {"unknown", ",", "10.1.2.3, ", "10.1.2.3:80", "1.2.3.4.5", "%00", "_hidden"}) {
    EXPECT_EQ(RouteFrom("192.168.0.1:1", text), "v2 weight") << text;
  }
  EXPECT_EQ(RouteFrom("192.168.0.1:1", std::string(100'000, '1')), "v2 weight");
  EXPECT_EQ(RouteFrom("192.168.0.1:1", "10.1.2.3" + std::string(1000, ' ') + "x"), "v2 weight");
}

// ---- The user ----

TEST_F(ChooseTest, TheUserIsTheRequestsElseTheHeadersElseTheCookies) {
  rules_.user_header = "x-customer";
  rules_.user_cookie = "uid";
  const FakeCaller both(Headers{{"x-customer", "header"}, {"cookie", "uid=cookie"}});
  const FakeCaller cookie(Headers{{"cookie", "a=b; uid=cookie; c=d"}, {"x-user-id", "another header"}});
  EXPECT_EQ(UserOf(rules_, {"m", "", "parameter", &both}), "parameter");
  EXPECT_EQ(UserOf(rules_, {"m", "", "", &both}), "header");
  EXPECT_EQ(UserOf(rules_, {"m", "", "", &cookie}), "cookie");
  EXPECT_EQ(UserOf(rules_, {"m", "", "", &kUser}), "");
  EXPECT_EQ(UserOf(rules_, {"m", "", "parameter", nullptr}), "parameter");
  EXPECT_EQ(UserOf(rules_, {"m", "", "", nullptr}), "");
}

TEST_F(ChooseTest, ACookieIsFoundByItsWholeName) {
  rules_.user_cookie = "uid";
  const std::pair<const char*, const char*> cases[] = {
      {"uid=a", "a"},         {"xuid=a", ""}, {"uidx=a", ""},  {"uid", ""},          {"uid=", ""},
      {";;uid=a;uid=b", "a"}, {"UID=a", ""},  {"x=uid=a", ""}, {" uid=a=b ", "a=b"}, {"a=1;\tuid=c ; b", "c"}};
  for (const auto& [header, user] : cases) {
    const FakeCaller caller(Headers{{"cookie", header}});
    EXPECT_EQ(UserOf(rules_, {"m", "", "", &caller}), user) << header;
  }
}

TEST_F(ChooseTest, AnEndlessUserIdIsCut) {
  const std::string id(1 << 20, 'u');
  EXPECT_EQ(UserOf(rules_, {"m", "", id, nullptr}).size(), 1024u);
  EXPECT_EQ(Route(nullptr, "", id), "v2 sticky");
}

}  // namespace
}  // namespace huidu::front
