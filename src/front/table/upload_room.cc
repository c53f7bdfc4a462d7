#include "front/table/upload_room.h"

#include <algorithm>
#include <utility>

#include "base/strings.h"

namespace huidu::front {
namespace {

// 64 KiB of 1 GiB: as many as there may be connections then hold a quarter of the arena.
constexpr size_t kFreeFraction = 16384;

}  // namespace

UploadRoom::Place& UploadRoom::Place::operator=(Place&& other) noexcept {
  std::swap(room_, other.room_);
  std::swap(counted_, other.counted_);
  std::swap(large_, other.large_);
  return *this;
}

UploadRoom::Place::~Place() {
  if (room_ != nullptr) room_->Leave(counted_, large_);
}

UploadRoom::UploadRoom(size_t arena_bytes) : free_size_(arena_bytes / kFreeFraction), size_(arena_bytes / 2) {}

absl::StatusOr<UploadRoom::Place> UploadRoom::Enter(size_t bytes) {
  Place place;
  if (bytes <= free_size_) return place;
  std::lock_guard lock(mutex_);
  const size_t left = size_ - std::min(taken_, size_);
  if (bytes <= left / 4) {
    place.counted_ = bytes;
  } else if (!has_large_) {
    place.counted_ = std::min(bytes, size_ / 2);
    place.large_ = has_large_ = true;
  } else {
    return absl::ResourceExhaustedError(StrCat("too much is being sent at once: ", uploads_,
                                               " unfinished requests to this version have ", taken_, " of the ", size_,
                                               " bytes that they may have together, so that a new one may have ",
                                               left / 4, ", and this one has ", bytes, "; try again later"));
  }
  taken_ += place.counted_;
  ++uploads_;
  place.room_ = shared_from_this();
  return place;
}

void UploadRoom::Leave(size_t counted, bool large) {
  std::lock_guard lock(mutex_);
  taken_ -= counted;
  --uploads_;
  if (large) has_large_ = false;
}

}  // namespace huidu::front
