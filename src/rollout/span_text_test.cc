#include "rollout/span_text.h"

#include <gtest/gtest.h>

#include "base/strings.h"

namespace huidu::rollout {
namespace {

using health::Span;

TEST(SpanTextTest, ReadsDurations) {
  EXPECT_EQ(*ParseSpan("90s"), Span(90'000));
  EXPECT_EQ(*ParseSpan("1h30m"), Span(5'400'000));
  EXPECT_EQ(*ParseSpan("500ms"), Span(500));
  EXPECT_EQ(*ParseSpan("2d1ms"), Span(172'800'001));
  EXPECT_EQ(*ParseSpan("0s"), Span(0));
}

TEST(SpanTextTest, RefusesWhatIsNone) {
  for (const char* text : {"", "5", "s", "1.5h", "-3s", "5 s", "30m1h", "1s1s", "1x", "99999999999999999999s",
                           "999999999999d", "1h 2m", "5min"}) {
    const auto span = ParseSpan(text);
    ASSERT_FALSE(span.ok()) << text;
    EXPECT_NE(Text(span.status()).find("1h30m"), std::string_view::npos) << text;
  }
}

TEST(SpanTextTest, WritesWhatItReads) {
  for (const int64_t millis : {0L, 1L, 999L, 1000L, 61'000L, 3'600'000L, 90'061'001L}) {
    EXPECT_EQ(*ParseSpan(FormatSpan(Span(millis))), Span(millis));
  }
}

TEST(SpanTextTest, ShowsPeopleTheTwoGreatestUnits) {
  EXPECT_EQ(ReadableSpan(Span(0)), "0 s");
  EXPECT_EQ(ReadableSpan(Span(90'500)), "1 min 30 s");
  EXPECT_EQ(ReadableSpan(Span(90'061'001)), "1 d 1 h");
  EXPECT_EQ(ReadableSpan(Span(250)), "250 ms");
}

}  // namespace
}  // namespace huidu::rollout
