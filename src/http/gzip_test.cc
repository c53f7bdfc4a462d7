#include "http/gzip.h"

#include <gmock/gmock.h>

namespace huidu::http {
namespace {

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

// Through a window of `room` bytes at a time.
absl::StatusOr<std::string> Inflate(std::string_view compressed, size_t room) {
  Inflater inflater;
  std::span<const std::byte> in = Bytes(compressed);
  std::string out;
  std::string window(room, '\0');
  while (!inflater.done()) {
    const auto step = inflater.Decode(in, std::as_writable_bytes(std::span(window)));
    if (!step.ok()) return step.status();
    if (step->consumed == 0 && step->produced == 0) return absl::OutOfRangeError("cut off");
    in = in.subspan(step->consumed);
    out.append(window, 0, step->produced);
  }
  return out;
}

TEST(GzipTest, WhatIsCompressedComesBack) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) text += std::to_string(i * 7919 % 1000);
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    Deflater deflater(coding);
    deflater.Add(Bytes(std::string_view(text).substr(0, 1000)));
    deflater.Add(Bytes(std::string_view(text).substr(1000)));
    const std::string compressed = deflater.Finish();
    EXPECT_LT(compressed.size(), text.size());
    EXPECT_EQ(*Inflate(compressed, 100), text) << Name(coding);
  }
}

TEST(GzipTest, DamageIsAnErrorAndNotACrash) {
  Deflater deflater(Coding::kGzip);
  deflater.Add(Bytes("some text, some text, some text"));
  std::string compressed = deflater.Finish();
  EXPECT_EQ(Inflate(compressed.substr(0, compressed.size() - 4), 100).status().code(), absl::StatusCode::kOutOfRange);
  compressed[compressed.size() - 6] ^= 1;  // the checksum
  EXPECT_EQ(Inflate(compressed, 100).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Inflate("this is no gzip at all", 100).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(GzipTest, KnowsTheCodingsThatItCanRead) {
  EXPECT_EQ(ParseContentEncoding(""), Coding::kIdentity);
  EXPECT_EQ(ParseContentEncoding("X-GZIP"), Coding::kGzip);
  EXPECT_EQ(ParseContentEncoding("deflate"), Coding::kDeflate);
  EXPECT_EQ(ParseContentEncoding("br"), std::nullopt);
  EXPECT_EQ(ParseContentEncoding("gzip, gzip"), std::nullopt);
}

TEST(GzipTest, ChoosesWhatTheClientLikesBest) {
  EXPECT_EQ(ChooseCoding("gzip, deflate"), Coding::kGzip);
  EXPECT_EQ(ChooseCoding("gzip;q=0.2 , deflate;q=0.8"), Coding::kDeflate);
  EXPECT_EQ(ChooseCoding("gzip;q=0"), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding("br, *"), Coding::kGzip);
  EXPECT_EQ(ChooseCoding("identity"), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding(" ,;q=, gzip;q=x"), Coding::kIdentity);
  EXPECT_EQ(ChooseCoding(""), Coding::kIdentity);
}

}  // namespace
}  // namespace huidu::http
