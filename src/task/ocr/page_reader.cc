#include "task/ocr/page_reader.h"

#include <algorithm>
#include <opencv2/imgproc.hpp>

#include "base/status.h"
#include "base/strings.h"
#include "task/ocr/reading_order.h"

namespace huidu::task::ocr {
namespace {

constexpr double kTall = 1.5;             // height by width, from which on a box holds text that runs up or down
constexpr size_t kVoters = 6;             // lines that decide how the page stands
constexpr float kBadlyRead = 0.75f;       // a line with a lower score is tried the other way too
constexpr float kClearlyBetter = 0.1f;    // in score
constexpr double kNoticeableTilt = 0.01;  // radians

void Turn(cv::Mat& pixels, int quarters) {
  constexpr cv::RotateFlags kToTheLeft[] = {cv::ROTATE_90_COUNTERCLOCKWISE, cv::ROTATE_180, cv::ROTATE_90_CLOCKWISE};
  if (quarters % 4 == 0) return;
  cv::Mat turned;
  cv::rotate(pixels, turned, kToTheLeft[quarters % 4 - 1]);
  pixels = turned;
}

Box WholePicture(const cv::Mat& picture) {
  const auto width = static_cast<float>(picture.cols), height = static_cast<float>(picture.rows);
  return {cv::Point2f(0, 0), {width, 0}, {width, height}, {0, height}};
}

template <typename T>
std::vector<T> InOrder(const std::vector<T>& items, const std::vector<size_t>& order) {
  std::vector<T> ordered;
  for (const size_t index : order) ordered.push_back(items[index]);
  return ordered;
}

}  // namespace

absl::StatusOr<WorkingPicture> PageReader::Find(const cv::Mat& picture, std::vector<Box>& boxes) {
  WorkingPicture working = Prepare(picture, options_);
  HUIDU_ASSIGN_OR_RETURN(boxes, networks_.detector->Detect(working.pixels));
  const double tilt = TextAngle(boxes);
  if (options_.deskew && std::abs(tilt) > kNoticeableTilt && std::abs(tilt) < CV_PI / 4) {
    working = Straighten(working, tilt);
    HUIDU_ASSIGN_OR_RETURN(boxes, networks_.detector->Detect(working.pixels));
  }
  if (boxes.size() > static_cast<size_t>(options_.max_lines)) {
    return absl::InvalidArgumentError(StrCat("has ", boxes.size(), " lines of text; at most ", options_.max_lines,
                                             " are allowed (setting max_lines)"));
  }
  boxes = InOrder(boxes, OrderByRows(boxes));
  return working;
}

PageReader::Cut PageReader::CutOut(const cv::Mat& picture, const Box& box) const {
  Cut cut{.box = box, .pixels = CropLine(picture, box)};
  if (cut.pixels.rows >= kTall * cut.pixels.cols) {
    Turn(cut.pixels, 1);
    cut.quarters = 1;
  }
  return cut;
}

absl::StatusOr<std::vector<Line>> PageReader::Read(const cv::Mat& picture) {
  WorkingPicture working{.pixels = picture, .original = picture.size()};
  std::vector<Cut> cuts;
  if (networks_.detector.has_value()) {
    std::vector<Box> boxes;
    HUIDU_ASSIGN_OR_RETURN(working, Find(picture, boxes));
    for (const Box& box : boxes) cuts.push_back(CutOut(working.pixels, box));
  } else {
    cuts.push_back({.box = WholePicture(picture), .pixels = picture});
  }
  if (networks_.classifier.has_value()) {
    HUIDU_RETURN_IF_ERROR(options_.angle == AngleRule::kLine ? TurnEachLine(cuts) : TurnThePage(cuts));
  }
  if (networks_.recognizer.has_value()) HUIDU_RETURN_IF_ERROR(ReadLines(cuts));
  return Finish(working, cuts);
}

absl::Status PageReader::TurnEachLine(std::vector<Cut>& cuts) {
  std::vector<cv::Mat> lines;
  for (const Cut& cut : cuts) lines.push_back(cut.pixels);
  HUIDU_ASSIGN_OR_RETURN(const std::vector<bool> on_head, networks_.classifier->OnTheirHead(lines));
  for (size_t i = 0; i < cuts.size(); ++i) {
    if (!on_head[i]) continue;
    Turn(cuts[i].pixels, 2);
    cuts[i].quarters += 2;
  }
  return absl::OkStatus();
}

// A page stands one way. The classifier errs on short lines, so the longest decide for all.
absl::Status PageReader::TurnThePage(std::vector<Cut>& cuts) {
  for (const int quarters : {0, 1}) {  // those that lie, and those that stood
    std::vector<Cut*> group;
    for (Cut& cut : cuts) {
      if (cut.quarters == quarters) group.push_back(&cut);
    }
    std::stable_sort(group.begin(), group.end(), [](const Cut* a, const Cut* b) {
      return int64_t{a->pixels.cols} * b->pixels.rows > int64_t{b->pixels.cols} * a->pixels.rows;
    });
    std::vector<cv::Mat> voters;
    for (size_t i = 0; i < std::min(kVoters, group.size()); ++i) voters.push_back(group[i]->pixels);
    HUIDU_ASSIGN_OR_RETURN(const std::vector<bool> votes, networks_.classifier->OnTheirHead(voters));
    if (std::count(votes.begin(), votes.end(), true) * 2 <= static_cast<ptrdiff_t>(votes.size())) continue;
    for (Cut* cut : group) {
      Turn(cut->pixels, 2);
      cut->quarters += 2;
    }
  }
  return absl::OkStatus();
}

absl::Status PageReader::ReadLines(std::vector<Cut>& cuts) {
  std::vector<cv::Mat> lines;
  for (const Cut& cut : cuts) lines.push_back(cut.pixels);
  HUIDU_ASSIGN_OR_RETURN(std::vector<Reading> readings, networks_.recognizer->Read(lines));
  for (size_t i = 0; i < cuts.size(); ++i) cuts[i].reading = std::move(readings[i]);
  return options_.angle == AngleRule::kPage ? TryOtherWays(cuts) : absl::OkStatus();
}

// What is badly read may stand the other way round; a narrow letter may have been taken for a line that stands.
absl::Status PageReader::TryOtherWays(std::vector<Cut>& cuts) {
  std::vector<cv::Mat> lines;
  std::vector<std::pair<Cut*, int>> ways;  // and quarter turns
  for (Cut& cut : cuts) {
    if (cut.reading.score >= kBadlyRead) continue;
    const bool stood = cut.quarters % 2 == 1;
    for (const int quarters : stood ? std::vector{2, 3} : std::vector{2}) {
      cv::Mat turned = cut.pixels;
      Turn(turned, quarters);
      lines.push_back(turned);
      ways.emplace_back(&cut, quarters);
    }
  }
  if (lines.empty()) return absl::OkStatus();
  HUIDU_ASSIGN_OR_RETURN(const std::vector<Reading> readings, networks_.recognizer->Read(lines));
  for (size_t i = 0; i < ways.size(); ++i) {
    const auto [cut, quarters] = ways[i];
    if (readings[i].score < cut->reading.score + kClearlyBetter) continue;
    cut->reading = readings[i];
    cut->pixels = lines[i];
    cut->quarters += quarters;
  }
  return absl::OkStatus();
}

std::vector<Line> PageReader::Finish(const WorkingPicture& working, const std::vector<Cut>& cuts) const {
  std::vector<Line> lines;
  std::vector<Box> boxes;
  for (const Cut& cut : cuts) {
    if (networks_.recognizer.has_value() && cut.reading.score < options_.min_text_score) continue;
    lines.push_back({BeginAt(ToOriginal(working, cut.box), cut.quarters), cut.reading});
    boxes.push_back(lines.back().box);
  }
  return options_.order == ReadingOrder::kRows ? lines : InOrder(lines, OrderByPage(boxes));
}

}  // namespace huidu::task::ocr
