#pragma once

#include <cstdint>
#include <span>

#include "absl/container/flat_hash_map.h"

namespace huidu::task::lexical_analysis {

// Words as paths of characters, so that all words that begin at a place of a text are found in one walk.
class WordTrie {
 public:
  using Node = uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNone = ~Node{0};

  // The node at which the word ends.
  Node Add(std::span<const char32_t> word) {
    Node node = kRoot;
    for (const char32_t character : word) {
      const auto [edge, fresh] = edges_.try_emplace(Key(node, character), size_);
      size_ += fresh ? 1 : 0;
      node = edge->second;
    }
    return node;
  }

  // One character further; kNone if no word goes on like that.
  Node Next(Node node, char32_t character) const {
    const auto edge = edges_.find(Key(node, character));
    return edge == edges_.end() ? kNone : edge->second;
  }

 private:
  static uint64_t Key(Node node, char32_t character) { return uint64_t{node} << 21 | character; }

  absl::flat_hash_map<uint64_t, Node> edges_;
  Node size_ = 1;
};

}  // namespace huidu::task::lexical_analysis
