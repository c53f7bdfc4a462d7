#include "task/ocr/picture.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/status.h"
#include "base/strings.h"
#include "task/ocr/bounded_allocator.h"

namespace huidu::task::ocr {
namespace {

using std::string_view_literals::operator""sv;

enum class Format { kUnknown, kJpeg, kPng, kBmp, kTiff, kWebp };

// OpenCV would try every codec that the system's build has, also those that nobody expects here (GDAL, OpenEXR).
Format FormatOf(std::string_view bytes) {
  if (bytes.starts_with("\xFF\xD8\xFF"sv)) return Format::kJpeg;
  if (bytes.starts_with("\x89PNG\r\n\x1A\n"sv)) return Format::kPng;
  if (bytes.starts_with("BM"sv)) return Format::kBmp;
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) return Format::kTiff;
  if (bytes.starts_with("RIFF"sv) && bytes.substr(0, 12).ends_with("WEBP"sv)) return Format::kWebp;
  return Format::kUnknown;
}

absl::Status NotAPicture(std::string_view bytes) {
  const std::string_view what = bytes.starts_with("GIF8"sv) ? "is a GIF" : "is not a picture";
  return absl::InvalidArgumentError(StrCat(what, "; expected is a JPEG, PNG, BMP, TIFF or WebP file's content"));
}

// libjpeg fills what is missing with grey and calls that a success. A whole picture has an end marker behind its last
// scan; within a scan the marker's bytes cannot stand.
bool IsCutShort(std::string_view jpeg) {
  const size_t end = jpeg.rfind("\xFF\xD9"sv), scan = jpeg.rfind("\xFF\xDA"sv);
  return end == std::string_view::npos || (scan != std::string_view::npos && scan > end);
}

cv::Mat Decode(std::string_view bytes, int flags, const PictureLimits& limits) {
  const BoundedMatrices bounded(limits.max_pixels);
  const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8U, const_cast<char*>(bytes.data()));
  return cv::imdecode(buffer, flags);
}

// Whether the file may have an alpha channel: only then is it worth looking at the picture as it is stored.
bool MayBeTransparent(Format format, std::string_view bytes) {
  constexpr size_t kColourType = 25, kFarEnough = 4096;
  if (format == Format::kJpeg || format == Format::kBmp) return false;
  if (format != Format::kPng) return true;
  return bytes.size() > kColourType &&
         ((bytes[kColourType] & 4) != 0 || bytes.substr(0, kFarEnough).find("tRNS") != bytes.npos);
}

// Text is dark on something light: where nothing is, there is paper.
cv::Mat OnWhite(const cv::Mat& stored) {
  cv::Mat picture;
  stored.convertTo(picture, CV_32F, stored.depth() == CV_16U ? 1.0 / 257 : 1.0);
  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  const cv::Mat alpha = planes[3] / 255;
  planes.pop_back();
  for (cv::Mat& plane : planes) plane = (plane - 255).mul(alpha) + 255;
  cv::merge(planes, picture);
  picture.convertTo(picture, CV_8U);
  return picture;
}

cv::Mat DecodeUpright(Format format, std::string_view bytes, const PictureLimits& limits) {
  if (MayBeTransparent(format, bytes)) {
    const cv::Mat stored = Decode(bytes, cv::IMREAD_UNCHANGED, limits);
    if (stored.empty()) return stored;  // damaged; but its type says what it would have been
    const bool has_alpha = stored.channels() == 4 && (stored.depth() == CV_8U || stored.depth() == CV_16U);
    if (has_alpha) return OnWhite(stored);
  }
  return Decode(bytes, cv::IMREAD_COLOR, limits);
}

std::string Allowed(const PictureLimits& limits) {
  return StrCat("; at most ", limits.max_pixels, " pixels are allowed (setting max_pixels)");
}

}  // namespace

absl::StatusOr<cv::Mat> DecodePicture(std::string_view bytes, const PictureLimits& limits) {
  if (static_cast<int64_t>(bytes.size()) > limits.max_bytes) {
    return absl::InvalidArgumentError(
        StrCat("has ", bytes.size(), " bytes; at most ", limits.max_bytes, " are allowed (setting max_bytes)"));
  }
  const Format format = FormatOf(bytes);
  if (format == Format::kUnknown) return NotAPicture(bytes);
  if (format == Format::kJpeg && IsCutShort(bytes))
    return absl::InvalidArgumentError("is cut short: its end is missing");
  try {
    cv::Mat picture = DecodeUpright(format, bytes, limits);
    if (picture.empty() || picture.type() != CV_8UC3) {
      return absl::InvalidArgumentError(
          "cannot be decoded: it is damaged, cut short, or of a kind that is not supported");
    }
    return picture;
  } catch (const BoundedMatrices::TooManyPixels& size) {
    return absl::InvalidArgumentError(StrCat("is ", size.width, "x", size.height, " pixels", Allowed(limits)));
  } catch (const std::exception& error) {
    // OpenCV's own limits, which stand before ours, and what its decoders throw.
    const bool too_large = std::string_view(error.what()).find("CV_IO_MAX_IMAGE") != std::string_view::npos;
    if (too_large) return absl::InvalidArgumentError(StrCat("is far too large", Allowed(limits)));
    return absl::InvalidArgumentError(StrCat("cannot be decoded: ", error.what()));
  }
}

absl::StatusOr<std::string> ExamplePicture() {
  try {
    cv::Mat picture(96, 480, CV_8UC3, cv::Scalar::all(255));
    cv::putText(picture, "Huidu 2026", {40, 62}, cv::FONT_HERSHEY_SIMPLEX, 1.5, cv::Scalar::all(0), 3, cv::LINE_AA);
    std::vector<uint8_t> png;
    if (!cv::imencode(".png", picture, png)) return absl::InternalError("OpenCV cannot write PNG");
    return std::string(png.begin(), png.end());
  } catch (const std::exception& error) {
    return absl::InternalError(StrCat("making the example picture: ", error.what()));
  }
}

}  // namespace huidu::task::ocr
