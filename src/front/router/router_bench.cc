// What the router costs a request: from what the head of a request says to a place in a version's queue and back, and
// with its way over the channel to a worker that answers at once.

#include <benchmark/benchmark.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <map>

#include "absl/strings/escaping.h"
#include "base/strings.h"
#include "front/router/router.h"
#include "front/router/token_verifier.h"
#include "front/testing/instant_worker.h"

namespace huidu::front {
namespace {

using boost::asio::ip::make_address;

class BenchCaller : public Caller {
 public:
  BenchCaller(std::string_view team, std::string_view user, std::string_view peer)
      : team_(team), user_(user), peer_(peer) {}
  std::string_view Header(std::string_view name) const override {
    if (name == "x-team") return team_;
    return name == "x-user-id" ? user_ : std::string_view();
  }
  std::string_view Peer() const override { return peer_; }

 private:
  const std::string_view team_, user_, peer_;
};

const BenchCaller kNobody("", "", "203.0.113.9:51234");
const BenchCaller kUser("", "user-4711", "203.0.113.9:51234");
const BenchCaller kStaff("research", "user-4711", "203.0.113.9:51234");
const BenchCaller kOffice("", "user-4711", "10.1.2.3:51234");

template <typename T>
T OrDie(absl::StatusOr<T> value) {
  if (!value.ok()) std::abort();
  return *std::move(value);
}

// A model with this many versions; the first is live. Each has an open channel to a worker.
class Versions {
 public:
  explicit Versions(int count) {
    for (int i = 1; i <= count; ++i) AddVersion(StrCat("v", i));
  }

  // Stable alone.
  void Publish() { Publish(nullptr, nullptr); }
  // Every other version gets so many slots.
  void Publish(uint32_t share, RoutingRules rules, std::chrono::nanoseconds patience = {}) {
    auto split = std::make_shared<Split>();
    for (size_t i = 1; i < versions_.size(); ++i) split->parts.push_back({versions_[i], share});
    split->slots = AssignSlots(std::vector<uint32_t>(versions_.size() - 1, share));
    split->seed = SplitSeed("ocr_service", "bench");
    split->sequence = std::make_shared<WeightSequence>();
    split->internal = versions_[1];
    split->fallback = versions_[0];
    split->patience = patience;
    Publish(std::move(split), std::make_shared<RoutingRules>(std::move(rules)));
  }

  // `users`: who ask in turn; empty: what `request` says.
  void Measure(benchmark::State& state, RouteRequest request, RouteReason expected,
               const std::vector<std::string>& users = {}) {
    const Router router(tables_);
    size_t turn = 0;
    const auto admit = [&] {
      if (!users.empty()) request.user = users[turn++ % users.size()];
      return router.Admit(request);
    };
    for (auto _ : state) {
      absl::StatusOr<Ticket> ticket = admit();
      benchmark::DoNotOptimize(ticket);
    }
    bool seen = false;  // of a share the others are stable's
    for (int i = 0; i < 1000; ++i) {
      const absl::StatusOr<Ticket> ticket = admit();
      seen = seen || (ticket.ok() && ticket->reason() == expected);
    }
    if (!seen) state.SkipWithError("the requests went another way");
  }

  // Requests one after the other to a worker that answers each at once, all on this thread: no time is spent waiting.
  void MeasureRuns(benchmark::State& state) {
    const Router router(tables_);
    const auto payload = std::make_shared<const Payload>();
    for (auto _ : state) {
      absl::StatusOr<Ticket> ticket = router.Admit({.model = "ocr_service", .user = "user-4711", .caller = &kNobody});
      if (!ticket.ok()) return state.SkipWithError("no place");
      bool done = false;
      router.Run(*std::move(ticket), payload, Now() + std::chrono::seconds(30), [&](Result result) {
        done = true;
        if (!result.answer.status.ok()) state.SkipWithError("the request failed");
      });
      while (!done) {
        io_.poll();
        for (const auto& worker : workers_) worker->Answer();
        io_.poll();
      }
    }
  }

  // Sends each user once and counts in points by how much the version that is farthest from its share misses it. What
  // is left is the hash's scatter: the slots themselves hold the shares exactly.
  void MeasureShares(benchmark::State& state, const std::vector<std::string>& users) {
    std::map<const Servable*, size_t> got;
    for (auto _ : state) {
      got.clear();
      for (const std::string& user : users) {
        const std::shared_ptr<const ServingTable> table = tables_.Get();
        const auto choice =
            Choose(*table->Find("ocr_service"), {.model = "ocr_service", .user = user, .caller = &kNobody});
        if (!choice.ok()) return state.SkipWithError("a user has no version");
        ++got[choice->servable.get()];
      }
    }
    const double share = 1.0 / static_cast<double>(versions_.size());
    double worst = 0;
    for (const auto& version : versions_) {
      const double of_all = static_cast<double>(got[version.get()]) / static_cast<double>(users.size());
      worst = std::max(worst, std::abs(of_all - share) * 100);
    }
    state.counters["worst_deviation_points"] = worst;
    state.SetItemsProcessed(state.iterations() * static_cast<int64_t>(users.size()));
  }

 private:
  void AddVersion(const std::string& id) {
    const auto arena = OrDie(ipc::Arena::Create("bench", 1 << 16, /*read_only_for_others=*/true));
    versions_.push_back(std::make_shared<Servable>("ocr_service", id, engine::Signature{}, arena));
    workers_.push_back(std::make_unique<testing::InstantWorker>(io_));
    versions_.back()->AddWorker(workers_.back()->channel());
  }

  void Publish(std::shared_ptr<const Split> split, std::shared_ptr<const RoutingRules> rules) {
    auto entry = std::make_shared<ModelEntry>();
    entry->name = "ocr_service";
    entry->live = versions_[0];
    for (const auto& version : versions_) entry->versions[version->version()] = version;
    entry->split = std::move(split);
    entry->rules = std::move(rules);
    auto table = std::make_shared<ServingTable>();
    table->models[entry->name] = std::move(entry);
    tables_.Publish(std::move(table));
  }

  boost::asio::io_context io_;
  std::vector<std::unique_ptr<testing::InstantWorker>> workers_;
  std::vector<std::shared_ptr<Servable>> versions_;
  TableHolder tables_;
};

RoutingRules Rules() {
  RoutingRules rules;
  rules.internal_headers = {{"x-team", "research"}};
  return rules;
}

std::vector<std::string> Users(int count = 1024) {
  std::vector<std::string> users;
  for (int i = 0; i < count; ++i) users.push_back(StrCat("user-", i));
  return users;
}

// As it is where nothing is tried out.
void NoRollout(benchmark::State& state) {
  Versions versions(1);
  versions.Publish();
  versions.Measure(state, {.model = "ocr_service", .caller = &kUser}, RouteReason::kStable);
}
BENCHMARK(NoRollout);

void Forced(benchmark::State& state) {
  Versions versions(2);
  versions.Publish(500, Rules());
  versions.Measure(state, {.model = "ocr_service", .version = "v2", .caller = &kUser}, RouteReason::kForced);
}
BENCHMARK(Forced);

void InternalByHeader(benchmark::State& state) {
  Versions versions(2);
  versions.Publish(500, Rules());
  versions.Measure(state, {.model = "ocr_service", .caller = &kStaff}, RouteReason::kInternal);
}
BENCHMARK(InternalByHeader);

void InternalByNetwork(benchmark::State& state) {
  Versions versions(2);
  RoutingRules rules = Rules();
  rules.internal_networks = {{make_address("192.168.0.0"), 16}, {make_address("10.0.0.0"), 8}};
  versions.Publish(500, std::move(rules));
  versions.Measure(state, {.model = "ocr_service", .caller = &kOffice}, RouteReason::kInternal);
}
BENCHMARK(InternalByNetwork);

void Sticky(benchmark::State& state) {
  Versions versions(static_cast<int>(state.range(0)));
  versions.Publish(static_cast<uint32_t>(state.range(1)), Rules());
  versions.Measure(state, {.model = "ocr_service", .caller = &kNobody}, RouteReason::kSticky, Users());
}
BENCHMARK(Sticky)->ArgNames({"versions", "slots"})->Args({2, 500})->Args({10, 1000});

void Weight(benchmark::State& state) {
  Versions versions(static_cast<int>(state.range(0)));
  versions.Publish(static_cast<uint32_t>(state.range(1)), Rules());
  versions.Measure(state, {.model = "ocr_service", .caller = &kNobody}, RouteReason::kWeight);
}
BENCHMARK(Weight)->ArgNames({"versions", "slots"})->Args({2, 500})->Args({10, 1000});

// The same token again and again: an HS256 one of 256 bytes.
void InternalByToken(benchmark::State& state) {
  const std::string key(32, 'k');
  const auto encode = [](std::string_view text) { return absl::WebSafeBase64Escape(ToAbsl(text)); };
  const std::string content = StrCat(encode(R"({"alg":"HS256","typ":"JWT"})"), ".",
                                     encode(R"({"iss":"https://sso.example.com","sub":"4711","aud":"huidu",)"
                                            R"("groups":["web","ocr"],"exp":4000000000,"iat":1790000000})"));
  std::array<unsigned char, 32> signature;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), reinterpret_cast<const unsigned char*>(content.data()),
       content.size(), signature.data(), nullptr);
  const std::string token =
      StrCat(content, ".", encode(std::string_view(reinterpret_cast<const char*>(signature.data()), signature.size())));
  const auto verifier = OrDie(TokenVerifier::Make({.hs256_key = key, .claims = {{"groups", {"ocr"}}}}));
  for (auto _ : state) {
    if (!verifier->IsInternal(token, std::chrono::system_clock::now())) return state.SkipWithError("not internal");
  }
}
BENCHMARK(InternalByToken)->ThreadRange(1, 2);

void RunOnStable(benchmark::State& state) {
  Versions versions(1);
  versions.Publish();
  versions.MeasureRuns(state);
}
BENCHMARK(RunOnStable);

// Every user gets v2; with patience a request could be hedged, and is not.
void RunOnTrial(benchmark::State& state) {
  Versions versions(2);
  versions.Publish(kSlots, Rules(), std::chrono::hours(state.range(0)));
  versions.MeasureRuns(state);
}
BENCHMARK(RunOnTrial)->ArgName("patience")->Arg(0)->Arg(1);

void Shares(benchmark::State& state) {
  const auto versions_count = static_cast<int>(state.range(0));
  Versions versions(versions_count);
  versions.Publish(kSlots / static_cast<uint32_t>(versions_count), Rules());
  versions.MeasureShares(state, Users(static_cast<int>(state.range(1))));
}
BENCHMARK(Shares)->ArgNames({"versions", "users"})->Args({10, 1'000'000})->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace huidu::front

BENCHMARK_MAIN();
