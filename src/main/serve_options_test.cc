#include "main/serve_options.h"

#include <gtest/gtest.h>

#include <cstdlib>

namespace huidu {
namespace {

// Whether `huidu serve` takes these flags.
bool Takes(const std::string& flags, ServeOptions& options) {
  CLI::App app;
  AddServe(app, options);
  try {
    app.parse("serve " + flags, /*program_name_included=*/false);
    return true;
  } catch (const CLI::ParseError&) {
    return false;
  }
}

TEST(ServeOptionsTest, NumbersBelowNothingAreRefused) {
  for (const char* flag : {"--gpu-memory-limit", "--drain-timeout", "--watch-interval", "--http-port", "--log-every"}) {
    ServeOptions options;
    EXPECT_FALSE(Takes(std::string(flag) + "=-5", options)) << flag;
    EXPECT_TRUE(Takes(std::string(flag) + "=5", options)) << flag;
  }
}

TEST(ServeOptionsTest, ARequestCannotBeLargerThanAVersionsMemory) {
  ServeOptions options;
  EXPECT_TRUE(Takes("--max-request-mb=1024", options));
  EXPECT_FALSE(Takes("--max-request-mb=1025", options));
}

TEST(ServeOptionsTest, AlsoInTheEnvironment) {
  ServeOptions options;
  setenv("GPU_MEMORY_LIMIT", "-5", 1);
  EXPECT_FALSE(Takes("", options));
  setenv("GPU_MEMORY_LIMIT", "4000", 1);
  EXPECT_TRUE(Takes("", options));
  unsetenv("GPU_MEMORY_LIMIT");
  EXPECT_EQ(options.gpu_memory_limit_mb, 4000u);
}

}  // namespace
}  // namespace huidu
