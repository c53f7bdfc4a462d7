#include "task/ocr/options.h"

#include "base/status.h"
#include "task/settings.h"

namespace huidu::task::ocr {
namespace {

// What RapidOCR 1.4.5 does when nobody tells it otherwise.
Options RapidOcr() {
  Options options;
  options.max_side = 2000;
  options.angle = AngleRule::kLine;
  options.min_width = 320;
  options.order = ReadingOrder::kRows;
  return options;
}

Options Huidu() {
  Options options;
  options.detection_side = 480;
  options.detection_max_side = 1600;
  options.batch = 1;
  options.min_width = 64;
  options.few_widths = true;
  options.batch_spread = 0.15;
  return options;
}

void ReadLimits(Settings& settings, Options& options) {
  options.picture.max_pixels = settings.Integer("max_pixels", options.picture.max_pixels, 1024, 1 << 30);
  options.picture.max_bytes = settings.Integer("max_bytes", options.picture.max_bytes, 1024, 1 << 30);
  options.max_pictures = static_cast<int>(settings.Integer("max_pictures", options.max_pictures, 1, 1024));
  options.max_lines = static_cast<int>(settings.Integer("max_lines", options.max_lines, 1, 100'000));
}

void ReadDetection(Settings& settings, Options& options) {
  options.max_side = static_cast<int>(settings.Integer("max_side", options.max_side, 0, 20'000));
  options.enlarge_small_text = settings.Flag("enlarge_small_text", options.enlarge_small_text);
  options.denoise = settings.Flag("denoise", options.denoise);
  options.deskew = settings.Flag("deskew", options.deskew);
  options.detection_side = static_cast<int>(settings.Integer("detection_side", options.detection_side, 32, 4096));
  const std::string standard = options.detection_side_is_max ? "max" : "min";
  options.detection_side_is_max = settings.Choice("detection_side_type", standard, {"min", "max"}) == "max";
  options.detection_max_side =
      static_cast<int>(settings.Integer("detection_max_side", options.detection_max_side, 0, 8192));
  RegionOptions& regions = options.regions;
  regions.threshold = settings.Number("detection_threshold", regions.threshold, 0, 1);
  regions.box_threshold = settings.Number("detection_box_threshold", regions.box_threshold, 0, 1);
  regions.unclip_ratio = settings.Number("detection_unclip_ratio", regions.unclip_ratio, 0, 10);
  regions.dilation = settings.Flag("detection_dilation", regions.dilation);
}

void ReadRecognition(Settings& settings, Options& options) {
  options.classification = settings.Flag("classification", options.classification);
  options.classification_threshold =
      settings.Number("classification_threshold", options.classification_threshold, 0, 1);
  const std::string angle = options.angle == AngleRule::kLine ? "line" : "page";
  options.angle = settings.Choice("angle", angle, {"line", "page"}) == "line" ? AngleRule::kLine : AngleRule::kPage;
  options.batch = static_cast<int>(settings.Integer("recognition_batch", options.batch, 1, 64));
  options.min_width = static_cast<int>(settings.Integer("recognition_min_width", options.min_width, 0, 2048));
  options.few_widths = settings.Flag("recognition_few_widths", options.few_widths);
  options.batch_spread = settings.Number("recognition_batch_spread", options.batch_spread, 0, 100);
  options.min_text_score = settings.Number("min_text_score", options.min_text_score, 0, 1);
  const std::string order = options.order == ReadingOrder::kRows ? "rows" : "page";
  options.order =
      settings.Choice("reading_order", order, {"rows", "page"}) == "rows" ? ReadingOrder::kRows : ReadingOrder::kPage;
}

}  // namespace

absl::StatusOr<Options> ReadOptions(const Description& description) {
  Settings settings(description);
  Options options = settings.Choice("preset", "huidu", {"huidu", "rapidocr"}) == "huidu" ? Huidu() : RapidOcr();
  ReadLimits(settings, options);
  ReadDetection(settings, options);
  ReadRecognition(settings, options);
  HUIDU_RETURN_IF_ERROR(settings.Check());
  return options;
}

}  // namespace huidu::task::ocr
