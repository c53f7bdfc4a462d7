#pragma once

#include <memory>
#include <optional>

#include "front/channel/worker_channel.h"
#include "front/router/ticket.h"

namespace huidu::front {

// Another version that can take a request over: a place in its queue, an open worker, and the request's tensors in its
// memory. What is not used is given back when it is destroyed.
struct Standby {
  Ticket ticket;
  std::shared_ptr<WorkerChannel> worker;
  std::shared_ptr<const Payload> payload;
};

// None where the version has no worker, no place or no memory left, or takes other tensors.
std::optional<Standby> TakeStandby(const std::shared_ptr<Servable>& version, const Servable& from,
                                   const Payload& payload);

}  // namespace huidu::front
