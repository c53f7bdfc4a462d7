#include "engine/paddle/library_check.h"

#include <cstring>
#include <memory>
#include <new>

#include "absl/strings/match.h"
#include "base/strings.h"
#include "paddle_inference_api.h"

namespace huidu::engine::paddle {
namespace {

constexpr char kVerifiedVersion[] = "3.3.1";
constexpr std::byte kCanary{0xA5};

// True if a configuration, made in room filled with a pattern, leaves the second half of the room alone.
bool ConfigFitsItsRoom() {
  using paddle_infer::Config;
  struct alignas(Config) Room {
    std::byte bytes[sizeof(Config)];
  };
  const auto room = std::make_unique<Room>();
  std::memset(room->bytes, static_cast<int>(kCanary), sizeof(room->bytes));
  auto* config = new (room->bytes) Config;
  config->EnableMKLDNN();
  config->SetModel("/a/program", "/a/file/of/parameters");
  bool fits = true;
  for (size_t i = sizeof(room->bytes) / 2; i < sizeof(room->bytes); ++i) fits = fits && room->bytes[i] == kCanary;
  config->~Config();
  return fits;
}

}  // namespace

absl::Status CheckLibrary() {
  const std::string found = paddle_infer::GetVersion();
  if (!absl::StrContains(found, StrCat("version: ", kVerifiedVersion, "\n"))) {
    return absl::FailedPreconditionError(
        StrCat("this module was built for paddlepaddle ", kVerifiedVersion, ", but libpaddle.so says '", found,
               "': install that version, or build with PADDLE_INFERENCE_ROOT against another one's C++ SDK"));
  }
  if (ConfigFitsItsRoom()) return absl::OkStatus();
  return absl::FailedPreconditionError("libpaddle.so is not the build of paddlepaddle 3.3.1 that this module knows");
}

}  // namespace huidu::engine::paddle
