#include "task/ocr/picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "base/strings.h"
#include "task/ocr/bounded_allocator.h"
#include "tensor/tensor.h"

namespace huidu::task::ocr {
namespace {

using std::string_literals::operator""s;
using std::string_view_literals::operator""sv;
using ::testing::AnyOf;
using ::testing::HasSubstr;

// A smooth picture in which every corner looks different: red to the right, green downwards.
cv::Mat Gradient(int width = 120, int height = 80) {
  cv::Mat picture(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x)
      picture.at<cv::Vec3b>(y, x) = cv::Vec3b(40, static_cast<uchar>(2 * y), static_cast<uchar>(2 * x));
  }
  return picture;
}

std::string Encode(const char* format, const cv::Mat& picture, const std::vector<int>& parameters = {}) {
  std::vector<uint8_t> bytes;
  EXPECT_TRUE(cv::imencode(format, picture, bytes, parameters));
  return {bytes.begin(), bytes.end()};
}

std::string Lossless(const char* format, const cv::Mat& picture) {
  if (std::string_view(format) != ".webp") return Encode(format, picture);
  return Encode(format, picture, {cv::IMWRITE_WEBP_QUALITY, 101});
}

cv::Mat Decoded(const std::string& bytes) {
  const auto picture = DecodePicture(bytes, {});
  EXPECT_TRUE(picture.ok()) << picture.status();
  return picture.ok() ? *picture : cv::Mat();
}

std::string Refusal(std::string_view bytes, const PictureLimits& limits = {}) {
  const auto picture = DecodePicture(bytes, limits);
  EXPECT_EQ(picture.status().code(), absl::StatusCode::kInvalidArgument) << picture.status();
  return std::string(Text(picture.status()));
}

double Difference(const cv::Mat& a, const cv::Mat& b) {
  if (a.size() != b.size() || a.type() != b.type()) return 1e9;
  return cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * a.channels());
}

// 16-bit numbers in a JPEG's and a TIFF's byte order; 32-bit ones in a PNG's.
std::string Big(uint32_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) text.push_back(static_cast<char>(value >> (8 * i)));
  return text;
}

// A JPEG with EXIF data that say how the camera was held.
std::string WithOrientation(const std::string& jpeg, uint16_t orientation) {
  const std::string tiff =
      "MM\0*\0\0\0\x08\0\x01"s + Big(0x0112, 2) + Big(3, 2) + Big(1, 4) + Big(orientation, 2) + "\0\0\0\0\0\0"s;
  const std::string exif = "Exif\0\0"s + tiff;
  return jpeg.substr(0, 2) + "\xFF\xE1" + Big(static_cast<uint32_t>(exif.size()) + 2, 2) + exif + jpeg.substr(2);
}

class EachFormatTest : public ::testing::TestWithParam<const char*> {};

TEST_P(EachFormatTest, IsDecodedToBgr) {
  EXPECT_LT(Difference(Decoded(Lossless(GetParam(), Gradient())), Gradient()), 3);
}

TEST_P(EachFormatTest, GreyBecomesBgr) {
  cv::Mat grey, expected;
  cv::cvtColor(Gradient(), grey, cv::COLOR_BGR2GRAY);
  cv::cvtColor(grey, expected, cv::COLOR_GRAY2BGR);
  EXPECT_LT(Difference(Decoded(Lossless(GetParam(), grey)), expected), 3);
}

TEST_P(EachFormatTest, CutShortAnywhereIsRefused) {
  const std::string whole = Lossless(GetParam(), Gradient());
  for (size_t tenths = 0; tenths < 10; ++tenths) {
    const std::string cut = whole.substr(0, whole.size() * tenths / 10);
    EXPECT_THAT(Refusal(cut),
                AnyOf(HasSubstr("is cut short"), HasSubstr("cannot be decoded"), HasSubstr("is not a picture")))
        << tenths << " tenths";
  }
}

TEST_P(EachFormatTest, TooManyPixelsAreRefusedByTheHeader) {
  const std::string bytes = Lossless(GetParam(), Gradient());
  EXPECT_THAT(Refusal(bytes, {.max_pixels = 120 * 80 - 1}),
              HasSubstr("is 120x80 pixels; at most 9599 pixels are allowed"));
  EXPECT_TRUE(DecodePicture(bytes, {.max_pixels = 120 * 80}).ok());
}

INSTANTIATE_TEST_SUITE_P(Formats, EachFormatTest, ::testing::Values(".jpg", ".png", ".bmp", ".tiff", ".webp"),
                         [](const auto& info) { return info.param + 1; });

TEST(PictureTest, IsTurnedAsTheCameraWasHeld) {
  const std::string jpeg = Encode(".jpg", Gradient());
  cv::Mat right, left, down;
  cv::rotate(Gradient(), right, cv::ROTATE_90_CLOCKWISE);
  cv::rotate(Gradient(), left, cv::ROTATE_90_COUNTERCLOCKWISE);
  cv::rotate(Gradient(), down, cv::ROTATE_180);
  EXPECT_LT(Difference(Decoded(WithOrientation(jpeg, 1)), Gradient()), 3);
  EXPECT_LT(Difference(Decoded(WithOrientation(jpeg, 6)), right), 3);
  EXPECT_LT(Difference(Decoded(WithOrientation(jpeg, 8)), left), 3);
  EXPECT_LT(Difference(Decoded(WithOrientation(jpeg, 3)), down), 3);
}

TEST(PictureTest, SixteenBitsBecomeEight) {
  cv::Mat deep;
  Gradient().convertTo(deep, CV_16U, 257);
  for (const char* format : {".png", ".tiff"})
    EXPECT_LT(Difference(Decoded(Encode(format, deep)), Gradient()), 1.5) << format;
}

TEST(PictureTest, WhatIsTransparentIsPaper) {
  cv::Mat picture(20, 30, CV_8UC4, cv::Scalar(0, 0, 0, 0));
  cv::rectangle(picture, {5, 5, 10, 10}, cv::Scalar(10, 20, 30, 255), cv::FILLED);
  for (const char* format : {".png", ".webp"}) {
    const cv::Mat decoded = Decoded(Lossless(format, picture));
    ASSERT_EQ(decoded.size(), picture.size());
    EXPECT_EQ(decoded.at<cv::Vec3b>(0, 0), cv::Vec3b(255, 255, 255)) << format;
    EXPECT_EQ(decoded.at<cv::Vec3b>(8, 8), cv::Vec3b(10, 20, 30)) << format;
  }
  cv::Mat deep;
  picture.convertTo(deep, CV_16U, 257);
  EXPECT_EQ(Decoded(Encode(".png", deep)).at<cv::Vec3b>(8, 8), cv::Vec3b(10, 20, 30));
}

TEST(PictureTest, ADamagedTransparentPictureIsRefused) {
  std::string png = Encode(".png", cv::Mat(40, 40, CV_8UC4, cv::Scalar(1, 2, 3, 4)));
  png[png.size() - 20] ^= 0x55;
  EXPECT_THAT(Refusal(png), HasSubstr("cannot be decoded"));
}

TEST(PictureTest, OthersThanTheFiveFormatsAreNamed) {
  for (const std::string_view bytes : {""sv, "hello"sv, "P5\n2 2\n255\nabcd"sv, "\0\0\0\0"sv}) {
    EXPECT_THAT(Refusal(bytes), HasSubstr("is not a picture; expected is a JPEG, PNG, BMP, TIFF or WebP"));
  }
  EXPECT_THAT(Refusal("GIF89a\1\0\1\0"sv), HasSubstr("is a GIF; expected"));
}

TEST(PictureTest, TooManyBytesAreRefusedUnread) {
  EXPECT_THAT(Refusal(std::string(2000, 'x'), {.max_bytes = 1999}),
              HasSubstr("has 2000 bytes; at most 1999 are allowed"));
}

// A header that promises more than any machine holds, with nothing behind it.
TEST(PictureTest, ABombIsRefusedByItsHeader) {
  std::string png = Encode(".png", Gradient());
  const auto promise = [&](uint32_t side) {
    std::string bomb = png;
    bomb.replace(16, 8, Big(side, 4) + Big(side, 4));
    bomb.replace(29, 4, Big(0, 4));  // the checksum no longer fits; libpng may say so first
    return bomb;
  };
  EXPECT_FALSE(DecodePicture(promise(60'000), {}).ok());
  std::string bmp = Encode(".bmp", Gradient());
  for (const auto& [side, text] :
       {std::pair(uint16_t{60'000}, "at most 40000000 pixels"), {uint16_t{30'000}, "is 30000x30000 pixels"}}) {
    for (const size_t at : {size_t{18}, size_t{22}}) {
      bmp[at] = static_cast<char>(side & 0xFF), bmp[at + 1] = static_cast<char>(side >> 8);
    }
    EXPECT_THAT(Refusal(bmp), HasSubstr(text));
  }
}

TEST(PictureTest, PixelsThatAreMissingAreNoOldMemory) {
  const BoundedMatrices bounded(1000);
  const cv::Mat fresh(20, 20, CV_8U);
  EXPECT_EQ(cv::countNonZero(fresh), 0);
}

TEST(PictureTest, TheExampleIsAPictureThatFits) {
  const auto example = ExamplePicture();
  ASSERT_TRUE(example.ok()) << example.status();
  EXPECT_LE(example->size(), tensor::kMaxExample);
  EXPECT_FALSE(Decoded(*example).empty());
}

}  // namespace
}  // namespace huidu::task::ocr
