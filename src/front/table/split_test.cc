#include "front/table/split.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/strings.h"

namespace huidu::front {
namespace {

using Shares = std::vector<uint32_t>;

// The slots of one part, counted from 1; 0 is stable.
std::set<uint32_t> SlotsOf(const SlotMap& slots, uint8_t part) {
  std::set<uint32_t> found;
  for (uint32_t slot = 0; slot < kSlots; ++slot) {
    if (slots[slot] == part) found.insert(slot);
  }
  return found;
}

bool Includes(const std::set<uint32_t>& all, const std::set<uint32_t>& some) {
  return std::includes(all.begin(), all.end(), some.begin(), some.end());
}

// How many of so many users each part has.
std::vector<uint32_t> CountUsers(const SlotMap& slots, uint64_t seed, int users) {
  std::vector<uint32_t> counts(256);
  for (int user = 0; user < users; ++user) ++counts[slots[SlotOf(seed, StrCat("user-", user))]];
  return counts;
}

TEST(AssignSlotsTest, GivesEveryPartExactlyItsShare) {
  for (const Shares& shares : {Shares{}, Shares{0}, Shares{1}, Shares{500}, Shares{kSlots}, Shares{100, 2000, 7900},
                               Shares{5000, 5000}, Shares(10, 1000), Shares(255, 39), Shares{0, 3, 0, 9997}}) {
    const SlotMap slots = AssignSlots(shares);
    for (size_t part = 0; part < shares.size(); ++part) {
      EXPECT_EQ(SlotsOf(slots, static_cast<uint8_t>(part + 1)).size(), shares[part]) << "part " << part + 1;
    }
  }
}

TEST(AssignSlotsTest, TheFirstPartTakesItsSlotsInRisingOrder) {
  const std::set<uint32_t> slots = SlotsOf(AssignSlots({300, 700}), 1);
  EXPECT_EQ(slots.size(), 300u);
  EXPECT_EQ(*slots.rbegin(), 299u);
}

TEST(AssignSlotsTest, RaisingAShareOnlyAddsSlotsAndLoweringItOnlyTakesSomeAway) {
  for (size_t raised = 0; raised < 4; ++raised) {
    Shares shares = {400, 300, 200, 100};
    const uint8_t part = static_cast<uint8_t>(raised + 1);
    std::set<uint32_t> before;
    for (const uint32_t share : {0u, 1u, 100u, 500u, 501u, 2000u, 5000u, 9000u}) {
      shares[raised] = share;
      const std::set<uint32_t> now = SlotsOf(AssignSlots(shares), part);
      EXPECT_EQ(now.size(), share);
      EXPECT_TRUE(Includes(now, before)) << "part " << raised + 1 << " raised to " << share;
      before = now;
    }
  }
}

TEST(AssignSlotsTest, APartsChangeDoesNotMoveTheUsersOfThePartsBeforeIt) {
  const SlotMap before = AssignSlots({500, 500, 500});
  const SlotMap after = AssignSlots({500, 500, 4000});
  EXPECT_EQ(SlotsOf(before, 1), SlotsOf(after, 1));
  EXPECT_EQ(SlotsOf(before, 2), SlotsOf(after, 2));
}

TEST(AssignSlotsTest, MoreThanThereIsGivesTheLaterPartsTheRest) {
  const SlotMap slots = AssignSlots({9000, 9000});
  EXPECT_EQ(SlotsOf(slots, 1).size(), 9000u);
  EXPECT_EQ(SlotsOf(slots, 2).size(), 1000u);
}

// A user keeps the version over restarts, releases and machines: these never change.
TEST(SlotOfTest, GivesTheSameSlotInEveryProcess) {
  const uint64_t seed = SplitSeed("ocr_service", "1f3a");
  EXPECT_EQ(seed, 5904894889895165078u);
  EXPECT_EQ(SlotOf(seed, "alice"), 1730u);
  EXPECT_EQ(SlotOf(seed, "bob"), 6170u);
  EXPECT_EQ(SlotOf(seed, "用户-42"), 4229u);
  EXPECT_EQ(SlotOf(seed, ""), 992u);
}

TEST(SlotOfTest, ModelAndSaltMixTheUsersAnew) {
  const std::set<uint64_t> seeds = {SplitSeed("ocr", "a"), SplitSeed("ocr", "b"), SplitSeed("lac", "a"),
                                    SplitSeed("", "a"),    SplitSeed("ocr", ""),  SplitSeed("ocra", "")};
  EXPECT_EQ(seeds.size(), 6u);
  // Of the users below 10 % of one rollout about 10 % are there in another one.
  int both = 0;
  for (int user = 0; user < 100'000; ++user) {
    const std::string id = StrCat("user-", user);
    if (SlotOf(*seeds.begin(), id) < 1000 && SlotOf(*seeds.rbegin(), id) < 1000) ++both;
  }
  EXPECT_NEAR(both, 1000, 150);
}

// The same ids in every run: forms that user ids have in practice, most of them alike but for a few characters.
std::vector<std::string> Ids(std::string_view form) {
  std::vector<std::string> ids;
  std::mt19937_64 random(7);
  for (int user = 0; user < 10'000; ++user) {
    if (form == "named") {
      ids.push_back(StrCat("user-", user));
    } else if (form == "consecutive") {
      ids.push_back(StrCat(1'000'000 + user));
    } else if (form == "phone") {
      ids.push_back(StrCat("1380013", absl::Dec(user, absl::kZeroPad4)));
    } else {  // UUIDs, version 4
      const uint64_t high = (random() & ~0xF000ull) | 0x4000, low = (random() >> 2) | (2ull << 62);
      ids.push_back(absl::StrFormat("%08x-%04x-%04x-%04x-%012x", high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF,
                                    low >> 48, low & 0xFFFF'FFFF'FFFF));
    }
  }
  return ids;
}

// As rollouts make their salts, but from a seed.
std::string Salt(std::mt19937& random) { return absl::StrFormat("%08x%08x", random(), random()); }

// How far the users that fall to a share are from it, of 10,000, rollout by rollout.
std::vector<double> Deviations(const std::vector<std::string>& ids, uint32_t share, int rollouts) {
  const SlotMap slots = AssignSlots({share});
  std::mt19937 random(11);
  std::vector<double> deviations;
  for (int rollout = 0; rollout < rollouts; ++rollout) {
    const uint64_t seed = SplitSeed("ocr_service", Salt(random));
    double got = 0;
    for (const std::string& id : ids) got += slots[SlotOf(seed, id)] == 1 ? 1 : 0;
    deviations.push_back(std::abs(got - share));
  }
  return deviations;
}

double ShareWithin(const std::vector<double>& deviations, double limit) {
  const auto within = std::count_if(deviations.begin(), deviations.end(), [&](double d) { return d <= limit; });
  return static_cast<double>(within) / static_cast<double>(deviations.size());
}

// What docs/rollouts.md says of shares over 10,000 users. A keyed hash is a lottery: it cannot hold 50 % of them within
// half a point each time, whatever the ids look like, and these are its odds.
TEST(SlotOfTest, OverTenThousandUsersASharesScatterIsThatOfALotteryWhateverTheIdsLookLike) {
  constexpr int kRollouts = 400;
  struct Expected {
    uint32_t share;              // slots, and users of 10,000
    double sigma;                // users
    double within_half_a_point;  // of the rollouts
  };
  for (const std::string_view form : {"named", "consecutive", "phone", "uuid"}) {
    const std::vector<std::string> ids = Ids(form);
    ASSERT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), 10'000u);
    for (const auto& [share, sigma, within] : {Expected{100, 9.95, 1.0}, Expected{500, 21.8, 0.98},
                                               Expected{2000, 40.0, 0.79}, Expected{5000, 50.0, 0.69}}) {
      SCOPED_TRACE(StrCat(form, ", a share of ", share / 100, " %"));
      const std::vector<double> found = Deviations(ids, share, kRollouts);
      const double mean = std::accumulate(found.begin(), found.end(), 0.0) / kRollouts;
      // Of a normal distribution: sigma * sqrt(2 / pi), whose own scatter over the rollouts is 0.6 sigma / 20.
      EXPECT_NEAR(mean / sigma, 0.80, 4 * 0.6 / std::sqrt(kRollouts));
      // One rollout in 370 is beyond three sigma; none of so few is beyond five.
      EXPECT_GE(ShareWithin(found, 3 * sigma), 1 - 7.0 / kRollouts);
      EXPECT_LE(*std::max_element(found.begin(), found.end()), 5 * sigma);
      EXPECT_NEAR(ShareWithin(found, 50), within, 4 * std::sqrt(within * (1 - within) / kRollouts) + 1e-9);
    }
  }
}

// Users fall into slots as if by lot: what is over the share comes from that and from nothing else.
TEST(SlotOfTest, OverManyRolloutsTheSharesScatterAsChanceDoesAndNotMore) {
  constexpr int kRollouts = 100;
  constexpr double kUsers = 10'000;
  for (const uint32_t share : {100u, 500u, 2000u, 5000u, 9000u}) {
    const SlotMap slots = AssignSlots({share});
    const double p = share / 10'000.0;
    const double deviation = std::sqrt(kUsers * p * (1 - p));
    double sum = 0;
    for (int rollout = 0; rollout < kRollouts; ++rollout) {
      const double got = CountUsers(slots, SplitSeed("m", StrCat("salt", rollout)), static_cast<int>(kUsers))[1];
      EXPECT_NEAR(got, kUsers * p, 4.5 * deviation);
      sum += got;
    }
    EXPECT_NEAR(sum / kRollouts, kUsers * p, 4.5 * deviation / std::sqrt(kRollouts));
  }
}

TEST(SlotOfTest, TenVersionsAndAMillionUsersHoldTheirShares) {
  const Shares shares = {100, 200, 300, 400, 500, 600, 700, 1000, 1200};  // stable: 5,000
  const SlotMap slots = AssignSlots(shares);
  const std::vector<uint32_t> counts = CountUsers(slots, SplitSeed("m", "a/b/n"), 1'000'000);
  EXPECT_NEAR(counts[0], 500'000, 5'000);
  for (size_t part = 0; part < shares.size(); ++part) {
    EXPECT_NEAR(counts[part + 1], shares[part] * 100.0, 1'000) << "part " << part + 1;
  }
}

// How far the number of requests in any window of this length is from the share, at most, over a long run.
double WorstWindow(uint32_t low, uint32_t high, size_t window) {
  WeightSequence sequence;
  std::vector<uint32_t> until = {0};  // requests of the part among the first n
  for (int i = 0; i < 100'000; ++i) {
    const uint32_t point = sequence.Next();
    until.push_back(until.back() + (low <= point && point < high ? 1 : 0));
  }
  const double wanted = static_cast<double>(window) * (high - low) / kSlots;
  double worst = 0;
  for (size_t end = window; end < until.size(); ++end) {
    worst = std::max(worst, std::abs(until[end] - until[end - window] - wanted));
  }
  return worst;
}

TEST(WeightSequenceTest, EveryShortWindowHoldsTheShares) {
  for (const auto& [low, high] :
       {std::pair(0u, 100u), {0u, 500u}, {0u, 2000u}, {0u, 5000u}, {500u, 2500u}, {3333u, 9999u}}) {
    EXPECT_LE(WorstWindow(low, high, 200), 2.0) << low << " to " << high;     // 1 % of 200
    EXPECT_LE(WorstWindow(low, high, 10'000), 3.0) << low << " to " << high;  // 0.03 % of 10,000
  }
}

TEST(WeightSequenceTest, StaysWithinTheSlots) {
  WeightSequence sequence;
  for (int i = 0; i < 1'000'000; ++i) ASSERT_LT(sequence.Next(), kSlots);
}

}  // namespace
}  // namespace huidu::front
