#include "notify/notifier.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <set>

#include "notify/signature.h"
#include "notify/test_server.h"

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// Retries at once: how long the pauses are is the business of outbox_test.cc.
const RetryPolicy kAtOnce{.attempts = 4, .first_delay = milliseconds(1), .max_delay = milliseconds(1)};

Notifier::Options OptionsFor(std::initializer_list<std::string> urls, const std::string& secret = "") {
  Notifier::Options options;
  for (const std::string& url : urls) options.webhooks.push_back({url, secret});
  options.retry = kAtOnce;
  return options;
}

// Waits until so many deliveries are over, one way or the other.
Notifier::Stats WaitFor(const Notifier& notifier, uint64_t count) {
  while (true) {
    const Notifier::Stats stats = notifier.stats();
    if (stats.delivered + stats.failed + stats.dropped >= count) return stats;
    usleep(1000);
  }
}

TEST(NotifierTest, TellsEveryWebhookWithASignatureThatTheReceiverCanCheck) {
  TestServer one(200), two(204);
  Notifier notifier(OptionsFor({one.Url("/hook/token"), two.Url()}, "s3cret"));
  notifier.Post({"rollback", R"({"model":"ocr"})"});
  for (TestServer* server : {&one, &two}) {
    const TestRequest request = server->WaitFor(1)[0];
    EXPECT_EQ(request.body, R"({"model":"ocr"})");
    EXPECT_EQ(request.Header("X-Huidu-Event"), "rollback");
    const int64_t timestamp = std::stoll(request.Header("X-Huidu-Timestamp"));
    EXPECT_EQ(request.Header("X-Huidu-Signature"), Sign("s3cret", timestamp, request.body));
  }
  EXPECT_EQ(WaitFor(notifier, 2).delivered, 2u);
}

TEST(NotifierTest, WithoutASecretThereIsNoSignature) {
  TestServer server(200);
  Notifier notifier(OptionsFor({server.Url()}));
  notifier.Post({"rollback", "{}"});
  EXPECT_EQ(server.WaitFor(1)[0].Header("X-Huidu-Signature"), "");
}

TEST(NotifierTest, TriesAgainAfterAServersErrorWithTheSameDeliveryId) {
  TestServer server([](const TestConnection& connection, int number) { connection.Answer(number < 3 ? 500 : 200); });
  Notifier notifier(OptionsFor({server.Url()}));
  notifier.Post({"rollback", "{}"});
  const Notifier::Stats stats = WaitFor(notifier, 1);
  EXPECT_EQ(stats.delivered, 1u);
  EXPECT_EQ(stats.retries, 2u);
  std::set<std::string> ids;
  for (const TestRequest& request : server.WaitFor(3)) ids.insert(request.Header("X-Huidu-Delivery"));
  EXPECT_EQ(ids.size(), 1u);
}

TEST(NotifierTest, DoesNotTryAgainWhatWillNotChange) {
  for (const int status : {301, 400, 404, 410}) {
    TestServer server(status);
    Notifier notifier(OptionsFor({server.Url()}));
    notifier.Post({"rollback", "{}"});
    EXPECT_EQ(WaitFor(notifier, 1).failed, 1u) << status;
    EXPECT_EQ(server.requests(), 1u) << status;
  }
}

TEST(NotifierTest, GivesUpAfterItsAttemptsAndTheLogHasNoSecret) {
  TestServer busy(429);
  ::testing::internal::CaptureStderr();
  {
    Notifier notifier(OptionsFor({busy.Url("/hook/t0ken"), RefusingUrl() + "/t0ken"}, "s3cret"));
    notifier.Post({"rollback", "{}"});
    const Notifier::Stats stats = WaitFor(notifier, 2);
    EXPECT_EQ(stats.failed, 2u);
    EXPECT_EQ(stats.retries, 6u);
  }
  EXPECT_EQ(busy.requests(), 4u);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr(R"("reason":"status 429")"));
  EXPECT_THAT(said, HasSubstr(R"("reason":"no answer: Couldn't connect to server")"));
  EXPECT_THAT(said, Not(HasSubstr("t0ken")));
  EXPECT_THAT(said, Not(HasSubstr("s3cret")));
}

TEST(NotifierTest, AWebhookThatHangsHoldsUpNoOther) {
  TestServer hangs([](const TestConnection& connection, int) { connection.Hang(); });
  TestServer works(200);
  Notifier::Options options = OptionsFor({hangs.Url(), works.Url()});
  options.timeout = std::chrono::minutes(10);
  Notifier notifier(std::move(options));
  for (int i = 0; i < 5; ++i) notifier.Post({"rollback", "{}"});
  EXPECT_EQ(WaitFor(notifier, 5).delivered, 5u);
}

TEST(NotifierTest, AFloodIsBoundedAndDropsTheOldest) {
  TestServer hangs([](const TestConnection& connection, int) { connection.Hang(); });
  Notifier::Options options = OptionsFor({hangs.Url()});
  options.timeout = std::chrono::minutes(10);
  options.max_in_flight = 1;
  options.capacity = 10;
  ::testing::internal::CaptureStderr();
  uint64_t dropped = 0;
  {
    Notifier notifier(std::move(options));
    notifier.Post({"first", "{}"});
    hangs.WaitFor(1);
    for (int i = 0; i < 1000; ++i) notifier.Post({"flood", "{}"});
    dropped = notifier.stats().dropped;
  }
  EXPECT_EQ(dropped, 990u);
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("the oldest are dropped"));
  EXPECT_LE(std::count(said.begin(), said.end(), '\n'), 11) << "a line for each power of two";
}

TEST(NotifierTest, RunsTheAlertCommandToo) {
  Notifier::Options options;
  options.command.arguments = {"/bin/sh", "-c", "read x; test \"$x\" = '{\"a\":1}'"};
  Notifier notifier(std::move(options));
  notifier.Post({"rollback", "{\"a\":1}\n"});
  while (notifier.command()->done() + notifier.command()->failed() == 0) usleep(1000);
  EXPECT_EQ(notifier.command()->done(), 1u);
}

// Asks a gate and collects the verdicts until the last.
class GateTest : public ::testing::Test {
 protected:
  std::vector<GateVerdict> Ask(const std::string& url, milliseconds timeout = milliseconds(30'000)) {
    GateQuestion question{.url = url, .secret = "s3cret", .json = "{}", .timeout = timeout, .retry = kAtOnce};
    std::vector<GateVerdict> verdicts;
    std::promise<void> over;
    const absl::Status status = notifier_.Gate(std::move(question), [&](GateVerdict verdict, std::string why) {
      verdicts.push_back(verdict);
      why_ = std::move(why);
      if (verdict != GateVerdict::kPending) over.set_value();
    });
    EXPECT_TRUE(status.ok()) << status;
    if (status.ok()) over.get_future().wait();
    return verdicts;
  }

  std::string why_;
  Notifier notifier_{Notifier::Options{.max_gates = 1}};
};

TEST_F(GateTest, PassesWithAny2xx) {
  TestServer server(202);
  EXPECT_THAT(Ask(server.Url()), ElementsAre(GateVerdict::kPassed));
  const TestRequest request = server.WaitFor(1)[0];
  EXPECT_EQ(request.Header("X-Huidu-Signature"), Sign("s3cret", std::stoll(request.Header("X-Huidu-Timestamp")), "{}"));
}

TEST_F(GateTest, FailsWithEveryOtherAnswerAtOnce) {
  for (const int status : {300, 404, 500, 503}) {
    TestServer server(status);
    EXPECT_THAT(Ask(server.Url("/t0ken")), ElementsAre(GateVerdict::kFailed)) << status;
    EXPECT_THAT(why_, HasSubstr(std::to_string(status)));
    EXPECT_THAT(why_, Not(HasSubstr("t0ken")));
    EXPECT_EQ(server.requests(), 1u);
  }
}

TEST_F(GateTest, SaysWhatTheOtherSideSaysInOneLine) {
  TestServer server([](const TestConnection& connection, int) {
    connection.Answer(403, "error rate\r\n too high" + std::string(5000, '!'));
  });
  EXPECT_THAT(Ask(server.Url()), ElementsAre(GateVerdict::kFailed));
  EXPECT_THAT(why_, HasSubstr(": status 403: error rate   too high!!!"));
  EXPECT_LT(why_.size(), 300u);
}

TEST_F(GateTest, IsPendingWhileThereIsNoAnswer) {
  TestServer server([](const TestConnection& connection, int number) {
    if (number == 3) connection.Answer(200);  // else the connection just ends
  });
  EXPECT_THAT(Ask(server.Url()), ElementsAre(GateVerdict::kPending, GateVerdict::kPending, GateVerdict::kPassed));
}

TEST_F(GateTest, ATimeOutIsNoAnswer) {
  TestServer server([](const TestConnection& connection, int) { connection.Hang(); });
  EXPECT_THAT(Ask(server.Url(), milliseconds(20)),
              ElementsAre(GateVerdict::kPending, GateVerdict::kPending, GateVerdict::kPending, GateVerdict::kFailed));
  EXPECT_THAT(why_, HasSubstr("no answer: Timeout was reached"));
}

TEST_F(GateTest, FailsWhenAllAttemptsGotNoAnswer) {
  EXPECT_THAT(Ask(RefusingUrl()),
              ElementsAre(GateVerdict::kPending, GateVerdict::kPending, GateVerdict::kPending, GateVerdict::kFailed));
  EXPECT_THAT(why_, HasSubstr("no answer: Couldn't connect to server"));
}

TEST_F(GateTest, RefusesAUrlThatIsNone) {
  const absl::Status status = notifier_.Gate({.url = "file:///etc/passwd"}, [](GateVerdict, std::string) { FAIL(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(GateTest, OpenQuestionsAreBoundedAndEndWithTheNotifier) {
  TestServer hangs([](const TestConnection& connection, int) { connection.Hang(); });
  bool called = false;
  {
    Notifier notifier(Notifier::Options{.max_gates = 2});
    const auto ask = [&] {
      return notifier.Gate({.url = hangs.Url()}, [&](GateVerdict, std::string) { called = true; });
    };
    EXPECT_TRUE(ask().ok());
    EXPECT_TRUE(ask().ok());
    EXPECT_EQ(ask().code(), absl::StatusCode::kResourceExhausted);
    hangs.WaitFor(2);
  }
  EXPECT_FALSE(called);
}

TEST_F(GateTest, AnAnsweredQuestionMakesRoomForTheNext) {
  TestServer server(200);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(Ask(server.Url()), ElementsAre(GateVerdict::kPassed));
}

}  // namespace
}  // namespace huidu::notify
