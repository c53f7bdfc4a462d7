#include "cli/table.h"

#include <gtest/gtest.h>

namespace huidu::cli {
namespace {

TEST(TableTest, AlignsColumnsByTheirWidestCell) {
  Table table({{"MODEL"}, {"REQUESTS", true}, {"STATE"}});
  table.Add({"ocr_service", "7", "READY"});
  table.Add({"lac", "12345678901", "FAILED"});
  EXPECT_EQ(table.Text(false),
            "MODEL           REQUESTS  STATE\n"
            "ocr_service            7  READY\n"
            "lac          12345678901  FAILED\n");
}

TEST(TableTest, CountsCharactersRatherThanBytes) {
  Table table({{"A"}, {"B"}});
  table.Add({"é…", "x"});
  EXPECT_EQ(table.Text(false), "A   B\né…  x\n");
}

TEST(TableTest, ColoursOnlyWhereItMay) {
  Table table({{"A"}});
  table.Add({{"ok", Color::kGreen}});
  EXPECT_EQ(table.Text(false), "A\nok\n");
  EXPECT_EQ(table.Text(true), "\033[1mA\033[0m\n\033[32mok\033[0m\n");
}

TEST(TableTest, LetsNoTextDriveTheTerminal) {
  Table table({{"A"}});
  table.Add({"x\033[2Jy\nz"});
  EXPECT_EQ(table.Text(true), "\033[1mA\033[0m\nx?[2Jy?z\n");
}

}  // namespace
}  // namespace huidu::cli
