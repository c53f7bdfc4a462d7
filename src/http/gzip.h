#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

// Content-Encoding: gzip and deflate, piece by piece, so that memory and time spent at once are bounded.
namespace huidu::http {

enum class Coding { kIdentity, kGzip, kDeflate };
std::string_view Name(Coding coding);

// "gzip", "x-gzip", "deflate", "identity", "". Empty for any other coding, and for several at once.
std::optional<Coding> ParseContentEncoding(std::string_view value);

// The best coding for an answer that Accept-Encoding allows ("gzip;q=0" forbids).
Coding ChooseCoding(std::string_view accept_encoding);

// Runs on: one thread at a time. Lives: for one body.
class Inflater {
 public:
  Inflater();
  ~Inflater();

  struct Step {
    size_t consumed = 0;
    size_t produced = 0;
  };
  // Takes what it can of `in` and fills what it can of `out`. Error: InvalidArgument if `in` is damaged.
  absl::StatusOr<Step> Decode(std::span<const std::byte> in, std::span<std::byte> out);
  bool done() const { return done_; }
  // After done(): a gzip body may have another part behind it (RFC 1952, 2.2). False if this was no gzip.
  bool NextMember();

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
  bool done_ = false;
  bool gzip_ = false;
};

// Runs on: one thread at a time. Lives: for one answer.
class Deflater {
 public:
  explicit Deflater(Coding coding);
  ~Deflater();

  void Add(std::span<const std::byte> in);
  // The whole compressed answer.
  std::string Finish();

 private:
  struct Stream;
  void Pump(int flush);
  std::unique_ptr<Stream> stream_;
  std::string out_;
};

}  // namespace huidu::http
