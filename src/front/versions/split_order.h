#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "front/table/split.h"

namespace huidu::front {

// How a model's traffic is to be divided, in versions' names. The manager turns it into a Split of the versions that
// can be routed to at the moment: a part whose version cannot is stable's.
struct SplitOrder {
  struct Part {
    std::string version;
    uint32_t share = 0;  // slots of kSlots
  };
  std::vector<Part> parts;
  std::string salt;      // another one mixes the users anew
  std::string internal;  // version for internal users; empty: none
  std::string fallback;  // version that answers what others fail at; empty: none
  std::chrono::nanoseconds patience{0};
  std::string shadow;  // version that gets copies; empty: none
  uint32_t shadow_share = 0;
  std::shared_ptr<WeightSequence> sequence = std::make_shared<WeightSequence>();
  std::shared_ptr<WeightSequence> shadow_sequence = std::make_shared<WeightSequence>();
};

}  // namespace huidu::front
