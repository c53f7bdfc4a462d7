#include "front/router/standby.h"

#include "front/router/payload.h"

namespace huidu::front {

std::optional<Standby> TakeStandby(const std::shared_ptr<Servable>& version, const Servable& from,
                                   const Payload& payload) {
  std::shared_ptr<WorkerChannel> worker = version->PickWorker();
  if (worker == nullptr || !version->Admit()) return std::nullopt;
  Ticket ticket(version, RouteReason::kRetry);
  absl::StatusOr<std::shared_ptr<const Payload>> copy = Translate(from, payload, *version);
  if (!copy.ok()) return std::nullopt;
  return Standby{std::move(ticket), std::move(worker), *std::move(copy)};
}

}  // namespace huidu::front
