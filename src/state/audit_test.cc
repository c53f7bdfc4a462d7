#include "state/audit.h"

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

#include "base/clock.h"

namespace huidu::state {
namespace {

namespace fs = std::filesystem;

AuditEntry Switch(std::string model, std::string after) {
  return {.action = "switch",
          .model = std::move(model),
          .actor = "alice",
          .reason = "v2 reads better",
          .before = "v1",
          .after = std::move(after),
          .result = "ok"};
}

class AuditTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "huidu_audit_XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ / "audit.db";
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
  std::string path_;
};

TEST_F(AuditTest, GivesBackEveryFieldAfterARestart) {
  const std::string before_append = UtcTimestamp();
  ASSERT_TRUE(Audit(path_).Append(Switch("ocr", "v2")).ok());
  Audit audit(path_);
  const auto entries = audit.Query({});
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 1u);
  const AuditEntry& entry = entries->front();
  EXPECT_EQ(entry.action, "switch");
  EXPECT_EQ(entry.model, "ocr");
  EXPECT_EQ(entry.actor, "alice");
  EXPECT_EQ(entry.reason, "v2 reads better");
  EXPECT_EQ(entry.before, "v1");
  EXPECT_EQ(entry.after, "v2");
  EXPECT_EQ(entry.result, "ok");
  EXPECT_GE(entry.time, before_append);
  EXPECT_LE(entry.time, UtcTimestamp());
}

TEST_F(AuditTest, GivesTheNewestFirstUpToTheLimitAndByModel) {
  Audit audit(path_);
  for (const char* version : {"v1", "v2", "v3"}) {
    ASSERT_TRUE(audit.Append(Switch("ocr", version)).ok());
    ASSERT_TRUE(audit.Append(Switch("lac", version)).ok());
  }
  const auto entries = audit.Query({.model = "ocr", .limit = 2});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->at(0).after, "v3");
  EXPECT_EQ(entries->at(1).after, "v2");
  EXPECT_EQ(audit.Query({})->size(), 6u);
}

TEST_F(AuditTest, LeavesOutWhatIsOlderThanSince) {
  Audit audit(path_);
  ASSERT_TRUE(audit.Append(Switch("ocr", "v2")).ok());
  const auto now = std::chrono::system_clock::now();
  EXPECT_EQ(audit.Query({.since = now - std::chrono::hours(1)})->size(), 1u);
  EXPECT_EQ(audit.Query({.since = now + std::chrono::hours(1)})->size(), 0u);
}

TEST_F(AuditTest, KeepsQuotesAndOddBytesAndCutsEndlessTexts) {
  Audit audit(path_);
  AuditEntry entry = Switch("o'cr\"; DROP TABLE audit; --", "v2");
  entry.reason = std::string(Audit::kMaxTextBytes - 1, 'x') + "灰度";
  ASSERT_TRUE(audit.Append(entry).ok());
  const auto entries = audit.Query({.model = entry.model});
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 1u);
  EXPECT_EQ(entries->front().reason, std::string(Audit::kMaxTextBytes - 1, 'x') + "…");
}

TEST_F(AuditTest, ReportsAFolderThatCannotBeWrittenAndCountsIt) {
  Audit audit("/proc/huidu/audit.db");  // nobody can make a file in /proc, not even root
  const absl::Status status = audit.Append(Switch("ocr", "v2"));
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(status.message().find("/proc/huidu/audit.db"), std::string::npos);
  EXPECT_FALSE(audit.Query({}).ok());
  EXPECT_EQ(audit.failures(), 1u);
}

TEST_F(AuditTest, ReportsAFullDiskAndRecordsAgainWhenThereIsRoom) {
  Audit audit(path_);
  ASSERT_TRUE(audit.Append(Switch("ocr", "v1")).ok());
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit tiny{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tiny);
  const absl::Status full = audit.Append(Switch("ocr", "v2"));
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_EQ(full.code(), absl::StatusCode::kUnavailable) << full;
  EXPECT_EQ(audit.failures(), 1u);

  ASSERT_TRUE(audit.Append(Switch("ocr", "v3")).ok());
  const auto entries = audit.Query({});
  ASSERT_TRUE(entries.ok()) << entries.status();
  ASSERT_EQ(entries->size(), 2u);
  EXPECT_EQ(entries->front().after, "v3");
}

TEST_F(AuditTest, RefusesAFileThatIsNoDatabaseAndSaysWhatToDo) {
  std::ofstream(path_) << std::string(8192, 'x');
  const absl::Status status = Audit(path_).Append(Switch("ocr", "v2"));
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(status.message().find("move the file away"), std::string::npos);
}

TEST_F(AuditTest, DoesNotTouchADatabaseOfANewerProgram) {
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
  sqlite3_exec(database, "PRAGMA user_version = 99", nullptr, nullptr, nullptr);
  sqlite3_close(database);
  const absl::Status status = Audit(path_).Append(Switch("ocr", "v2"));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_NE(status.message().find("schema 99"), std::string::npos);
}

TEST_F(AuditTest, TakesEntriesFromManyThreads) {
  Audit audit(path_);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&audit] {
      for (int i = 0; i < 50; ++i) EXPECT_TRUE(audit.Append(Switch("ocr", "v2")).ok());
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(audit.Query({.limit = 1000})->size(), 200u);
}

}  // namespace
}  // namespace huidu::state
