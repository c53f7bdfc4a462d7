#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "config/faults.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"

namespace huidu::config {

using LocationTree = google::protobuf::TextFormat::ParseInfoTree;

// Parses protobuf text format and remembers where each field stood. Unknown fields are all
// reported, with the name that was probably meant; another fault of syntax or type ends the
// reading. Runs on: any thread. Returns whether `message` is complete; if not, `faults` says why.
bool ParseTextProto(std::string_view text, google::protobuf::Message* message, LocationTree* locations, Faults* faults);

// A parsed message with the places of its fields in the text, for faults that are found after
// parsing. Lives: no longer than the message, the tree and the faults that it points to.
template <typename M>
struct Located {
  const M& message;
  const LocationTree* tree;  // null: nothing more exact than `line` and `column` is known
  int line = 0;              // where the message itself stands
  int column = 0;
  Faults* faults = nullptr;

  // Reports a fault at a field (its number; of a repeated one the first), or at the message if it
  // was not written.
  void Fault(int field, std::string text) const { FaultAt(field, -1, std::move(text)); }
  void FaultAt(int field, int index, std::string text) const {
    const auto place = Find(field, index);
    faults->Add(place.line, place.column, std::move(text));
  }
  // A message inside this one; `index` is -1 for a field that is not repeated.
  template <typename N>
  Located<N> Child(int field, int index, const N& child) const {
    const auto place = Find(field, index);
    const LocationTree* nested =
        tree == nullptr ? nullptr : tree->GetTreeForNested(Descriptor(field), Index(field, index));
    return {child, nested, place.line, place.column, faults};
  }
  google::protobuf::TextFormat::ParseLocation Find(int field, int index) const {
    google::protobuf::TextFormat::ParseLocation place;
    if (tree != nullptr) place = tree->GetLocation(Descriptor(field), Index(field, index));
    if (place.line < 0) place = {line, column};
    return place;
  }

 private:
  static const google::protobuf::FieldDescriptor* Descriptor(int field) {
    return M::descriptor()->FindFieldByNumber(field);
  }
  // protobuf throws if a repeated field has no index, or another one has.
  static int Index(int field, int index) { return Descriptor(field)->is_repeated() ? std::max(index, 0) : -1; }
};

}  // namespace huidu::config
