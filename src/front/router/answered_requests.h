#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "front/answers/kept_answer.h"
#include "front/table/servable.h"

namespace huidu::front {

// Which version answered which request, for a while, so that somebody can say later whether the answer was right. Holds
// the newest answers in a table of fixed size, in sets of kWays places: an answer is forgotten when that many newer
// ones have fallen into its set. Of a thousand, one has been after kPlaces / 10 more answers, and more than half after
// kPlaces. Of models that want it, also what the answers said, in at most kMaxKeptBytes: of the oldest ones it is
// forgotten first.
//
// Runs on: any thread; a short lock of a 64th of the table.
class AnsweredRequests {
 public:
  static constexpr size_t kPlaces = 1 << 16;
  static constexpr size_t kWays = 4;
  static constexpr size_t kMaxKeptBytes = size_t{32} << 20;

  struct Answered {
    std::shared_ptr<Servable> servable;
    std::shared_ptr<const KeptAnswer> kept;  // nullptr: what it said is not known (any more)
  };

  AnsweredRequests();

  void Remember(std::string_view request_id, const std::shared_ptr<Servable>& servable,
                std::span<const Output> outputs = {});

  // The answer to this request of the model; claims nothing. Errors: as of Claim().
  absl::StatusOr<Answered> Find(std::string_view model, std::string_view version, std::string_view request_id);
  // The version that answered this request of the model, once: what a client says a second time does not count.
  // `version`: empty, or that it must have been. Errors: NotFound (unknown, too old, or the version is gone),
  // AlreadyExists (said before).
  absl::StatusOr<std::shared_ptr<Servable>> Claim(std::string_view model, std::string_view version,
                                                  std::string_view request_id);

 private:
  struct Place {
    uint64_t id = 0;      // the request's hash; 0: empty
    uint64_t number = 0;  // of its part's answers; 0: empty
    bool claimed = false;
    std::weak_ptr<Servable> servable;
    std::shared_ptr<const KeptAnswer> kept;
  };
  static constexpr size_t kLocks = 64;

  // A part of the table: every kLocks-th set.
  struct Part {
    std::mutex mutex;
    size_t kept_bytes = 0;
    uint64_t last_number = 0;
    std::deque<std::pair<size_t, uint64_t>> kept;  // place and number, oldest first; some have been replaced
  };

  static size_t SetOf(uint64_t id) { return (id >> 8) % (kPlaces / kWays); }
  std::span<Place> PlacesOf(size_t set) { return std::span(places_).subspan(set * kWays, kWays); }
  // The place of this answer; where there is none, the one that is empty or has been there for longest.
  Place& PlaceOf(size_t set, uint64_t id);
  void Keep(Part& part, Place& place, std::shared_ptr<const KeptAnswer> kept);
  void Drop(Part& part, Place& place);
  absl::StatusOr<Answered> Look(const Place& place, uint64_t id, std::string_view model, std::string_view version,
                                std::string_view request_id) const;

  uint64_t IdOf(std::string_view request_id) const;

  const uint64_t seed_;  // a client cannot know which ids fall together
  std::array<Part, kLocks> parts_;
  std::vector<Place> places_;
};

}  // namespace huidu::front
