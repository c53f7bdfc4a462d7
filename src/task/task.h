#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "engine/engine.h"
#include "task/description.h"

// What a version does around its networks: it takes a picture or a sentence and gives text, so that pre- and
// post-processing belong to the version, are released with it and are rolled back with it.
//
// A task is a module, libhuidu_task_<name>.so, in a folder of its own below src/task: one source with a class
// like these, and one line of CMake (huidu_task_module). A version asks for it with `task: "<name>"` in
// version.prototxt.
namespace huidu::task {

// One network of a version, loaded.
struct Part {
  std::string name;  // "detection"; "model" where the version's folder itself is the network
  std::unique_ptr<engine::Model> model;
};

// The networks of a version, to be taken by their names.
class Parts {
 public:
  Parts() = default;
  explicit Parts(std::vector<Part> parts) : parts_(std::move(parts)) {}

  // The network, or nullptr if the version has none of that name.
  std::unique_ptr<engine::Model> Take(const std::string& name);
  // Error: FailedPrecondition naming the part, if the version has none of that name.
  absl::StatusOr<std::unique_ptr<engine::Model>> Require(const std::string& name);
  // Error: InvalidArgument naming the parts that nobody took: their names are misspelt, or the task has no use for
  // them.
  absl::Status CheckAllTaken() const;

 private:
  std::vector<Part> parts_;
};

// Runs on: the worker's main thread. Lives: for the process, as its module is never closed.
class Task {
 public:
  virtual ~Task() = default;
  // Puts the task around the networks. The result is a model like any other: its signature is what clients see, its
  // instances run side by side, one thread each (engine.h says the rest). It owns the networks.
  // Errors: InvalidArgument (a setting is wrong: where, and what is allowed), FailedPrecondition (a part or a
  // resource is missing, or does not fit: which, found and expected).
  virtual absl::StatusOr<std::unique_ptr<engine::Model>> Build(const Description& description, Parts parts) = 0;
};

// Error: FailedPrecondition if there is no such task; the text names those that there are.
absl::StatusOr<Task*> OpenTask(const std::string& name);

// A module's one exported function: `extern "C" huidu::task::Task* huidu_task_v1()`. The number is raised whenever this
// header or engine.h changes.
inline constexpr char kEntryPoint[] = "huidu_task_v1";
using EntryPoint = Task* (*)();

}  // namespace huidu::task
