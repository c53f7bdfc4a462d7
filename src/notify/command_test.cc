#include "notify/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

namespace huidu::notify {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr milliseconds kLong(60'000);

class CommandTest : public ::testing::Test {
 protected:
  absl::StatusOr<CommandResult> Shell(const std::string& script, milliseconds timeout = kLong) {
    return RunCommand({"/bin/sh", "-c", script}, R"({"kind":"rollback"})", timeout, stop_);
  }
  std::atomic<bool> stop_{false};
};

// Whether there is a process of that number that has not ended.
bool Alive(pid_t pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string line;
  return std::getline(file, line) && line.find(") Z ") == std::string::npos;
}

TEST_F(CommandTest, GetsTheJsonAndGivesItsOutput) {
  const auto result = Shell("cat; echo; echo oops >&2; exit 3");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->output, "{\"kind\":\"rollback\"}\noops\n");
  EXPECT_EQ(WEXITSTATUS(result->wait_status), 3);
}

TEST_F(CommandTest, ArgumentsAreNotReadByAShell) {
  const auto result = RunCommand({"/bin/echo", "$HOME; ls", "`id`"}, "", kLong, stop_);
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, "$HOME; ls `id`\n");
}

TEST_F(CommandTest, SaysWhatCannotBeRun) {
  const auto result = RunCommand({"/nowhere/alert"}, "", kLong, stop_);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kNotFound) << result.status();
  EXPECT_THAT(result.status().ToString(), HasSubstr("cannot run /nowhere/alert"));
}

TEST_F(CommandTest, OutputIsBoundedAndDoesNotHoldUpTheProgram) {
  const auto result = Shell("head -c 1000000 /dev/zero | tr '\\0' x");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(result->output, std::string(kMaxOutputBytes, 'x'));
}

TEST_F(CommandTest, InheritsNoDescriptor) {
  const int leak = dup(0);  // not close-on-exec
  const auto result = Shell("ls /proc/self/fd | tr '\\n' ' '");
  close(leak);
  ASSERT_TRUE(result.ok());
  EXPECT_TRUE(result->output == "0 1 2 " || result->output == "0 1 2 3 ") << result->output << " (3 is ls's own)";
}

TEST_F(CommandTest, OneThatTakesTooLongIsKilled) {
  const auto result = Shell("trap '' TERM; sleep 1000; sleep 1000", milliseconds(20));
  EXPECT_EQ(result.status().code(), absl::StatusCode::kDeadlineExceeded) << result.status();
}

TEST_F(CommandTest, IsKilledWithItsChildrenWhenTheServerStops) {
  const std::string file = ::testing::TempDir() + "/command_test_" + std::to_string(getpid());
  pid_t child = 0;
  std::thread stopper([&] {
    while (!(std::ifstream(file) >> child)) usleep(1000);
    stop_ = true;
  });
  const auto result = Shell("sleep 1000 & echo $! > " + file + ".new; mv " + file + ".new " + file + "; wait");
  stopper.join();
  std::filesystem::remove(file);
  EXPECT_EQ(result.status().code(), absl::StatusCode::kCancelled) << result.status();
  while (Alive(child)) usleep(1000);  // the kernel needs a moment
}

TEST_F(CommandTest, WhatItLeavesBehindIsKilledToo) {
  const auto result = Shell("sleep 1000 & echo $!");
  ASSERT_TRUE(result.ok()) << result.status();
  const pid_t child = static_cast<pid_t>(std::stol(result->output));
  while (Alive(child)) usleep(1000);
}

TEST_F(CommandTest, OneThatClosesItsOutputIsStillWaitedFor) {
  const auto result = Shell("exec >&- 2>&-; sleep 0.2; exit 4");
  ASSERT_TRUE(result.ok());
  EXPECT_EQ(WEXITSTATUS(result->wait_status), 4);
}

}  // namespace
}  // namespace huidu::notify
