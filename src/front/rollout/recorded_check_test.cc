#include "front/rollout/recorded_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/strings.h"

namespace huidu::front {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

json Document() {
  return {{"content_hash", std::string(64, 'a')},
          {"baseline_content_hash", std::string(64, 'b')},
          {"has_baseline", true},
          {"labelled", 72},
          {"passed", false},
          {"time", "2026-11-22T03:00:00.123Z"},
          {"dataset", {{"name", "pages"}, {"sha256", std::string(64, 'd')}}},
          {"verdicts",
           {{{"rule", "accuracy_drop"}, {"state", "passed"}, {"figure", 0.001}, {"limit", 0.01}},
            {{"rule", "p99_ratio"}, {"about", "4 callers"}, {"state", "failed"}, {"figure", 2.1}, {"limit", 1.5}},
            {{"rule", "min_accuracy"}, {"state", "no_data"}, {"figure", nullptr}}}}};
}

TEST(RecordedCheckTest, ReadsWhatItWrites) {
  auto check = RecordedCheckFromJson(Document());
  ASSERT_TRUE(check.ok()) << check.status();
  EXPECT_FALSE(check->passed);
  EXPECT_EQ(TimeText(check->time), "2026-11-22T03:00:00.123Z");
  EXPECT_EQ(check->dataset, "pages");
  EXPECT_EQ(check->labelled, 72u);
  EXPECT_TRUE(check->has_baseline);
  EXPECT_EQ(WhyNotPassed(*check), "p99_ratio (4 callers) is 2.1, limit 1.5; min_accuracy has no data");
  EXPECT_EQ(TimeText(health::Time(std::chrono::milliseconds(253'402'300'799'999))), "9999-12-31T23:59:59.999Z");
  check->recorded_by = "operator:ci";
  const auto again = StoredCheckFromJson(ToJson(*check));
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(ToJson(*again), ToJson(*check));
}

// Records of before there were these fields.
TEST(RecordedCheckTest, ARecordThatDoesNotSayComparedWithABaselineThatItNames) {
  json document = Document();
  document.erase("has_baseline");
  document.erase("labelled");
  EXPECT_TRUE(RecordedCheckFromJson(document)->Compared());
  document.erase("baseline_content_hash");
  EXPECT_FALSE(RecordedCheckFromJson(document)->Compared());
  document["has_baseline"] = true;
  EXPECT_THAT(std::string(Text(RecordedCheckFromJson(document).status())), StartsWith("has_baseline: expected false"));
  document["has_baseline"] = false;
  document["labelled"] = 1;
  EXPECT_TRUE(RecordedCheckFromJson(document)->Compared());
}

TEST(RecordedCheckTest, NamesTheFieldThatIsWrong) {
  const std::initializer_list<std::tuple<const char*, json, const char*>> cases = {
      {"/content_hash", "abc", "content_hash: expected a sha256"},
      {"/content_hash", std::string(64, 'A'), "content_hash: expected a sha256"},
      {"/content_hash", nullptr, "content_hash: expected a sha256"},
      {"/baseline_content_hash", 7, "baseline_content_hash: expected"},
      {"/has_baseline", 1, "has_baseline: expected true or false"},
      {"/has_baseline", false, "has_baseline: expected true, as there is a baseline_content_hash"},
      {"/labelled", -1, "labelled: expected"},
      {"/labelled", "72", "labelled: expected"},
      {"/passed", "yes", "passed: expected true or false"},
      {"/passed", true, "passed: expected false, as p99_ratio is failed"},
      {"/time", "yesterday", "time: expected a time"},
      {"/time", "infinite-past", "time: expected a time"},
      {"/time", "1829-01-01T00:00:00Z", "time: expected"},
      {"/time", "20260-01-01T00:00:00Z", "time: expected"},
      {"/time", "-9999999-01-01T00:00:00Z", "time: expected"},
      {"/time", "infinite-future", "time: expected"},
      {"/time", 7, "time: expected"},
      {"/dataset", "pages", "dataset: expected an object"},
      {"/dataset/name", "", "dataset.name: expected a text of 1 to 128 bytes"},
      {"/dataset/name", "a\nb", "dataset.name: expected"},
      {"/dataset/sha256", "", "dataset.sha256: expected a sha256"},
      {"/dataset/size", 7, "dataset.size: unknown field"},
      {"/verdicts", json::object(), "verdicts: expected a list of at most 64 objects"},
      {"/verdicts", std::vector<json>(65, json::object()), "verdicts: expected a list of at most 64 objects"},
      {"/verdicts/1/state", "good", "verdicts[1].state: expected one of passed, failed, no_data"},
      {"/verdicts/1/figure", "2", "verdicts[1].figure: expected a number"},
      {"/verdicts/1/text", std::string(513, 'x'), "verdicts[1].text: expected a text of 0 to 512 bytes"},
      {"/verdicts/1/who", "x", "verdicts[1].who: unknown field"},
      {"/recorded_by", "operator:alice", "recorded_by: unknown field"},
  };
  for (const auto& [pointer, value, fault] : cases) {
    json document = Document();
    document[json::json_pointer(pointer)] = value;
    const auto check = RecordedCheckFromJson(document);
    ASSERT_FALSE(check.ok()) << pointer;
    EXPECT_THAT(std::string(Text(check.status())), StartsWith(fault)) << pointer;
  }
  for (const char* field : {"content_hash", "passed", "time", "dataset"}) {
    json document = Document();
    document.erase(field);
    EXPECT_THAT(std::string(Text(RecordedCheckFromJson(document).status())), StartsWith(StrCat(field, ": expected")));
  }
  for (const json& document : {json(), json(7), json::array()}) EXPECT_FALSE(RecordedCheckFromJson(document).ok());
}

}  // namespace
}  // namespace huidu::front
