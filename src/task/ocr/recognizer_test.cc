#include "task/ocr/recognizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace huidu::task::ocr {
namespace {

using ::testing::ElementsAre;

TEST(GroupByWidthTest, LinesOfLikeShapeGoTogether) {
  Options options;
  options.batch = 3;
  options.batch_spread = 0;
  const std::vector<double> ratios = {9, 2, 5, 2.1, 1.9, 5.1, 30};
  EXPECT_THAT(GroupByWidth(ratios, options), ElementsAre(ElementsAre(4, 1, 3), ElementsAre(2, 5, 0), ElementsAre(6)));
  options.batch_spread = 0.2;
  EXPECT_THAT(GroupByWidth(ratios, options),
              ElementsAre(ElementsAre(4, 1, 3), ElementsAre(2, 5), ElementsAre(0), ElementsAre(6)));
  EXPECT_TRUE(GroupByWidth({}, options).empty());
}

}  // namespace
}  // namespace huidu::task::ocr
