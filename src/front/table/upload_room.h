#pragma once

#include <cstddef>
#include <memory>
#include <mutex>

#include "absl/status/statusor.h"

namespace huidu::front {

// How much of a version's request arena may belong to requests whose bytes are still coming. They hold it for as long
// as their clients send, so together they have at most half of the arena, and a new one at most a quarter of what is
// left of that half: the fuller it is, the smaller must be what still gets in, and no few connections can fill it. One
// at a time may be larger (it counts as half of that half at most). The very small ones are free, so that they get in
// whatever others do.
//
// Runs on: any thread.
// Lives:   shared by its Servable and the uploads.
class UploadRoom : public std::enable_shared_from_this<UploadRoom> {
 public:
  // The place of one upload, given back when it is destroyed. Used by one thread at a time.
  class Place {
   public:
    Place() = default;
    Place(Place&& other) noexcept { *this = std::move(other); }
    Place& operator=(Place&& other) noexcept;
    ~Place();

   private:
    friend class UploadRoom;
    std::shared_ptr<UploadRoom> room_;
    size_t counted_ = 0;
    bool large_ = false;
  };

  explicit UploadRoom(size_t arena_bytes);

  // For a request of `bytes` in all. Error: ResourceExhausted, which says who has the room: to be tried again later.
  absl::StatusOr<Place> Enter(size_t bytes);

 private:
  void Leave(size_t counted, bool large);

  const size_t free_size_;  // up to this it is not counted
  const size_t size_;

  std::mutex mutex_;
  size_t taken_ = 0;
  size_t uploads_ = 0;
  bool has_large_ = false;
};

}  // namespace huidu::front
