#include "front/supervisor/process.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/strings.h"
#include "ipc/socket.h"

namespace huidu::front {
namespace {

struct Ended {
  std::string out;
  std::string errors;
  int status = -1;
};

Ended RunShell(const std::string& script, std::vector<int> fds = {}, bool background = false) {
  boost::asio::io_context control;
  Ended ended;
  auto process = Process::Start(
      control, {.program = "/bin/sh", .arguments = {"-c", script}, .fds = std::move(fds), .background = background},
      [&](bool is_error, std::string line) { (is_error ? ended.errors : ended.out) += line + "\n"; },
      [&](int status) { ended.status = status; });
  EXPECT_TRUE(process.ok()) << process.status();
  control.run();
  return ended;
}

TEST(ProcessTest, GivesOutputByLinesAndTheExitStatus) {
  const Ended ended = RunShell("echo one; echo two >&2; printf three; exit 3");
  EXPECT_EQ(ended.out, "one\nthree\n");
  EXPECT_EQ(ended.errors, "two\n");
  EXPECT_EQ(DescribeExit(ended.status), "ended with status 3");
}

TEST(ProcessTest, NamesTheSignalThatEndedIt) {
  EXPECT_EQ(DescribeExit(RunShell("kill -SEGV $$").status), "was ended by signal 11 (Segmentation fault)");
}

TEST(ProcessTest, InheritsTheGivenDescriptorsAndNoOther) {
  auto pair = ipc::MakeSocketPair();
  ASSERT_TRUE(pair.ok());
  const int leak = dup(0);  // not close-on-exec: a descriptor that some library forgot
  const Ended ended = RunShell("ls /proc/self/fd | tr '\\n' ' '", {pair->second.get()});
  close(leak);
  EXPECT_TRUE(ended.out.starts_with("0 1 2 3 ")) << ended.out;
  EXPECT_LE(ended.out.size(), std::string("0 1 2 3 4 \n").size()) << ended.out << " (4 is ls's own)";
}

TEST(ProcessTest, OneInTheBackgroundIsThereFromItsStart) {
  const std::string policy = "cut -d' ' -f41 /proc/$$/stat";
  EXPECT_EQ(RunShell(policy).out, StrCat(SCHED_OTHER, "\n"));
  EXPECT_EQ(RunShell(policy, {}, /*background=*/true).out, StrCat(SCHED_IDLE, "\n"));
}

TEST(ProcessTest, SaysWhatCannotBeRun) {
  boost::asio::io_context control;
  const auto process = Process::Start(
      control, {.program = "/nowhere/huidu-worker"}, [](bool, std::string) {}, [](int) {});
  ASSERT_FALSE(process.ok());
  EXPECT_NE(process.status().message().find("/nowhere/huidu-worker"), absl::string_view::npos);
}

TEST(ProcessTest, ALineWithoutEndIsBounded) {
  const Ended ended = RunShell("head -c 1000000 /dev/zero | tr '\\0' x");
  EXPECT_EQ(ended.out.size(), Process::kMaxLine + 1);
}

TEST(ProcessTest, LeavesNoZombie) {
  boost::asio::io_context control;
  int status = -1;
  auto process = Process::Start(
      control, {.program = "/bin/sleep", .arguments = {"1000"}}, [](bool, std::string) {},
      [&](int ended) { status = ended; });
  ASSERT_TRUE(process.ok());
  (*process)->Kill(SIGKILL);
  control.run();
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(waitpid((*process)->pid(), nullptr, WNOHANG), -1) << "it was not reaped";
}

}  // namespace
}  // namespace huidu::front
