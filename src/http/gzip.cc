#include "http/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <new>

#include "base/strings.h"
#include "http/message.h"

namespace huidu::http {
namespace {

constexpr int kGzipWindow = 15 + 16;
constexpr int kZlibWindow = 15;
constexpr int kDetectWindow = 15 + 32;  // zlib or gzip, as the first bytes say
constexpr std::byte kGzipStart{0x1f};   // no zlib stream begins with it
constexpr int kFast = 1;                // the network is rarely slower than zlib's better levels

uInt Clamp(size_t n) { return static_cast<uInt>(std::min<size_t>(n, std::numeric_limits<uInt>::max())); }

Bytef* Bytes(const std::byte* data) { return reinterpret_cast<Bytef*>(const_cast<std::byte*>(data)); }

std::string_view Trim(std::string_view text) {
  const size_t first = std::min(text.find_first_not_of(" \t"), text.size());
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

// "gzip;q=0.5" to its name and weight.
std::pair<std::string_view, double> ParseItem(std::string_view item) {
  const size_t semicolon = std::min(item.find(';'), item.size());
  const std::string_view parameter = Trim(item.substr(std::min(semicolon + 1, item.size())));
  double weight = 1;
  if (parameter.starts_with("q=")) {
    const auto [end, error] = std::from_chars(parameter.data() + 2, parameter.data() + parameter.size(), weight);
    if (error != std::errc()) weight = 0;
  }
  return {Trim(item.substr(0, semicolon)), weight};
}

}  // namespace

std::string_view Name(Coding coding) {
  switch (coding) {
    case Coding::kGzip: return "gzip";
    case Coding::kDeflate: return "deflate";
    case Coding::kIdentity: break;
  }
  return "identity";
}

std::optional<Coding> ParseContentEncoding(std::string_view value) {
  if (value.empty() || EqualsIgnoreCase(value, "identity")) return Coding::kIdentity;
  if (EqualsIgnoreCase(value, "gzip") || EqualsIgnoreCase(value, "x-gzip")) return Coding::kGzip;
  if (EqualsIgnoreCase(value, "deflate")) return Coding::kDeflate;
  return std::nullopt;
}

Coding ChooseCoding(std::string_view accept_encoding) {
  Coding best = Coding::kIdentity;
  double best_weight = 0;
  while (!accept_encoding.empty()) {
    const size_t comma = std::min(accept_encoding.find(','), accept_encoding.size());
    const std::string_view item = accept_encoding.substr(0, comma);
    accept_encoding.remove_prefix(std::min(comma + 1, accept_encoding.size()));
    const auto [name, weight] = ParseItem(item);
    const std::optional<Coding> coding = name == "*" ? Coding::kGzip : ParseContentEncoding(name);
    if (!coding || *coding == Coding::kIdentity || name.empty() || weight <= best_weight) continue;
    best = *coding;
    best_weight = weight;
  }
  return best;
}

struct Inflater::Stream : z_stream {};

Inflater::Inflater() : stream_(std::make_unique<Stream>()) {
  if (inflateInit2(stream_.get(), kDetectWindow) != Z_OK) throw std::bad_alloc();
}

Inflater::~Inflater() { inflateEnd(stream_.get()); }

absl::StatusOr<Inflater::Step> Inflater::Decode(std::span<const std::byte> in, std::span<std::byte> out) {
  stream_->next_in = Bytes(in.data());
  stream_->avail_in = Clamp(in.size());
  stream_->next_out = Bytes(out.data());
  stream_->avail_out = Clamp(out.size());
  const uInt in_before = stream_->avail_in;
  const uInt out_before = stream_->avail_out;
  if (stream_->total_in == 0 && !in.empty()) gzip_ = in.front() == kGzipStart;
  const int result = inflate(stream_.get(), Z_NO_FLUSH);
  // Z_BUF_ERROR: no progress was possible, which is not an error: more input or room will come.
  if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) {
    return Error(400, StrCat("the compressed body is damaged: ", stream_->msg ? stream_->msg : "unknown format"));
  }
  done_ = result == Z_STREAM_END;
  return Step{in_before - stream_->avail_in, out_before - stream_->avail_out};
}

bool Inflater::NextMember() {
  if (!gzip_ || inflateReset2(stream_.get(), kGzipWindow) != Z_OK) return false;
  done_ = false;
  return true;
}

struct Deflater::Stream : z_stream {};

Deflater::Deflater(Coding coding) : stream_(std::make_unique<Stream>()) {
  const int window = coding == Coding::kGzip ? kGzipWindow : kZlibWindow;
  constexpr int kDefaultMemory = 8;
  if (deflateInit2(stream_.get(), kFast, Z_DEFLATED, window, kDefaultMemory, Z_DEFAULT_STRATEGY) != Z_OK) {
    throw std::bad_alloc();
  }
}

Deflater::~Deflater() { deflateEnd(stream_.get()); }

void Deflater::Add(std::span<const std::byte> in) {
  while (!in.empty()) {
    stream_->next_in = Bytes(in.data());
    stream_->avail_in = Clamp(in.size());
    in = in.subspan(stream_->avail_in);
    Pump(Z_NO_FLUSH);
  }
}

std::string Deflater::Finish() {
  stream_->avail_in = 0;
  Pump(Z_FINISH);
  return std::move(out_);
}

// Until zlib leaves room in the buffer, it has more to give.
void Deflater::Pump(int flush) {
  unsigned char buffer[16 * 1024];
  do {
    stream_->next_out = buffer;
    stream_->avail_out = sizeof(buffer);
    deflate(stream_.get(), flush);
    out_.append(reinterpret_cast<const char*>(buffer), sizeof(buffer) - stream_->avail_out);
  } while (stream_->avail_out == 0);
}

}  // namespace huidu::http
