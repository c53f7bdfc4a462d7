#include "cli/infer/image.h"

#include <gtest/gtest.h>

#include <cstring>

namespace huidu::cli {
namespace {

const tensor::Spec kRecognition{"x", tensor::DataType::kFp32, {-1, 3, 48, -1}};

// A BMP of 24 bits a pixel; `bgr` row by row from the bottom, each row a multiple of four bytes.
std::string Bmp(int width, int height, const std::string& bgr) {
  std::string head(54, '\0');
  const auto put = [&](size_t at, uint32_t value) { std::memcpy(head.data() + at, &value, 4); };
  head[0] = 'B';
  head[1] = 'M';
  put(2, static_cast<uint32_t>(54 + bgr.size()));
  put(10, 54);
  put(14, 40);
  put(18, static_cast<uint32_t>(width));
  put(22, static_cast<uint32_t>(height));
  head[26] = 1;
  head[28] = 24;
  return head + bgr;
}

float At(const NamedTensor& tensor, int64_t channel, int64_t y, int64_t x) {
  float value = 0;
  const int64_t index = (channel * tensor.shape[2] + y) * tensor.shape[3] + x;
  std::memcpy(&value, tensor.data.data() + index * 4, 4);
  return value;
}

TEST(ImageTest, DecodesAPicture) {
  const auto image = DecodeImage(Bmp(1, 2, std::string("\x01\x02\x03\0\x04\x05\x06\0", 8)));
  ASSERT_TRUE(image.ok()) << image.status();
  EXPECT_EQ(image->width, 1);
  EXPECT_EQ(image->height, 2);
  EXPECT_EQ(image->rgb, (std::vector<uint8_t>{6, 5, 4, 3, 2, 1}));  // the lower row comes first in the file
}

TEST(ImageTest, RefusesWhatIsNoPictureOrClaimsToBeHuge) {
  for (const std::string& file : {std::string(), std::string("GIF89a"), Bmp(60000, 60000, "abcd")}) {
    EXPECT_EQ(DecodeImage(file).status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(ImageTest, ResizesLikeOpenCv) {
  const Image image{2, 1, {0, 0, 0, 100, 100, 100}};
  const Image wide = Resize(image, 4, 1);
  // cv2.resize(numpy.array([[0, 100]], "uint8"), (4, 1)) is 0, 25, 75, 100.
  EXPECT_EQ(wide.rgb, (std::vector<uint8_t>{0, 0, 0, 25, 25, 25, 75, 75, 75, 100, 100, 100}));
}

TEST(ImageTest, MakesABlueFirstTensorAsWideAsThePicture) {
  const Image red{20, 10, [] {
                    std::vector<uint8_t> rgb;
                    for (int i = 0; i < 200; ++i) rgb.insert(rgb.end(), {255, 0, 0});
                    return rgb;
                  }()};
  const auto tensor = ImageTensor(red, kRecognition, {});
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->shape, (tensor::Shape{1, 3, 48, 96}));
  EXPECT_EQ(At(*tensor, 0, 5, 5), -1.0f);
  EXPECT_EQ(At(*tensor, 2, 5, 5), 1.0f);
  EXPECT_EQ(At(*ImageTensor(red, kRecognition, {.rgb = true}), 0, 5, 5), 1.0f);
}

TEST(ImageTest, FillsTheRestOfAFixedWidthWithZerosAndSqueezesWhatIsWider) {
  const Image white{10, 10, std::vector<uint8_t>(300, 255)};
  const auto padded = ImageTensor(white, {"x", tensor::DataType::kFp32, {1, 3, 48, 320}}, {});
  ASSERT_TRUE(padded.ok());
  EXPECT_EQ(At(*padded, 0, 0, 47), 1.0f);
  EXPECT_EQ(At(*padded, 0, 0, 48), 0.0f);
  const auto squeezed = ImageTensor(white, {"x", tensor::DataType::kFp32, {1, 3, 48, 16}}, {});
  EXPECT_EQ(squeezed->shape, (tensor::Shape{1, 3, 48, 16}));
  EXPECT_EQ(At(*squeezed, 0, 0, 15), 1.0f);
  EXPECT_EQ(ImageTensor(white, kRecognition, {.width = 320})->shape[3], 320);
}

TEST(ImageTest, RefusesAModelThatTakesNoPicture) {
  const Image image{1, 1, {0, 0, 0}};
  EXPECT_FALSE(ImageTensor(image, {"words", tensor::DataType::kInt64, {-1, 1}}, {}).ok());
  EXPECT_FALSE(ImageTensor(image, {"x", tensor::DataType::kFp32, {1, 1, 48, 320}}, {}).ok());
}

}  // namespace
}  // namespace huidu::cli
