#include "front/router/answered_requests.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <random>

#include "base/status.h"
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

void AnsweredRequests::Remember(std::string_view request_id, const std::shared_ptr<Servable>& servable,
                                std::span<const Output> outputs) {
  std::shared_ptr<const KeptAnswer> kept;
  if (servable->keep_answers()) kept = KeepAnswer(servable->signature().outputs, outputs, KeepLimits{});
  const uint64_t id = IdOf(request_id);
  const size_t set = SetOf(id);
  Part& part = parts_[set % kLocks];
  const std::lock_guard lock(part.mutex);
  Place& place = PlaceOf(set, id);
  Drop(part, place);
  place = {id, ++part.last_number, false, servable, nullptr};
  if (kept != nullptr) Keep(part, place, std::move(kept));
}

AnsweredRequests::Place& AnsweredRequests::PlaceOf(size_t set, uint64_t id) {
  const std::span<Place> places = PlacesOf(set);
  const auto same = std::ranges::find(places, id, &Place::id);
  return same != places.end() ? *same : *std::ranges::min_element(places, {}, &Place::number);
}

void AnsweredRequests::Keep(Part& part, Place& place, std::shared_ptr<const KeptAnswer> kept) {
  part.kept_bytes += kept->bytes;
  part.kept.emplace_back(static_cast<size_t>(&place - places_.data()), place.number);
  place.kept = std::move(kept);
  while (part.kept_bytes > kMaxKeptBytes / kLocks || part.kept.size() > 2 * kPlaces / kLocks) {
    const auto [oldest, number] = part.kept.front();
    part.kept.pop_front();
    if (places_[oldest].number == number) Drop(part, places_[oldest]);
  }
}

void AnsweredRequests::Drop(Part& part, Place& place) {
  if (place.kept != nullptr) part.kept_bytes -= place.kept->bytes;
  place.kept.reset();
}

absl::StatusOr<AnsweredRequests::Answered> AnsweredRequests::Look(const Place& place, uint64_t id,
                                                                  std::string_view model, std::string_view version,
                                                                  std::string_view request_id) const {
  std::shared_ptr<Servable> servable = place.id == id ? place.servable.lock() : nullptr;
  if (servable != nullptr && servable->model() == model && !version.empty() && servable->version() != version) {
    return absl::NotFoundError(StrCat("request '", request_id.substr(0, 256), "' was answered by version ",
                                      servable->version(), ", not by ", version));
  }
  if (servable == nullptr || servable->model() != model) {
    return absl::NotFoundError(StrCat("no answer of model '", model, "' to request '", request_id.substr(0, 256),
                                      "' is remembered: the id is wrong, or feedback comes too late"));
  }
  if (place.claimed) {
    return absl::AlreadyExistsError(StrCat("feedback on request '", request_id.substr(0, 256), "' was given before"));
  }
  return Answered{std::move(servable), place.kept};
}

absl::StatusOr<AnsweredRequests::Answered> AnsweredRequests::Find(std::string_view model, std::string_view version,
                                                                  std::string_view request_id) {
  const uint64_t id = IdOf(request_id);
  const size_t set = SetOf(id);
  const std::lock_guard lock(parts_[set % kLocks].mutex);
  return Look(PlaceOf(set, id), id, model, version, request_id);
}

absl::StatusOr<std::shared_ptr<Servable>> AnsweredRequests::Claim(std::string_view model, std::string_view version,
                                                                  std::string_view request_id) {
  const uint64_t id = IdOf(request_id);
  const size_t set = SetOf(id);
  const std::lock_guard lock(parts_[set % kLocks].mutex);
  Place& place = PlaceOf(set, id);
  HUIDU_ASSIGN_OR_RETURN(Answered answered, Look(place, id, model, version, request_id));
  place.claimed = true;
  return std::move(answered.servable);
}

}  // namespace huidu::front
