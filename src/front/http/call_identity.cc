#include "front/http/call_identity.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <random>

namespace huidu::front::rest {
namespace {

constexpr size_t kMaxId = 256;

bool CanBeKept(std::string_view id) {
  return !id.empty() && id.size() <= kMaxId &&
         std::all_of(id.begin(), id.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

std::string NewId() {
  thread_local std::mt19937_64 random{(uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
  constexpr char kHex[] = "0123456789abcdef";
  std::string id(16, '0');
  uint64_t bits = random();
  for (char& c : id) {
    c = kHex[bits & 0xF];
    bits >>= 4;
  }
  return id;
}

}  // namespace

std::string ChooseRequestId(std::string_view header, std::string_view json) {
  if (CanBeKept(header)) return std::string(header);
  if (CanBeKept(json)) return std::string(json);
  return NewId();
}

void AddRequestId(http::Response& response, const http::Request& request, std::string_view request_id) {
  response.AddHeader("x-request-id", request_id);
  const std::string_view trace = request.Header("traceparent");
  if (CanBeKept(trace)) response.AddHeader("traceparent", trace);
}

void AddRoute(http::Response& response, const Servable& servable, RouteReason reason) {
  response.AddHeader("x-model-version", servable.version());
  response.AddHeader("x-huidu-route", Name(reason));
}

}  // namespace huidu::front::rest
