#include "notify/alert_command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "base/strings.h"

namespace huidu::notify {
namespace {

using ::testing::HasSubstr;

std::shared_ptr<const Event> MakeEvent(const std::string& json) {
  return std::make_shared<const Event>(Event{"rollback", json});
}

class AlertCommandTest : public ::testing::Test {
 protected:
  AlertCommandTest() : folder_(StrCat(::testing::TempDir(), "/alert_command_", getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~AlertCommandTest() override { std::filesystem::remove_all(folder_); }

  AlertCommand::Options Shell(const std::string& script) const {
    AlertCommand::Options options;
    options.arguments = {"/bin/sh", "-c", StrCat("cd ", folder_, "; ", script)};
    return options;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(folder_ + "/" + name);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  bool Exists(const std::string& name) const { return std::filesystem::exists(folder_ + "/" + name); }

  const std::string folder_;
};

TEST_F(AlertCommandTest, RunsOnceForEachEventInOrder) {
  AlertCommand command(Shell("cat >> seen; echo >> seen"));
  command.Post(MakeEvent("1"));
  command.Post(MakeEvent("2"));
  while (command.done() < 2) usleep(1000);
  EXPECT_EQ(Read("seen"), "1\n2\n");
  EXPECT_EQ(command.failed() + command.dropped(), 0u);
}

TEST_F(AlertCommandTest, AFailureIsLoggedWithItsOutputAndDoesNotStopTheNext) {
  ::testing::internal::CaptureStderr();
  {
    AlertCommand command(Shell("read x; echo said $x; exit $x"));
    command.Post(MakeEvent("5\n"));
    command.Post(MakeEvent("0\n"));
    while (command.done() + command.failed() < 2) usleep(1000);
    EXPECT_EQ(command.failed(), 1u);
  }
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr(R"("reason":"ended with status 5","output":"said 5\n")"));
}

TEST_F(AlertCommandTest, TheOldestEventMakesRoom) {
  AlertCommand::Options options = Shell("cat >> seen; while [ ! -e go ]; do sleep 0.01; done");
  options.capacity = 2;
  AlertCommand command(std::move(options));
  command.Post(MakeEvent("1"));
  while (!Exists("seen")) usleep(1000);  // it runs
  for (const char* json : {"2", "3", "4"}) command.Post(MakeEvent(json));
  EXPECT_EQ(command.dropped(), 1u);
  std::ofstream(folder_ + "/go") << "";
  while (command.done() < 3) usleep(1000);
  EXPECT_EQ(Read("seen"), "134");
}

TEST_F(AlertCommandTest, ItsEndDoesNotWaitForAProgramThatHangs) {
  AlertCommand command(Shell("echo $$ > pid; exec sleep 1000"));
  command.Post(MakeEvent("1"));
  command.Post(MakeEvent("2"));
  while (Read("pid").find('\n') == std::string::npos) usleep(1000);
}

}  // namespace
}  // namespace huidu::notify
