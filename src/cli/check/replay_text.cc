#include "cli/check/replay_text.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "base/utf8.h"
#include "cli/table.h"

namespace huidu::cli {
namespace {

using check::Change;
using check::ReplayTally;

constexpr size_t kMaxCell = 60;  // bytes of an answer in the table
constexpr size_t kMaxIds = 10;   // of samples that are not sent, for each reason why
constexpr size_t kVersionHash = 16;

struct ChangeStyle {
  Change change;
  const char* title;
  Color color;
};
constexpr ChangeStyle kStyles[] = {{Change::kSame, "SAME", Color::kNone},
                                   {Change::kChanged, "CHANGED", Color::kYellow},
                                   {Change::kAnsweredNow, "ANSWERED NOW", Color::kGreen},
                                   {Change::kFailsNow, "FAILS NOW", Color::kRed},
                                   {Change::kStillFails, "STILL FAILS", Color::kRed},
                                   {Change::kNotKnown, "NOT KNOWN", Color::kNone}};

Color ColorOf(Change change) {
  return std::find_if(std::begin(kStyles), std::end(kStyles), [&](const auto& s) { return s.change == change; })->color;
}

// One line of at most so many bytes.
std::string Short(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() <= kMaxCell) return text;
  return StrCat(utf8::Shortened(text, kMaxCell), "…");
}

using Changes = std::array<size_t, check::kChanges>;

// Nothing is known of any sample in most tables: then that column is left out.
void AddCounts(const std::string& reason, const ReplayTally& tally, const Changes& changes, size_t columns,
               Table& table) {
  std::vector<Cell> row = {reason, std::to_string(tally.samples)};
  for (size_t i = 0; i < columns; ++i) {
    const ChangeStyle& style = kStyles[i];
    const size_t count = changes.at(static_cast<size_t>(style.change));
    row.emplace_back(std::to_string(count), count > 0 ? style.color : Color::kNone);
  }
  table.Add(std::move(row));
}

std::string CountsText(const std::string& title, const std::map<std::string, ReplayTally>& by_reason,
                       const ReplayTally& all, Changes ReplayTally::*changes, bool colors) {
  const bool known = (all.*changes).at(static_cast<size_t>(Change::kNotKnown)) == 0;
  const size_t columns = std::size(kStyles) - (known ? 1 : 0);
  std::vector<Column> titles = {{title}, {"SAMPLES", true}};
  for (size_t i = 0; i < columns; ++i) titles.push_back({kStyles[i].title, true});
  Table table(std::move(titles));
  for (const auto& [reason, tally] : by_reason) {
    AddCounts(reason.empty() ? "-" : reason, tally, tally.*changes, columns, table);
  }
  if (by_reason.size() > 1) AddCounts("all", all, all.*changes, columns, table);
  return table.Text(colors);
}

std::string VersionText(const check::ReplayedVersion& version) {
  return StrCat(
      version.name, version.name == version.directory ? "" : StrCat(" (", version.directory, ")"), ", content ",
      version.content_hash.substr(0, kVersionHash),
      version.crashes > 0 ? StrCat(", crashed ", version.crashes, version.crashes == 1 ? " time" : " times") : "");
}

std::string FactsText(const check::ReplayResult& result, const ReplayTally& all) {
  std::string text;
  if (const size_t now = all.captured.at(static_cast<size_t>(Change::kAnsweredNow)); all.as_the_user_got > 0) {
    StrAppend(&text, all.as_the_user_got, " of the ", now,
              " answered now: just as another version answered the user\n");
  }
  if (all.expected_known > 0) {
    StrAppend(&text, "of ", all.expected_known, " with a known right answer: ", all.right, " right, ",
              all.expected_known - all.right, " wrong");
    if (all.captured_known > 0) {
      StrAppend(&text, "; of what users got: ", all.captured_right, " of ", all.captured_known, " right");
    }
    if (result.against) StrAppend(&text, "; ", Printable(result.against->name), ": ", all.against_right, " right");
    text += "\n";
  }
  return text;
}

std::string NotSentText(const check::NotSent& not_sent) {
  std::string text;
  for (const auto& [why, ids] : not_sent) {
    StrAppend(&text, ids.size(), " not sent: ", Printable(why), ":");
    for (size_t i = 0; i < std::min(kMaxIds, ids.size()); ++i) StrAppend(&text, " ", Printable(ids[i]));
    text += ids.size() > kMaxIds ? " …\n" : "\n";
  }
  return text;
}

std::string DifferencesText(const check::Dataset& dataset, const check::ReplayResult& result, size_t shown,
                            bool colors) {
  const auto differing = check::Differing(result);
  if (differing.empty() || shown == 0) return "";
  Table table({{"ID"},
               {"WHY KEPT"},
               {"NOW"},
               {"AGREES", true},
               {result.against ? "THE OTHER'S ANSWER" : "BEFORE"},
               {"ANSWER NOW"}});
  for (size_t i = 0; i < std::min(shown, differing.size()); ++i) {
    const check::ReplayedSample& replayed = *differing[i];
    const check::Sample& sample = dataset.samples[replayed.sample];
    const check::ComparedAnswer& other = check::MainComparison(replayed);
    const bool compared = !replayed.failed && other.change != Change::kNotKnown &&
                          (other.change != Change::kAnsweredNow || other.agreement > 0);
    std::string change(Name(other.change));
    std::replace(change.begin(), change.end(), '_', ' ');
    table.Add({sample.id, sample.category, Cell(change, ColorOf(other.change)),
               compared ? absl::StrFormat("%.1f %%", other.agreement * 100) : "-", Short(other.text),
               Short(replayed.now)});
  }
  std::string text = StrCat("\n", table.Text(colors));
  if (differing.size() > shown) StrAppend(&text, "… and ", differing.size() - shown, " more: --show, --report\n");
  return text;
}

}  // namespace

std::string ReplayText(const check::Dataset& dataset, const check::ReplayResult& result, size_t shown, bool colors) {
  const ReplayTally all = check::TallyOf(result);
  const auto by_reason = check::TallyByReason(dataset, result);
  std::string text =
      StrCat(all.samples, all.samples == 1 ? " sample of " : " samples of ", Printable(result.model), " through ",
             Printable(VersionText(result.version)), absl::StrFormat(", in %.1f s\n", result.seconds));
  text += CountsText("SINCE IT WAS KEPT", by_reason, all, &ReplayTally::captured, colors);
  if (result.against) {
    StrAppend(&text, "\nagainst ", Printable(VersionText(*result.against)), "\n",
              CountsText("AGAINST IT", by_reason, all, &ReplayTally::against, colors));
  }
  return text + FactsText(result, all) + NotSentText(result.not_sent) + DifferencesText(dataset, result, shown, colors);
}

}  // namespace huidu::cli
