#include "front/router/request_id.h"

#include <algorithm>
#include <random>

#include "absl/strings/str_format.h"

namespace huidu::front {
namespace {

constexpr size_t kMaxBytes = 256;

std::string NewId() {
  thread_local std::mt19937_64 random{(uint64_t{std::random_device{}()} << 32) | std::random_device{}()};
  return absl::StrFormat("%016x", random());
}

}  // namespace

bool IsPrintable(std::string_view text) {
  return !text.empty() && text.size() <= kMaxBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

std::string ChooseRequestId(std::string_view of_call, std::string_view of_body) {
  if (IsPrintable(of_call)) return std::string(of_call);
  if (IsPrintable(of_body)) return std::string(of_body);
  return NewId();
}

}  // namespace huidu::front
