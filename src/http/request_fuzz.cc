// Whatever bytes a client sends: the head is parsed or refused, and a chunked body decodes within its window.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "http/gzip.h"
#include "http/request_parser.h"

namespace {

void DecodeBody(huidu::http::RequestParser& parser, std::string_view bytes) {
  std::array<std::byte, 64> window;
  while (!parser.chunks_done() && !bytes.empty()) {
    const auto step = parser.DecodeChunks(bytes, window);
    if (!step.ok() || step->consumed == 0) return;
    bytes.remove_prefix(step->consumed);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  huidu::http::Request request;
  huidu::http::RequestParser parser(request, 1024);
  size_t used = 0;
  // As from the network: the bytes come in two pieces.
  for (const size_t there : {size / 2, size}) {
    if (parser.head_done() || there == used) continue;
    const auto taken = parser.ParseHead(std::string_view(text).substr(used, there - used));
    if (!taken.ok()) return 0;
    used += *taken;
  }
  if (!parser.head_done()) return 0;
  request.PathSegments();
  request.Query("a");
  huidu::http::ChooseCoding(request.Header("Accept-Encoding"));
  if (parser.chunked()) DecodeBody(parser, std::string_view(text).substr(used));
  return 0;
}
