#include "task/task.h"

#include "absl/strings/str_join.h"
#include "base/module.h"
#include "base/strings.h"

namespace huidu::task {

std::unique_ptr<engine::Model> Parts::Take(const std::string& name) {
  for (auto part = parts_.begin(); part != parts_.end(); ++part) {
    if (part->name != name) continue;
    std::unique_ptr<engine::Model> model = std::move(part->model);
    parts_.erase(part);
    return model;
  }
  return nullptr;
}

absl::StatusOr<std::unique_ptr<engine::Model>> Parts::Require(const std::string& name) {
  std::unique_ptr<engine::Model> model = Take(name);
  if (model != nullptr) return model;
  const auto quoted = [](std::string* out, const Part& part) { *out += StrCat("'", part.name, "'"); };
  return absl::FailedPreconditionError(StrCat("the task needs a part '", name, "'; version.prototxt names ",
                                              parts_.empty() ? "no other" : absl::StrJoin(parts_, ", ", quoted)));
}

absl::Status Parts::CheckAllTaken() const {
  if (parts_.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      StrCat("the task has no use for a part '", parts_.front().name, "' of version.prototxt"));
}

absl::StatusOr<Task*> OpenTask(const std::string& name) {
  const absl::StatusOr<void*> function = OpenModule("task", name, kEntryPoint);
  if (!function.ok()) {
    return absl::FailedPreconditionError(
        StrCat(Text(function.status()), "; there are ", kTensors, ", ", absl::StrJoin(ModuleNames("task"), ", ")));
  }
  Task* task = reinterpret_cast<EntryPoint>(*function)();
  if (task == nullptr) return absl::InternalError(StrCat("task '", name, "' did not start"));
  return task;
}

}  // namespace huidu::task
