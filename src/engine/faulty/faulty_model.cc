#include "engine/faulty/faulty_model.h"

#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/status.h"
#include "base/strings.h"
#include "engine/faulty/degrade.h"
#include "engine/faulty/fault_file.h"
#include "engine/faulty/leak.h"

namespace huidu::engine::faulty {
namespace {

// The memory that a model has leaked by all of its faults, former and present. Every instance adds to it.
// Runs on: any thread.
class Leaks {
 public:
  void Grow(const FaultFile::Step& step) {
    std::lock_guard lock(mutex_);
    if (step.generation < generation_) return;  // a run that began under former faults
    if (step.generation > generation_) {        // what was leaked before stays, and the new faults add to it
      generation_ = step.generation;
      host_before_ = host_.bytes();
      gpu_before_ = gpu_.bytes();
    }
    host_.GrowTo(host_before_ + step.plan.leak_bytes);
    gpu_.GrowTo(gpu_before_ + step.plan.gpu_leak_bytes);
  }

 private:
  std::mutex mutex_;
  int64_t generation_ = 0;
  uint64_t host_before_ = 0;
  uint64_t gpu_before_ = 0;
  HostLeak host_;
  GpuLeak gpu_;
};

// What the instances of a model share: "the 5th run" is of the model, whoever does it.
struct Shared {
  explicit Shared(std::string path) : file(std::move(path)) {}
  FaultFile file;
  Leaks leaks;
};

[[noreturn]] void HangForEver() {
  for (;;) std::this_thread::sleep_for(std::chrono::hours(1));
}

class FaultyInstance : public Instance {
 public:
  FaultyInstance(std::unique_ptr<Instance> real, Shared& shared) : real_(std::move(real)), shared_(shared) {}

  absl::Status Run(std::span<const tensor::View> inputs, OutputSink& outputs) override {
    const FaultFile::Step step = shared_.file.Next(Now());
    const Plan& plan = step.plan;
    shared_.leaks.Grow(step);
    if (plan.latency.count() > 0) std::this_thread::sleep_for(plan.latency);
    if (plan.crash) std::abort();
    if (plan.hang) HangForEver();
    if (plan.fail) return absl::InternalError(StrCat("run ", step.run, " fails, as ", kFaultsFile, " says"));
    if (plan.degrade == nullptr) return real_->Run(inputs, outputs);
    SpoilingSink sink(outputs);
    HUIDU_RETURN_IF_ERROR(real_->Run(inputs, sink));
    sink.Spoil(plan.degrade->how, plan.degrade->factor);
    return absl::OkStatus();
  }

 private:
  const std::unique_ptr<Instance> real_;
  Shared& shared_;
};

class FaultyModel : public Model {
 public:
  FaultyModel(std::unique_ptr<Model> real, std::unique_ptr<Shared> shared)
      : shared_(std::move(shared)), real_(std::move(real)) {}

  const Signature& signature() const override { return real_->signature(); }
  absl::StatusOr<std::unique_ptr<Instance>> NewInstance() override {
    HUIDU_ASSIGN_OR_RETURN(std::unique_ptr<Instance> real, real_->NewInstance());
    return std::make_unique<FaultyInstance>(std::move(real), *shared_);
  }

 private:
  const std::unique_ptr<Shared> shared_;
  const std::unique_ptr<Model> real_;
};

void WarnIfPresent(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return;
  log::Warning("the file of faults is ignored: it has no effect without the variable",
               {{"file", path}, {"variable", StrCat(kEnableVariable, "=1")}});
}

}  // namespace

bool Enabled() {
  const char* value = std::getenv(kEnableVariable);
  return value != nullptr && std::string_view(value) == "1";
}

absl::StatusOr<std::unique_ptr<Model>> WithFaults(std::unique_ptr<Model> real, const std::string& directory) {
  const std::string path = StrCat(directory, "/", kFaultsFile);
  if (!Enabled()) {
    WarnIfPresent(path);
    return real;
  }
  auto shared = std::make_unique<Shared>(path);
  HUIDU_RETURN_IF_ERROR(shared->file.Open(Now()));
  log::Warning("faults are enabled: this version does what is asked for in its file", {{"file", path}});
  return std::make_unique<FaultyModel>(std::move(real), std::move(shared));
}

}  // namespace huidu::engine::faulty
