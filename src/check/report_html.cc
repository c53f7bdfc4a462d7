#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "base/strings.h"
#include "check/report.h"

namespace huidu::check {
namespace {

constexpr size_t kMaxShown = 40;
constexpr size_t kMaxPicture = 2 << 20;
constexpr size_t kMaxPictures = 24 << 20;
constexpr size_t kMaxText = 4000;

constexpr char kStyle[] = R"(
body{font:15px/1.5 'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',sans-serif;max-width:1100px;margin:24px auto;
padding:0 16px;color:#1f2328}h1{font-size:24px}h2{font-size:18px;margin-top:36px}
table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:6px 10px;border-bottom:1px solid #d8dee4;
vertical-align:top}th{color:#57606a;font-weight:600}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}
.passed{color:#1a7f37}.failed{color:#cf222e}.no_data{color:#9a6700}.badge{font-weight:700}
pre{white-space:pre-wrap;word-break:break-word;margin:0;font:14px/1.5 inherit}img{max-width:320px;max-height:320px;
border:1px solid #d8dee4}.muted{color:#57606a}svg text{font:12px sans-serif;fill:#57606a}.candidate{fill:#bc4c00;
stroke:#bc4c00}.baseline{fill:#0969da;stroke:#0969da}.axis{stroke:#d8dee4}.sample{display:grid;gap:12px;
grid-template-columns:330px 1fr 1fr 1fr;border-top:1px solid #d8dee4;padding:12px 0}.sample h3{margin:0;font-size:13px;
color:#57606a;font-weight:600}mark{background:#ffebe9})";

// At most so many bytes, and no character in halves.
std::string_view Shortened(std::string_view text, size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && (static_cast<unsigned char>(text[bytes]) & 0xC0) == 0x80) --bytes;
  return text.substr(0, bytes);
}

std::string Escape(std::string_view text) {
  std::string out;
  for (const char c : Shortened(text, kMaxText)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 && c != '\n' ? '?' : c;
    }
  }
  if (text.size() > kMaxText) out += "…";
  return out;
}

std::string WithoutSpace(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (!absl::ascii_isspace(static_cast<unsigned char>(c))) out += c;
  }
  return out;
}

// The text as HTML; lines that do not stand in `reference` are marked. White space does not count, nor how the
// reference is cut into lines: pages are judged so as well.
std::string Marked(std::string_view text, std::string_view reference) {
  const std::string right = WithoutSpace(reference);
  std::string out;
  for (const absl::string_view line : absl::StrSplit(ToAbsl(Shortened(text, kMaxText)), '\n')) {
    const bool same = right.find(WithoutSpace(FromAbsl(line))) != std::string::npos;
    StrAppend(&out, out.empty() ? "" : "\n", same ? "" : "<mark>", Escape(FromAbsl(line)), same ? "" : "</mark>");
  }
  return text.size() > kMaxText ? out + "…" : out;
}

std::string Percent(double share) { return absl::StrFormat("%.2f %%", share * 100); }

std::string EstimateText(const Estimate& estimate) {
  return StrCat(Percent(estimate.value), " <span class=muted>(", Percent(estimate.low), " – ", Percent(estimate.high),
                ")</span>");
}

std::string PointsText(const Estimate& difference) {
  return absl::StrFormat("%+.2f <span class=muted>(%+.2f – %+.2f)</span>", difference.value * 100, difference.low * 100,
                         difference.high * 100);
}

// The picture's type by its first bytes; empty: none that a browser shows.
std::string_view PictureType(std::string_view bytes) {
  if (bytes.starts_with("\x89PNG")) return "image/png";
  if (bytes.starts_with("\xff\xd8\xff")) return "image/jpeg";
  if (bytes.starts_with("BM")) return "image/bmp";
  if (bytes.size() > 12 && bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP") return "image/webp";
  return "";
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
    StrAppend(&html_, "<!doctype html><html lang=en><head><meta charset=utf-8><title>Check of ", Escape(result_.model),
              "</title><style>", kStyle, "</style></head><body><h1>", Escape(result_.model),
              ": candidate <span class=\"", result_.Passed() ? "passed\">passed" : "failed\">did not pass",
              "</span></h1><table>");
    Row({"Candidate", Escape(result_.candidate.directory), Escape(result_.candidate.content_hash.substr(0, 16)),
         absl::StrFormat("loaded in %.1f s, %.1f s of it warm-up, %s", result_.candidate.load_seconds,
                         result_.candidate.warmup_seconds, result_.candidate.engine)});
    if (result_.baseline) {
      Row({"Baseline", Escape(result_.baseline->directory), Escape(result_.baseline->content_hash.substr(0, 16)),
           absl::StrFormat("loaded in %.1f s, %.1f s of it warm-up, %s", result_.baseline->load_seconds,
                           result_.baseline->warmup_seconds, result_.baseline->engine)});
    }
    Row({"Data set", Escape(result_.dataset), Escape(result_.dataset_sha256.substr(0, 16)),
         StrCat(dataset_.samples.size(), " samples; ", result_.time, ", ",
                absl::StrFormat("%.0f s", result_.seconds))});
    html_ += "</table>";
  }

  void Verdicts() {
    html_ +=
        "<h2>Limits</h2><table><tr><th>Limit</th><th>Of</th><th></th><th class=n>Figure</th><th class=n>Limit</th>"
        "<th>What was found</th></tr>";
    for (const Verdict& verdict : result_.verdicts) {
      StrAppend(&html_, "<tr><td>", Escape(verdict.rule), "</td><td>", Escape(verdict.about), "</td><td class=\"badge ",
                Name(verdict.state), "\">", Name(verdict.state), "</td><td class=n>",
                verdict.state == State::kNoData ? "–" : absl::StrFormat("%.4g", verdict.figure), "</td><td class=n>",
                absl::StrFormat("%.4g", verdict.limit), "</td><td>", Escape(verdict.text), "</td></tr>");
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
    StrAppend(&html_, "<tr><td>", Escape(name), "</td><td class=n>", candidate.samples, "</td><td>",
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
    StrAppend(&html_, "<div class=sample><div><h3>", Escape(sample.id), " ", Escape(sample.category), "</h3>");
    ShowContent(sample);
    html_ += "</div>";
    Column("expected", sample.expected ? Escape(*sample.expected) : "<span class=muted>not known</span>");
    const std::string& right = sample.expected ? *sample.expected : result.baseline;
    const bool known = sample.expected.has_value() || result_.baseline.has_value();
    Column(StrCat("candidate", ScoreText(result.candidate_score)),
           known ? Marked(result.candidate, right) : Escape(result.candidate));
    if (result_.baseline) {
      Column(StrCat("baseline", ScoreText(result.baseline_score)), Marked(result.baseline, right));
    }
    html_ += "</div>";
  }

  void ShowContent(const Sample& sample) {
    const std::string_view type = PictureType(sample.content);
    if (sample.kind != Sample::Kind::kFile || type.empty()) {
      StrAppend(&html_, "<pre>", Escape(sample.kind == Sample::Kind::kFile ? sample.file : sample.content), "</pre>");
      return;
    }
    pictures_ += sample.content.size();
    if (sample.content.size() > kMaxPicture || pictures_ > kMaxPictures) {
      StrAppend(&html_, "<pre>", Escape(sample.file), "</pre>");
      return;
    }
    StrAppend(&html_, "<img loading=lazy alt=\"", Escape(sample.id), "\" src=\"data:", type, ";base64,",
              absl::Base64Escape(ToAbsl(sample.content)), "\">");
  }

  static std::string ScoreText(const std::optional<double>& score) {
    return score ? absl::StrFormat(" — %.1f %% right", *score * 100) : "";
  }

  void Column(std::string_view title, std::string_view text) {
    StrAppend(&html_, "<div><h3>", title, "</h3><pre>", text, "</pre></div>");
  }

  void Row(std::initializer_list<std::string_view> cells) {
    html_ += "<tr>";
    for (const std::string_view cell : cells) StrAppend(&html_, "<td>", cell, "</td>");
    html_ += "</tr>";
  }

  const Dataset& dataset_;
  const CheckResult& result_;
  std::string html_;
  size_t pictures_ = 0;
};

}  // namespace

std::string HtmlReport(const Dataset& dataset, const CheckResult& result) { return Page(dataset, result).Write(); }

}  // namespace huidu::check
