#include "cli/simulate/timeline_svg.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "absl/strings/str_format.h"
#include "base/strings.h"
#include "base/utf8.h"

namespace huidu::cli {
namespace {

using rollout::RuleStatus;

constexpr double kWidth = 1000, kLeft = 70, kRight = 24, kPanelHeight = 190;
constexpr double kShareTop = 64, kFigureTop = kShareTop + kPanelHeight + 70;
constexpr double kListTop = kFigureTop + kPanelHeight + 50, kLineHeight = 19;
constexpr size_t kMaxListed = 40;
constexpr size_t kMaxLineBytes = 130;
constexpr size_t kMaxTextBytes = 1000;  // of one event

constexpr char kStyle[] =
    "text{font-family:'DejaVu Sans','Noto Sans CJK SC',sans-serif;font-size:12px;fill:#24292f}"
    ".title{font-size:16px;font-weight:bold}.axis{fill:#57606a;font-size:11px}.end{text-anchor:end}"
    ".middle{text-anchor:middle}.grid{stroke:#d8dee4;stroke-width:1}.candidate{stroke:#bc4c00}.stable{stroke:#0969da}"
    ".limit{stroke:#cf222e;stroke-dasharray:7 4}.line{fill:none;stroke-width:2}.share{fill:#ffd8b5;stroke:#bc4c00}"
    ".shadow{fill:none;stroke:#8250df;stroke-dasharray:4 3;stroke-width:2}.event{stroke:#57606a;stroke-dasharray:2 3}"
    ".badge{fill:#24292f}.number{fill:#fff;font-size:10px;text-anchor:middle}";

// Text as XML holds it; control characters, which XML has not, become "?".
std::string Escaped(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '&') {
      escaped += "&amp;";
    } else if (c == '<') {
      escaped += "&lt;";
    } else if (c == '>') {
      escaped += "&gt;";
    } else if (c == '"') {
      escaped += "&quot;";
    } else {
      escaped += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return escaped;
}

std::string Shortened(const std::string& text) {
  if (text.size() <= kMaxTextBytes) return text;
  return StrCat(utf8::Shortened(text, kMaxTextBytes), "…");
}

// Lines of at most kMaxLineBytes, broken between words; a longer word stays whole.
std::vector<std::string> Wrapped(std::string_view text) {
  std::vector<std::string> lines(1);
  while (!text.empty()) {
    const size_t end = std::min(text.find(' '), text.size());
    const std::string_view word = text.substr(0, end);
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > kMaxLineBytes) lines.emplace_back();
    StrAppend(&lines.back(), lines.back().empty() ? "" : " ", word);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

// "rolled_back" for people.
std::string Spaced(std::string_view name) {
  std::string text(name);
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

std::string ClockText(double seconds) {
  const auto total = static_cast<int64_t>(std::llround(seconds));
  return absl::StrFormat("%d:%02d:%02d", total / 3600, total / 60 % 60, total % 60);
}

// The least usual step with which `span` has at most ten ticks.
double TickStep(double span) {
  for (const double step : {1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400}) {
    if (span / step <= 10) return step;
  }
  return std::ceil(span / 10 / 86400) * 86400;
}

// A round number not below `value`: 1, 2 or 5 times a power of ten.
double RoundUp(double value) {
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double times : {1, 2, 5}) {
    if (value <= times * power * (1 + 1e-9)) return times * power;
  }
  return 10 * power;
}

// A rule's figures at one moment as they are drawn.
struct Drawn {
  std::optional<double> candidate, stable, limit;
};

class Picture {
 public:
  Picture(const rollout::Policy& policy, const Replay& replay, const rollout::Rule& rule, size_t rule_index)
      : policy_(policy), replay_(replay), rule_(rule), rule_index_(rule_index) {
    begin_ = replay.points.empty() ? 0 : replay.points.front().seconds;
    end_ = replay.points.empty() ? 1 : std::max(replay.points.back().seconds, begin_ + 1);
  }

  std::string Draw();

 private:
  using Series = std::function<std::optional<double>(const Drawn&)>;

  double X(double seconds) const { return kLeft + (seconds - begin_) / (end_ - begin_) * (kWidth - kLeft - kRight); }
  // Cube root, so that 1 % is to be seen beside 100 %.
  static double ShareY(double share) { return kShareTop + kPanelHeight * (1 - std::cbrt(share / rollout::kWhole)); }
  double FigureY(double value) const {
    return kFigureTop + kPanelHeight * (1 - std::clamp(value / top_value_, 0.0, 1.0));
  }
  bool DrawsEvidence() const { return rule_.test == rollout::Test::kSequential; }
  Drawn At(const ReplayPoint& point) const;
  void FindTopValue();

  void Line(std::string_view css, double x1, double y1, double x2, double y2);
  void Words(std::string_view css, double x, double y, std::string_view text);
  void TimeAxis(double top);
  void SharePanel();
  void SharePath();
  void ShadowPath();
  void FigurePanel();
  void FigureLine(std::string_view css, const Series& series);
  void EventLines();
  double EventList();

  const rollout::Policy& policy_;
  const Replay& replay_;
  const rollout::Rule& rule_;
  const size_t rule_index_;
  double begin_ = 0, end_ = 1, top_value_ = 1, tick_ = 1;
  std::string svg_;
};

Drawn Picture::At(const ReplayPoint& point) const {
  const RuleStatus& status = point.rules[rule_index_];
  Drawn drawn;
  if (DrawsEvidence()) {
    if (status.headroom) drawn.candidate = std::max(0.0, 1 - *status.headroom);
    drawn.limit = 1;
    return drawn;
  }
  if (status.candidate) drawn.candidate = status.candidate->value;
  if (status.stable) drawn.stable = status.stable->value;
  drawn.limit = status.limit;
  return drawn;
}

void Picture::FindTopValue() {
  double greatest = 0, limit = 0;
  for (const ReplayPoint& point : replay_.points) {
    const Drawn drawn = At(point);
    greatest = std::max({greatest, drawn.candidate.value_or(0), drawn.stable.value_or(0)});
    limit = std::max(limit, drawn.limit.value_or(0));
  }
  if (limit > 0) greatest = std::min(greatest, 5 * limit);  // else one outlier makes all the rest a flat line
  tick_ = RoundUp(std::max({greatest, limit, 1e-6}) * 1.05 / 5);
  top_value_ = tick_ * std::ceil(std::max(greatest, limit) * 1.05 / tick_ + 1e-9);
}

void Picture::Line(std::string_view css, double x1, double y1, double x2, double y2) {
  StrAppend(&svg_, absl::StrFormat("<line class=\"%s\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\"/>\n",
                                   ToAbsl(css), x1, y1, x2, y2));
}

void Picture::Words(std::string_view css, double x, double y, std::string_view text) {
  StrAppend(&svg_, absl::StrFormat("<text class=\"%s\" x=\"%.1f\" y=\"%.1f\">", ToAbsl(css), x, y), Escaped(text),
            "</text>\n");
}

void Picture::TimeAxis(double top) {
  const double bottom = top + kPanelHeight, step = TickStep(end_ - begin_);
  for (double at = std::ceil(begin_ / step) * step; at <= end_; at += step) {
    Line("grid", X(at), top, X(at), bottom);
    Words("axis middle", X(at), bottom + 16, ClockText(at));
  }
}

void Picture::SharePanel() {
  Words("", kLeft, kShareTop - 8, "The candidate's share of users (filled) and of copied requests (dashed)");
  TimeAxis(kShareTop);
  for (const double percent : {0, 1, 5, 20, 50, 100}) {
    const double y = ShareY(percent * 100);
    Line("grid", kLeft, y, kWidth - kRight, y);
    Words("axis end", kLeft - 6, y + 4, absl::StrFormat("%.0f %%", percent));
  }
  SharePath();
  ShadowPath();
}

void Picture::SharePath() {
  std::string path = absl::StrFormat("M%.1f %.1f", X(begin_), ShareY(0));
  for (const ReplayPoint& point : replay_.points) {
    StrAppend(&path, absl::StrFormat("H%.1fV%.1f", X(point.seconds), ShareY(point.route.share)));
  }
  StrAppend(&path, absl::StrFormat("H%.1fV%.1fZ", X(end_), ShareY(0)));
  StrAppend(&svg_, "<path class=\"share\" d=\"", path, "\"/>\n");
}

// Only while requests are copied.
void Picture::ShadowPath() {
  std::string path;
  uint32_t before = 0;
  for (const ReplayPoint& point : replay_.points) {
    const uint32_t now = point.route.shadow_share;
    if (before > 0) StrAppend(&path, absl::StrFormat("H%.1fV%.1f", X(point.seconds), ShareY(now)));
    if (before == 0 && now > 0) {
      StrAppend(&path, absl::StrFormat("M%.1f %.1fV%.1f", X(point.seconds), ShareY(0), ShareY(now)));
    }
    before = now;
  }
  if (!path.empty()) StrAppend(&svg_, "<path class=\"shadow\" d=\"", path, "\"/>\n");
}

void Picture::FigurePanel() {
  FindTopValue();
  const health::MetricInfo& metric = health::Info(rule_.metric);
  const bool percent = DrawsEvidence() || metric.unit == "%";
  std::string what(DrawsEvidence() ? "evidence, of what is needed" : metric.name);
  if (percent || !metric.unit.empty()) StrAppend(&what, ", ", percent ? "%" : metric.unit);
  Words("", kLeft, kFigureTop - 8, StrCat("Rule '", rule_.name, "': ", what));
  TimeAxis(kFigureTop);
  for (double value = 0; value <= top_value_ + tick_ / 2; value += tick_) {
    Line("grid", kLeft, FigureY(value), kWidth - kRight, FigureY(value));
    Words("axis end", kLeft - 6, FigureY(value) + 4, absl::StrFormat("%.6g", percent ? value * 100 : value));
  }
  if (!DrawsEvidence()) FigureLine("line stable", [](const Drawn& drawn) { return drawn.stable; });
  FigureLine("line candidate", [](const Drawn& drawn) { return drawn.candidate; });
  FigureLine("line limit", [](const Drawn& drawn) { return drawn.limit; });
  double x = kWidth - kRight - 260;
  for (const auto& [css, name] :
       {std::pair("line candidate", "candidate"), {"line stable", "stable"}, {"line limit", "limit"}}) {
    if (DrawsEvidence() && std::string_view(name) == "stable") continue;
    Line(css, x, kFigureTop - 12, x + 22, kFigureTop - 12);
    Words("", x + 27, kFigureTop - 8, name);
    x += 95;
  }
}

// Broken where there is no figure.
void Picture::FigureLine(std::string_view css, const Series& series) {
  std::string path;
  bool drawing = false;
  for (const ReplayPoint& point : replay_.points) {
    const std::optional<double> value = series(At(point));
    if (value) StrAppend(&path, absl::StrFormat("%c%.1f %.1f", drawing ? 'L' : 'M', X(point.seconds), FigureY(*value)));
    drawing = value.has_value();
  }
  if (!path.empty()) StrAppend(&svg_, "<path class=\"", css, "\" d=\"", path, "\"/>\n");
}

// A numbered line through both panels for each event.
void Picture::EventLines() {
  double badge_x = -100;
  double badge_y = kShareTop + 8;
  for (size_t i = 0; i < std::min(replay_.events.size(), kMaxListed); ++i) {
    const double x = X(replay_.events[i].seconds);
    badge_y = x - badge_x < 18 ? badge_y + 18 : kShareTop + 8;  // those at the same moment stand below each other
    badge_x = x;
    Line("event", x, kShareTop, x, kFigureTop + kPanelHeight);
    StrAppend(&svg_, absl::StrFormat("<circle class=\"badge\" cx=\"%.1f\" cy=\"%.1f\" r=\"8\"/>\n", x, badge_y));
    Words("number", x, badge_y + 3.5, StrCat(i + 1));
  }
}

// What the numbers mean. Gives the height of the whole picture.
double Picture::EventList() {
  double y = kListTop;
  for (size_t i = 0; i < std::min(replay_.events.size(), kMaxListed); ++i) {
    const auto& [seconds, event] = replay_.events[i];
    std::string text = StrCat(ClockText(seconds), " ", Spaced(Name(event.kind)));
    if (!event.stage.empty()) StrAppend(&text, " [", event.stage, "]");
    if (!event.text.empty()) StrAppend(&text, ": ", Shortened(event.text));
    Words("end", kLeft + 18, y, StrCat(i + 1, "."));
    for (const std::string& line : Wrapped(text)) {
      Words("", kLeft + 24, y, line);
      y += kLineHeight;
    }
  }
  return y;
}

std::string Picture::Draw() {
  Words("title", kLeft, 28, StrCat("Rollout of ", policy_.candidate, ": ", Spaced(Name(replay_.last.phase))));
  SharePanel();
  FigurePanel();
  EventLines();
  const double height = EventList();
  const std::string head = absl::StrFormat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" "
      "height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\">\n<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" "
      "fill=\"#fff\"/>\n",
      kWidth, height, kWidth, height, kStyle);
  return head + svg_ + "</svg>\n";
}

// How near to the limit the rule ever came; 1 if it never had a figure.
double LeastHeadroom(const Replay& replay, size_t rule) {
  double least = 1;
  for (const ReplayPoint& point : replay.points) least = std::min(least, point.rules[rule].headroom.value_or(1));
  return least;
}

}  // namespace

absl::StatusOr<size_t> RuleToDraw(const rollout::Policy& policy, const Replay& replay, std::string_view name) {
  std::string wanted(name);
  if (wanted.empty() && replay.outcome && replay.outcome->rule) wanted = replay.outcome->rule->rule;
  std::string known;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    if (policy.rules[i].name == wanted) return i;
    StrAppend(&known, i == 0 ? "" : ", ", policy.rules[i].name);
  }
  if (policy.rules.empty()) return absl::NotFoundError("the policy has no rule to draw");
  if (!wanted.empty()) return absl::NotFoundError(StrCat("no rule '", wanted, "': the policy has ", known));
  size_t nearest = 0;
  for (size_t i = 1; i < policy.rules.size(); ++i) {
    if (LeastHeadroom(replay, i) < LeastHeadroom(replay, nearest)) nearest = i;
  }
  return nearest;
}

std::string TimelineSvg(const rollout::Policy& policy, const Replay& replay, size_t rule) {
  return Picture(policy, replay, policy.rules[rule], rule).Draw();
}

}  // namespace huidu::cli
