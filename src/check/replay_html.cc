#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "check/html_parts.h"
#include "check/replay.h"

namespace huidu::check {
namespace {

constexpr size_t kMaxShown = 40;

std::string Words(Change change) {
  std::string words(Name(change));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

// The colours of a check's results.
std::string_view ClassOf(Change change) {
  switch (change) {
    case Change::kFailsNow:
    case Change::kStillFails: return "failed";
    case Change::kChanged:
    case Change::kNotKnown: return "no_data";
    case Change::kSame:
    case Change::kAnsweredNow: return "passed";
  }
  return "";
}

std::string ScoreText(const std::optional<double>& score) {
  return score ? absl::StrFormat(" — %.1f %% right", *score * 100) : "";
}

class ReplayPage {
 public:
  ReplayPage(const Dataset& dataset, const ReplayResult& result) : dataset_(dataset), result_(result) {}

  std::string Write() {
    StrAppend(&html_, "<!doctype html><html lang=en><head><meta charset=utf-8><title>Replay of ",
              EscapeHtml(result_.model), "</title><style>", kPageStyle, "</style></head><body><h1>",
              EscapeHtml(result_.model), ": ", result_.samples.size(), " samples through ",
              EscapeHtml(result_.version.name), "</h1><table>");
    Version("Version", result_.version);
    if (result_.against) Version("Against", *result_.against);
    StrAppend(&html_, "<tr><td>Samples</td><td>", EscapeHtml(result_.dataset), "</td><td>", result_.time,
              absl::StrFormat(", %.1f s", result_.seconds), "</td></tr></table>");
    Counts("Since it was kept", &ReplayTally::captured);
    if (result_.against) Counts("Against the other version", &ReplayTally::against);
    SamplesNotSent();
    Differences();
    html_ += "</body></html>\n";
    return std::move(html_);
  }

 private:
  void Version(std::string_view title, const ReplayedVersion& version) {
    StrAppend(&html_, "<tr><td>", title, "</td><td>", EscapeHtml(version.directory), "</td><td>",
              version.content_hash.substr(0, 16), ", ", EscapeHtml(version.engine),
              version.crashes > 0 ? StrCat(", crashed ", version.crashes, " times") : "", "</td></tr>");
  }

  void Counts(std::string_view title, std::array<size_t, kChanges> ReplayTally::*changes) {
    StrAppend(&html_, "<h2>", title, "</h2><table><tr><th>Reason</th><th class=n>Samples</th>");
    for (size_t i = 0; i < kChanges; ++i) {
      StrAppend(&html_, "<th class=n>", Words(static_cast<Change>(i)), "</th>");
    }
    html_ += "<th class=n>known right answer</th><th class=n>right</th></tr>";
    for (const auto& [reason, tally] : TallyByReason(dataset_, result_)) CountsRow(reason, tally, tally.*changes);
    const ReplayTally all = TallyOf(result_);
    CountsRow("all", all, all.*changes);
    html_ += "</table>";
  }

  void CountsRow(std::string_view reason, const ReplayTally& tally, const std::array<size_t, kChanges>& changes) {
    StrAppend(&html_, "<tr><td>", EscapeHtml(reason), "</td><td class=n>", tally.samples, "</td>");
    for (const size_t count : changes) StrAppend(&html_, "<td class=n>", count, "</td>");
    StrAppend(&html_, "<td class=n>", tally.expected_known, "</td><td class=n>", tally.right, "</td></tr>");
  }

  void SamplesNotSent() {
    for (const auto& [why, ids] : result_.not_sent) {
      StrAppend(&html_, "<p class=no_data>", ids.size(), " not sent: ", EscapeHtml(why), "</p>");
    }
  }

  void Differences() {
    const auto differing = Differing(result_);
    StrAppend(&html_, "<h2>", differing.empty() ? "No sample differs" : "What differs", "</h2>");
    for (size_t i = 0; i < std::min(kMaxShown, differing.size()); ++i) Difference(*differing[i]);
    if (differing.size() > kMaxShown) {
      StrAppend(&html_, "<p class=muted>… and ", differing.size() - kMaxShown, " more</p>");
    }
  }

  void Difference(const ReplayedSample& replayed) {
    const Sample& sample = dataset_.samples[replayed.sample];
    const Change change = MainComparison(replayed).change;
    StrAppend(&html_, "<div class=sample><div>", contents_.Show(sample), "<p class=\"badge ", ClassOf(change), "\">",
              Words(change), "</p>");
    if (sample.expected) StrAppend(&html_, "<h3>expected</h3><pre>", EscapeHtml(*sample.expected), "</pre>");
    StrAppend(&html_, "</div>",
              HtmlColumn("then" + ScoreText(replayed.captured.score), EscapeHtml(replayed.captured.text)),
              HtmlColumn("now" + ScoreText(replayed.score),
                         sample.expected ? MarkedHtml(replayed.now, *sample.expected) : EscapeHtml(replayed.now)));
    if (replayed.against) {
      html_ += HtmlColumn("the other version" + ScoreText(replayed.against->score), EscapeHtml(replayed.against->text));
    }
    html_ += "</div>";
  }

  const Dataset& dataset_;
  const ReplayResult& result_;
  SampleContents contents_;
  std::string html_;
};

}  // namespace

std::string ReplayHtml(const Dataset& dataset, const ReplayResult& result) {
  return ReplayPage(dataset, result).Write();
}

}  // namespace huidu::check
