#include "cli/infer/npy.h"

#include <gtest/gtest.h>

#include <cstring>

#include "base/strings.h"
#include "gmock/gmock.h"

namespace huidu::cli {
namespace {

using tensor::DataType;
using testing::HasSubstr;

// A file of version 1 as NumPy writes it, but for the padding.
std::string Npy(const std::string& header, const std::string& data, char version = 1) {
  std::string file("\x93NUMPY", 6);
  file += version;
  file += '\0';
  file += static_cast<char>(header.size() & 255);
  file += static_cast<char>(header.size() >> 8);
  if (version == 2) file.append(2, '\0');
  return file + header + data;
}

NamedTensor Floats(tensor::Shape shape, const std::vector<float>& values) {
  std::string data(values.size() * sizeof(float), '\0');
  std::memcpy(data.data(), values.data(), data.size());
  return {"", DataType::kFp32, std::move(shape), std::move(data)};
}

TEST(NpyTest, ReadsWhatNumpyWrites) {
  const auto tensor =
      ParseNpy(Npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2, 3), }      \n", std::string(48, '\1')));
  ASSERT_TRUE(tensor.ok()) << tensor.status();
  EXPECT_EQ(tensor->type, DataType::kInt64);
  EXPECT_EQ(tensor->shape, (tensor::Shape{2, 3}));
  EXPECT_EQ(tensor->data, std::string(48, '\1'));
  const auto scalar = ParseNpy(Npy("{'descr': '|u1', 'fortran_order': False, 'shape': (), }\n", "x", 2));
  ASSERT_TRUE(scalar.ok()) << scalar.status();
  EXPECT_TRUE(scalar->shape.empty());
  EXPECT_TRUE(ParseNpy(Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }\n", "abcd")).ok());
}

TEST(NpyTest, ReadsBackWhatItWrites) {
  const NamedTensor tensor = Floats({1, 3}, {1.5f, -2.0f, 0.25f});
  const auto file = WriteNpy(tensor);
  ASSERT_TRUE(file.ok());
  EXPECT_EQ((file->size() - tensor.data.size()) % 64, 0u);
  const auto back = ParseNpy(*file);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->shape, tensor.shape);
  EXPECT_EQ(back->data, tensor.data);
}

TEST(NpyTest, RefusesWhatItCannotUseAndSaysWhy) {
  const struct {
    std::string file;
    const char* why;
  } cases[] = {
      {"", "does not begin"},
      {std::string("\x93NUMPY\x01\x00\xff\xff", 10) + "xx", "cut off"},
      {Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }\n", "1234567"), "needs 8 bytes, it holds 7"},
      {Npy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }\n", "1234"), "little-endian"},
      {Npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }\n", "1234"), "'|O'"},
      {Npy("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }\n", "1234"), "descr"},
      {Npy("{'descr': '<f4", "1234"), "shape"},
      {Npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1), }\n", "1234"), "Fortran"},
      {Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }\n", "1234"), "dimension"},
      {Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 99999999999), }\n", "1234"), ""},
      {Npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1), }\n", "1234"),
       "dimensions"},
      {Npy("{'descr': '<f4', 'fortran_order': False}\n", "1234"), "shape"},
      {Npy("{}         \n", "", 3), "version 3"},
  };
  for (const auto& c : cases) {
    const auto tensor = ParseNpy(c.file);
    ASSERT_FALSE(tensor.ok()) << c.why;
    EXPECT_THAT(std::string(Text(tensor.status())), HasSubstr(c.why));
  }
}

TEST(NpyTest, SurvivesEveryPrefixOfAFile) {
  const std::string file = *WriteNpy(Floats({2, 2}, {1, 2, 3, 4}));
  for (size_t length = 0; length < file.size(); ++length) EXPECT_FALSE(ParseNpy(file.substr(0, length)).ok());
}

TEST(NpyTest, WritesNoTypeThatNumpyHasNot) {
  EXPECT_FALSE(WriteNpy({"", DataType::kBytes, {1}, std::string(4, '\0')}).ok());
}

}  // namespace
}  // namespace huidu::cli
