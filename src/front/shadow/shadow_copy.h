#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "front/channel/inference.h"
#include "front/router/router.h"
#include "front/router/shadow_sink.h"

namespace huidu::front {

// Outputs whose bytes stand here: stable's own memory is wanted for users. Runs on: any thread that has it to itself.
class OwnOutputs {
 public:
  explicit OwnOutputs(const std::vector<Output>& from);
  OwnOutputs(const OwnOutputs&) = delete;
  OwnOutputs& operator=(const OwnOutputs&) = delete;

  const std::vector<Output>& get() const { return outputs_; }

 private:
  std::vector<Output> outputs_;
  std::vector<std::byte> bytes_;
};

// What a request holds of the memory that all copies may have together.
size_t BytesOf(const ShadowRequest& request);

// One copy on its way through the candidate. Lives: with whoever has its next step to do: the runner's thread, the
// channel to the candidate's worker, the mailbox.
struct ShadowCopy {
  ShadowCopy(const ShadowRequest& request, Ticket place, size_t size)
      : stable(request.stable),
        ticket(std::move(place)),
        expected(request.answer),
        bytes(size),
        identity(request.identity) {}
  Servable& candidate() const { return ticket.servable(); }

  const std::shared_ptr<Servable> stable;
  Ticket ticket;  // a place in the candidate's queue
  const OwnOutputs expected;
  const size_t bytes;  // BytesOf() the request
  const std::shared_ptr<const RequestIdentity> identity;
  std::shared_ptr<const Payload> payload;  // in the candidate's request arena
  Answer answer;
  uint64_t total_ns = 0;
};

}  // namespace huidu::front
