// Whatever a client calls compressed: it is decompressed piece by piece within the memory given, or refused, and comes
// to an end. What our own side compressed comes back as it was.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "http/gzip.h"

namespace {

using namespace huidu::http;

// At most `most` bytes of it; nothing if it is damaged.
std::string Inflate(std::span<const std::byte> in, size_t window, size_t most) {
  std::array<std::byte, 256> memory;
  Inflater inflater;
  std::string out;
  while (out.size() < most) {
    const auto step = inflater.Decode(in, std::span(memory).first(window));
    if (!step.ok()) return {};
    if (step->consumed > in.size() || step->produced > window) __builtin_trap();
    in = in.subspan(step->consumed);
    out.append(reinterpret_cast<const char*>(memory.data()), step->produced);
    if (inflater.done() && (in.empty() || !inflater.NextMember())) break;
    if (!inflater.done() && step->consumed == 0 && step->produced == 0) break;  // more is needed
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const size_t window = size_t{1} + data[0];
  const auto bytes = std::as_bytes(std::span(data + 1, size - 1));
  (void)Inflate(bytes, window, 1 << 20);
  for (const Coding coding : {Coding::kGzip, Coding::kDeflate}) {
    Deflater deflater(coding);
    deflater.Add(bytes);
    const std::string packed = deflater.Finish();
    const std::string back = Inflate(std::as_bytes(std::span(packed)), window, size);
    if (back != std::string(reinterpret_cast<const char*>(data + 1), size - 1)) __builtin_trap();
  }
  return 0;
}
