#include "front/router/answered_requests.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <random>

#include "base/strings.h"

namespace huidu::front {
namespace {

uint64_t RandomSeed() {
  std::random_device random;
  return (uint64_t{random()} << 32) | random();
}

}  // namespace

AnsweredRequests::AnsweredRequests() : seed_(RandomSeed()), places_(kPlaces) {}

uint64_t AnsweredRequests::IdOf(std::string_view request_id) const {
  return XXH3_64bits_withSeed(request_id.data(), request_id.size(), seed_) | 1;
}

void AnsweredRequests::Remember(std::string_view request_id, const std::shared_ptr<Servable>& servable) {
  const uint64_t id = IdOf(request_id);
  const size_t place = (id >> 8) % kPlaces;
  const std::lock_guard lock(locks_[place % kLocks]);
  places_[place] = {id, false, servable};
}

absl::StatusOr<std::shared_ptr<Servable>> AnsweredRequests::Claim(std::string_view model, std::string_view version,
                                                                   std::string_view request_id) {
  const uint64_t id = IdOf(request_id);
  const size_t index = (id >> 8) % kPlaces;
  const std::lock_guard lock(locks_[index % kLocks]);
  Place& place = places_[index];
  std::shared_ptr<Servable> servable = place.id == id ? place.servable.lock() : nullptr;
  if (servable != nullptr && servable->model() == model && !version.empty() && servable->version() != version) {
    return absl::NotFoundError(StrCat("request '", request_id.substr(0, 256), "' was answered by version ",
                                      servable->version(), ", not by ", version));
  }
  if (servable == nullptr || servable->model() != model) {
    return absl::NotFoundError(StrCat("no answer of model '", model, "' to request '", request_id.substr(0, 256),
                                      "' is remembered: the id is wrong, or feedback comes too late"));
  }
  if (std::exchange(place.claimed, true)) {
    return absl::AlreadyExistsError(StrCat("feedback on request '", request_id.substr(0, 256), "' was given before"));
  }
  return servable;
}

}  // namespace huidu::front
