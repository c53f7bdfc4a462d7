#include "front/grpc/request_reader.h"

#include <grpcpp/impl/codegen/proto_utils.h>
#include <zlib.h>

#include <algorithm>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/status.h"
#include "base/strings.h"

namespace huidu::front::rpc {
namespace {

using inference::ModelInferRequest;

// gRPC does not tell whether a message is compressed, its first bytes do: gzip's first byte would be a field of a wire
// type that does not exist, zlib's one of field 15, which no request has.
bool IsCompressed(std::span<const uint8_t> head) {
  if (head.size() < 2) return false;
  const bool gzip = head[0] == 0x1f && head[1] == 0x8b;
  const bool zlib = head[0] == 0x78 && (head[0] * 256 + head[1]) % 31 == 0;
  return gzip || zlib;
}

// zlib's state. Lives: for one message.
class Inflater {
 public:
  Inflater() {
    constexpr int kDetectGzipOrZlib = 15 + 32;
    if (inflateInit2(&stream_, kDetectGzipOrZlib) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  bool done() const { return done_; }

  // Appends what `in` holds to `out`, which grows to `max_bytes` at most.
  absl::Status Add(const ::grpc::Slice& in, size_t max_bytes, std::string& out) {
    stream_.next_in = const_cast<Bytef*>(in.begin());
    stream_.avail_in = static_cast<uInt>(in.size());
    while (stream_.avail_in > 0 && !done_) {
      if (out.size() >= max_bytes) {
        return absl::ResourceExhaustedError(
            StrCat("the compressed message holds more than the ", max_bytes, " bytes that a message may have"));
      }
      HUIDU_RETURN_IF_ERROR(Step(max_bytes, out));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Step(size_t max_bytes, std::string& out) {
    constexpr size_t kPiece = 256 * 1024;
    const size_t size = out.size();
    out.resize(std::min(size + kPiece, max_bytes));
    stream_.next_out = reinterpret_cast<Bytef*>(out.data()) + size;
    stream_.avail_out = static_cast<uInt>(out.size() - size);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    out.resize(out.size() - stream_.avail_out);
    done_ = result == Z_STREAM_END;
    if (result == Z_OK || result == Z_STREAM_END) return absl::OkStatus();
    return absl::InvalidArgumentError(StrCat("the compressed message is damaged",
                                             stream_.msg != nullptr ? StrCat(": ", stream_.msg) : std::string()));
  }

  z_stream stream_{};
  bool done_ = false;
};

absl::StatusOr<std::string> Inflate(const std::vector<::grpc::Slice>& slices, size_t max_bytes) {
  Inflater inflater;
  std::string out;
  for (const ::grpc::Slice& slice : slices) HUIDU_RETURN_IF_ERROR(inflater.Add(slice, max_bytes, out));
  if (!inflater.done()) return absl::InvalidArgumentError("the compressed message ends early");
  return out;
}

bool StartsCompressed(const std::vector<::grpc::Slice>& slices) {
  std::vector<uint8_t> head;
  for (const ::grpc::Slice& slice : slices) {
    head.insert(head.end(), slice.begin(), slice.begin() + std::min<size_t>(slice.size(), 2));
    if (head.size() >= 2) break;
  }
  return IsCompressed(head);
}

}  // namespace

absl::Status ReadRequest(::grpc::ByteBuffer& buffer, size_t max_bytes, ModelInferRequest& request) {
  std::vector<::grpc::Slice> slices;
  bool parsed = buffer.Dump(&slices).ok();
  if (parsed && StartsCompressed(slices)) {
    buffer.Clear();
    HUIDU_ASSIGN_OR_RETURN(const std::string inflated, Inflate(slices, max_bytes));
    parsed = request.ParseFromString(inflated);
  } else {
    slices.clear();
    parsed = ::grpc::SerializationTraits<ModelInferRequest>::Deserialize(&buffer, &request).ok();
  }
  if (parsed) return absl::OkStatus();
  return absl::InvalidArgumentError("the message is not a ModelInferRequest: it does not parse");
}

}  // namespace huidu::front::rpc
