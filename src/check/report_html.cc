#include <algorithm>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "check/html_parts.h"
#include "check/report.h"

namespace huidu::check {
namespace {

constexpr size_t kMaxShown = 40;
std::string Percent(double share) { return absl::StrFormat("%.2f %%", share * 100); }

std::string EstimateText(const Estimate& estimate) {
  return StrCat(Percent(estimate.value), " <span class=muted>(", Percent(estimate.low), " – ", Percent(estimate.high),
                ")</span>");
}

std::string PointsText(const Estimate& difference) {
  return absl::StrFormat("%+.2f <span class=muted>(%+.2f – %+.2f)</span>", difference.value * 100, difference.low * 100,
                         difference.high * 100);
}

class Page {
 public:
  Page(const Dataset& dataset, const CheckResult& result) : dataset_(dataset), result_(result) {}

  std::string Write() {
    Head();
    Verdicts();
    Accuracy();
    Loads();
    Memory();
    Samples();
    html_ += "</body></html>\n";
    return std::move(html_);
  }

 private:
  void Head() {
    StrAppend(&html_, "<!doctype html><html lang=en><head><meta charset=utf-8><title>Check of ",
              EscapeHtml(result_.model), "</title><style>", kPageStyle, "</style></head><body><h1>",
              EscapeHtml(result_.model), ": candidate <span class=\"",
              result_.Passed() ? "passed\">passed" : "failed\">did not pass", "</span></h1><table>");
    Row({"Candidate", EscapeHtml(result_.candidate.directory), EscapeHtml(result_.candidate.content_hash.substr(0, 16)),
         absl::StrFormat("loaded in %.1f s, %.1f s of it warm-up, %s", result_.candidate.load_seconds,
                         result_.candidate.warmup_seconds, result_.candidate.engine)});
    if (result_.baseline) {
      Row({"Baseline", EscapeHtml(result_.baseline->directory),
           EscapeHtml(result_.baseline->content_hash.substr(0, 16)),
           absl::StrFormat("loaded in %.1f s, %.1f s of it warm-up, %s", result_.baseline->load_seconds,
                           result_.baseline->warmup_seconds, result_.baseline->engine)});
    }
    Row({"Data set", EscapeHtml(result_.dataset), EscapeHtml(result_.dataset_sha256.substr(0, 16)),
         StrCat(dataset_.samples.size(), " samples; ", result_.time, ", ",
                absl::StrFormat("%.0f s", result_.seconds))});
    html_ += "</table>";
  }

  void Verdicts() {
    html_ +=
        "<h2>Limits</h2><table><tr><th>Limit</th><th>Of</th><th></th><th class=n>Figure</th><th class=n>Limit</th>"
        "<th>What was found</th></tr>";
    for (const Verdict& verdict : result_.verdicts) {
      StrAppend(&html_, "<tr><td>", EscapeHtml(verdict.rule), "</td><td>", EscapeHtml(verdict.about),
                "</td><td class=\"badge ", Name(verdict.state), "\">", Name(verdict.state), "</td><td class=n>",
                verdict.state == State::kNoData ? "–" : absl::StrFormat("%.4g", verdict.figure), "</td><td class=n>",
                absl::StrFormat("%.4g", verdict.limit), "</td><td>", EscapeHtml(verdict.text), "</td></tr>");
    }
    html_ += "</table>";
    if (!result_.candidate.accuracy)
      html_ += "<p class=no_data>Accuracy was not judged: no sample has an expected answer.</p>";
    if (!result_.baseline) html_ += "<p class=no_data>Nothing was compared: no baseline was given.</p>";
  }

  void Accuracy() {
    if (!result_.candidate.accuracy && !result_.agreement) return;
    html_ +=
        "<h2>Accuracy</h2><table><tr><th>Category</th><th class=n>Samples</th><th>Candidate (95 %)</th>"
        "<th>Baseline</th><th>Difference in points</th></tr>";
    if (result_.candidate.accuracy) {
      AccuracyRow("all", *result_.candidate.accuracy, result_.baseline ? result_.baseline->accuracy : std::nullopt,
                  result_.accuracy_difference);
    }
    for (const auto& [category, accuracy] : result_.candidate.accuracy_by_category) {
      AccuracyRow(category, accuracy,
                  Find(result_.baseline ? &result_.baseline->accuracy_by_category : nullptr, category),
                  Find(&result_.difference_by_category, category));
    }
    html_ += "</table>";
    if (result_.agreement) StrAppend(&html_, "<p>The versions agree in ", EstimateText(*result_.agreement), ".</p>");
  }

  static std::optional<Estimate> Find(const std::map<std::string, Estimate>* estimates, const std::string& category) {
    if (estimates == nullptr) return std::nullopt;
    const auto found = estimates->find(category);
    return found == estimates->end() ? std::nullopt : std::optional(found->second);
  }

  void AccuracyRow(std::string_view name, const Estimate& candidate, const std::optional<Estimate>& baseline,
                   const std::optional<Estimate>& difference) {
    StrAppend(&html_, "<tr><td>", EscapeHtml(name), "</td><td class=n>", candidate.samples, "</td><td>",
              EstimateText(candidate), "</td><td>", baseline ? EstimateText(*baseline) : "–", "</td><td>",
              difference ? PointsText(*difference) : "–", "</td></tr>");
  }

  void Loads() {
    if (result_.candidate.loads.empty()) return;
    html_ +=
        "<h2>Speed</h2><table><tr><th>Callers</th><th>Version</th><th class=n>Requests/s</th><th class=n>P50 ms</th>"
        "<th class=n>P90 ms</th><th class=n>P99 ms</th><th class=n>Requests</th><th class=n>Failed</th></tr>";
    for (size_t i = 0; i < result_.candidate.loads.size(); ++i) {
      LoadRow("candidate", result_.candidate.loads[i]);
      if (result_.baseline) LoadRow("baseline", result_.baseline->loads[i]);
    }
    html_ += "</table>";
    LatencyPlot();
  }

  void LoadRow(std::string_view name, const LoadResult& load) {
    StrAppend(&html_, absl::StrFormat("<tr><td>%d</td><td>%s</td><td class=n>%.1f</td><td class=n>%.2f</td><td class=n>"
                                      "%.2f</td><td class=n>%.2f</td><td class=n>%d</td><td class=n>%d</td></tr>",
                                      load.callers, ToAbsl(name), load.Qps(), load.Milliseconds(0.5),
                                      load.Milliseconds(0.9), load.Milliseconds(0.99), load.requests, load.failed));
  }

  // A bar for each quantile of each version, by the number of callers.
  void LatencyPlot() {
    double top = 0;
    for (const VersionResult* version : Versions()) {
      for (const LoadResult& load : version->loads) top = std::max(top, load.Milliseconds(0.99));
    }
    if (top <= 0) return;
    const size_t versions = Versions().size(), groups = result_.candidate.loads.size();
    const double height = 24.0 * static_cast<double>(groups * 3 * versions + groups);
    StrAppend(&html_, absl::StrFormat("<svg width=1000 height=%.0f role=img aria-label=\"Latency\">", height));
    double y = 0;
    for (size_t i = 0; i < groups; ++i) {
      for (const double quantile : {0.5, 0.9, 0.99}) {
        for (size_t v = 0; v < versions; ++v, y += 24) {
          const double ms = Versions()[v]->loads[i].Milliseconds(quantile);
          StrAppend(&html_,
                    absl::StrFormat("<text x=0 y=%.0f>%d × P%.0f %s</text><rect class=%s x=170 y=%.0f width=%.1f "
                                    "height=14 /><text x=%.1f y=%.0f>%.2f ms</text>",
                                    y + 16, result_.candidate.loads[i].callers, quantile * 100,
                                    v == 0 ? "candidate" : "baseline", v == 0 ? "candidate" : "baseline", y + 5,
                                    std::max(1.0, ms / top * 700), 178 + ms / top * 700, y + 16, ms));
        }
      }
      y += 24;
    }
    html_ += "</svg>";
  }

  std::vector<const VersionResult*> Versions() const {
    std::vector<const VersionResult*> versions = {&result_.candidate};
    if (result_.baseline) versions.push_back(&*result_.baseline);
    return versions;
  }

  void Memory() {
    const auto& points = result_.candidate.memory;
    if (points.size() < 2) return;
    double low = points[0].mb, high = points[0].mb;
    for (const MemoryPoint& point : points) low = std::min(low, point.mb), high = std::max(high, point.mb);
    low = std::max(0.0, low - 0.1 * high), high *= 1.1;
    html_ +=
        "<h2>Memory of the candidate</h2><svg width=1000 height=220 role=img aria-label=\"Resident memory\">"
        "<line class=axis x1=60 y1=190 x2=980 y2=190 /><line class=axis x1=60 y1=10 x2=60 y2=190 />";
    std::string path;
    for (const MemoryPoint& point : points) {
      const double x = 60 + 920 * static_cast<double>(point.requests) / static_cast<double>(points.back().requests);
      const double y = 190 - 180 * (point.mb - low) / (high - low);
      StrAppend(&path, path.empty() ? "M" : "L", absl::StrFormat("%.1f %.1f", x, y));
      StrAppend(&html_, absl::StrFormat("<circle class=candidate cx=%.1f cy=%.1f r=3 />", x, y));
    }
    StrAppend(&html_, "<path class=candidate style=\"fill:none;stroke-width:2\" d=\"", path, "\"/>",
              absl::StrFormat("<text x=0 y=20>%.0f MiB</text><text x=0 y=190>%.0f MiB</text><text x=880 y=212>%d "
                              "requests</text></svg>",
                              high, low, points.back().requests));
  }

  void Samples() {
    const auto worst = Worst(result_, kMaxShown);
    StrAppend(&html_, "<h2>", worst.empty() ? "No sample differs or is wrong" : "The worst samples", "</h2>");
    for (const SampleResult* sample : worst) ShowSample(*sample);
  }

  void ShowSample(const SampleResult& result) {
    const Sample& sample = dataset_.samples[result.sample];
    StrAppend(&html_, "<div class=sample><div>", contents_.Show(sample), "</div>");
    html_ +=
        HtmlColumn("expected", sample.expected ? EscapeHtml(*sample.expected) : "<span class=muted>not known</span>");
    const std::string& right = sample.expected ? *sample.expected : result.baseline;
    const bool known = sample.expected.has_value() || result_.baseline.has_value();
    html_ += HtmlColumn(StrCat("candidate", ScoreText(result.candidate_score)),
                        known ? MarkedHtml(result.candidate, right) : EscapeHtml(result.candidate));
    if (result_.baseline) {
      html_ += HtmlColumn(StrCat("baseline", ScoreText(result.baseline_score)), MarkedHtml(result.baseline, right));
    }
    html_ += "</div>";
  }

  static std::string ScoreText(const std::optional<double>& score) {
    return score ? absl::StrFormat(" — %.1f %% right", *score * 100) : "";
  }

  void Row(std::initializer_list<std::string_view> cells) {
    html_ += "<tr>";
    for (const std::string_view cell : cells) StrAppend(&html_, "<td>", cell, "</td>");
    html_ += "</tr>";
  }

  const Dataset& dataset_;
  const CheckResult& result_;
  std::string html_;
  SampleContents contents_;
};

}  // namespace

std::string HtmlReport(const Dataset& dataset, const CheckResult& result) { return Page(dataset, result).Write(); }

}  // namespace huidu::check
