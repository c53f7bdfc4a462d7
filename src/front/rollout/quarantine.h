#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "state/store.h"

namespace huidu::front {

// Contents that were rolled back and stay out until a person clears them, by the hash of their files: the same files
// under another name are the same content. Kept in the store, so that a restart does not bring them back.
//
// Runs on: the control thread. Lives: borrows the store, which outlives it.
// Errors:  what the store cannot take is logged; it holds until the process ends all the same.
class Quarantine {
 public:
  struct Entry {
    std::string model;
    std::string content_hash;
    std::string version, path;                // under which it was rolled back
    std::string stable_version, stable_path;  // what answered instead
    std::string time;                         // UTC
    std::string reason;
  };

  explicit Quarantine(state::Store& store) : store_(store) {}
  // Reads what earlier processes kept.
  void Restore();

  void Add(Entry entry);
  // Error: NotFound.
  absl::Status Clear(const std::string& model, const std::string& content_hash);
  std::optional<Entry> Find(const std::string& model, const std::string& content_hash) const;
  std::vector<Entry> List(const std::string& model) const;
  // An error that says when and why the content was rolled back, and how to clear it.
  absl::Status MayServe(const std::string& model, const std::string& content_hash) const;

 private:
  state::Store& store_;
  std::map<std::string, Entry> entries_;  // by "model/hash"
};

}  // namespace huidu::front
