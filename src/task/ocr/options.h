#pragma once

#include "absl/status/statusor.h"
#include "task/description.h"
#include "task/ocr/picture.h"
#include "task/ocr/text_regions.h"

namespace huidu::task::ocr {

enum class ReadingOrder {
  kRows,  // as RapidOCR: by the top edge, boxes within 10 pixels of it from left to right
  kPage,  // lines of the page, whichever way it is turned or tilted
};
enum class AngleRule {
  kLine,  // the classifier decides for each line
  kPage,  // for the page: most of its longest lines decide; and badly read lines are tried the other way too
};

// The settings of the task (docs/tasks.md).
struct Options {
  PictureLimits picture;
  int max_pictures = 16;
  int max_lines = 1000;

  // The picture before anything else
  int max_side = 0;  // larger pictures are reduced; 0: never
  bool enlarge_small_text = false;
  bool denoise = false;
  bool deskew = false;

  // Detection
  int detection_side = 736;
  bool detection_side_is_max = false;
  int detection_max_side = 0;  // 0: none but the bound on pixels
  RegionOptions regions;

  // Classification
  bool classification = true;
  double classification_threshold = 0.9;
  AngleRule angle = AngleRule::kPage;

  // Recognition
  int batch = 6;
  int min_width = 0;        // of a line, in pixels after scaling to the network's height
  bool few_widths = false;  // widths are rounded up, so that engines meet the same shapes again and again
  double batch_spread = 0;  // the widest line of a batch is at most this much wider than its narrowest; 0: any
  double min_text_score = 0.5;

  ReadingOrder order = ReadingOrder::kPage;
};

// Error: InvalidArgument with every wrong setting.
absl::StatusOr<Options> ReadOptions(const Description& description);

}  // namespace huidu::task::ocr
