#include "engine/support/errors.h"

#include <gtest/gtest.h>

#include <fstream>
#include <new>
#include <stdexcept>

namespace huidu::engine {
namespace {

TEST(ExceptionTextTest, KeepsThePointAndDropsSourcePositionsAndStackTraces) {
  EXPECT_EQ(ExceptionText(std::runtime_error(
                "Exception from src/inference/src/cpp/core.cpp:117:\nException from src/x.cc:5:\nNo such node\n\n")),
            "No such node");
  EXPECT_EQ(ExceptionText(std::runtime_error("\n\n------\nC++ Traceback:\n------\n0  paddle::Run()\n\n------\n"
                                             "Error Message Summary:\n------\nNotFoundError: no file\n  [Hint: a]\n")),
            "NotFoundError: no file [Hint: a]");
  EXPECT_EQ(ExceptionText(std::runtime_error("In user code:\n\n File \"/home/me/nets.py\", line 5, in f\n  train()\n\n"
                                             "InvalidArgumentError: value 9 of 5.\n")),
            "InvalidArgumentError: value 9 of 5.");
}

TEST(ExceptionTextTest, CutsWhatIsTooLongAndNeverIsEmpty) {
  EXPECT_LT(ExceptionText(std::runtime_error(std::string(5000, 'x'))).size(), 1100u);
  EXPECT_EQ(ExceptionText(std::runtime_error("\n\n")), "no reason given");
}

TEST(ExceptionTextTest, TurnsEveryKindOfExceptionIntoAStatus) {
  const auto status_of = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return CurrentException(absl::StatusCode::kInternal, "run");
    }
  };
  EXPECT_EQ(status_of(std::runtime_error("bad")), absl::InternalError("run: bad"));
  EXPECT_EQ(status_of(std::bad_alloc()), absl::ResourceExhaustedError("run: out of memory"));
  EXPECT_EQ(status_of(7), absl::InternalError("run: an error of an unknown kind"));
}

TEST(CheckReadableTest, SaysWhatIsWrongWithAFile) {
  const std::string folder = ::testing::TempDir();
  EXPECT_EQ(CheckReadable(folder + "/absent").message(), folder + "/absent: No such file or directory");
  EXPECT_EQ(CheckReadable(folder).message(), folder + ": not a file");
  const std::string empty = folder + "/empty_file_of_check_readable";
  std::ofstream(empty).flush();
  EXPECT_TRUE(CheckReadable(empty).ok());
  EXPECT_EQ(CheckProgram(empty).message(), empty + ": the file is empty");
  std::ofstream(empty) << "x";
  EXPECT_TRUE(CheckProgram(empty).ok());
}

}  // namespace
}  // namespace huidu::engine
