#pragma once

#include <optional>
#include <vector>

#include "task/ocr/classifier.h"
#include "task/ocr/detector.h"
#include "task/ocr/recognizer.h"
#include "task/ocr/working_picture.h"

namespace huidu::task::ocr {

struct Line {
  Box box;  // in pixels of the picture
  Reading reading;
};

// Reads one picture after the other: finds lines, cuts them out, turns them upright, reads them.
// Runs on: the instance's thread.
class PageReader {
 public:
  // Parts that a version does not have are empty; it has a detector or a recognizer.
  struct Networks {
    std::optional<Detector> detector;
    std::optional<Classifier> classifier;
    std::optional<Recognizer> recognizer;
  };
  PageReader(Networks networks, const Options& options) : networks_(std::move(networks)), options_(options) {}

  // The lines in reading order. Errors: the networks'; InvalidArgument if there are more than max_lines.
  absl::StatusOr<std::vector<Line>> Read(const cv::Mat& picture);

 private:
  // A line on its way: as it was cut out of the picture and turned.
  struct Cut {
    Box box;
    cv::Mat pixels;
    int quarters = 0;  // quarter turns to the left since it was cut out
    Reading reading;
  };

  absl::StatusOr<WorkingPicture> Find(const cv::Mat& picture, std::vector<Box>& boxes);
  Cut CutOut(const cv::Mat& picture, const Box& box) const;
  absl::Status TurnEachLine(std::vector<Cut>& cuts);
  absl::Status TurnThePage(std::vector<Cut>& cuts);
  absl::Status ReadLines(std::vector<Cut>& cuts);
  absl::Status TryOtherWays(std::vector<Cut>& cuts);
  std::vector<Line> Finish(const WorkingPicture& working, const std::vector<Cut>& cuts) const;

  Networks networks_;
  const Options& options_;
};

}  // namespace huidu::task::ocr
