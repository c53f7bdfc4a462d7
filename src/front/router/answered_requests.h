#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/table/servable.h"

namespace huidu::front {

// Which version answered which request, for a while, so that somebody can say later whether the answer was right. Holds
// the newest answers in a table of fixed size: an older one is forgotten when a newer one falls on its place, which after
// kPlaces more answers has happened to two thirds of them.
//
// Runs on: any thread; a short lock of a 64th of the table.
class AnsweredRequests {
 public:
  static constexpr size_t kPlaces = 1 << 16;

  AnsweredRequests();

  void Remember(std::string_view request_id, const std::shared_ptr<Servable>& servable);

  // The version that answered this request of the model, once: what a client says a second time does not count.
  // `version`: empty, or that it must have been. Errors: NotFound (unknown, too old, or the version is gone),
  // AlreadyExists (said before).
  absl::StatusOr<std::shared_ptr<Servable>> Claim(std::string_view model, std::string_view version,
                                                  std::string_view request_id);

 private:
  struct Place {
    uint64_t id = 0;  // the request's hash; 0: empty
    bool claimed = false;
    std::weak_ptr<Servable> servable;
  };
  static constexpr size_t kLocks = 64;

  uint64_t IdOf(std::string_view request_id) const;

  const uint64_t seed_;  // a client cannot know which ids fall together
  std::array<std::mutex, kLocks> locks_;
  std::vector<Place> places_;
};

}  // namespace huidu::front
