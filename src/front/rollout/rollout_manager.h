#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "front/rollout/check_history.h"
#include "front/rollout/quarantine.h"
#include "front/rollout/rollout_control.h"
#include "front/rollout/rollout_record.h"
#include "front/rollout/rollout_versions.h"
#include "front/rollout/stored_baselines.h"
#include "front/supervisor/event.h"
#include "front/supervisor/gpu_meter.h"
#include "state/store.h"

namespace huidu::front {

struct ActiveRollout;

// Carries out rollouts: measures both versions, asks the rollout engine what follows, and does it: divides the traffic,
// promotes, takes a bad candidate out, keeps the record. What to decide is the engine's business (src/rollout).
//
// Runs on: the control thread; every method must be called there.
// Lives:   from Begin() to Stop(), inside the version manager's and the store's life.
// Errors:  what cannot be stored is logged and does not stop a rollout; a rollback needs no disk.
class RolloutManager : public RolloutControl {
 public:
  enum class GateAnswer { kPending, kPassed, kFailed };
  struct Options {
    // Makes `to` the configured live folder of a model instead of `from`; for models whose rollout has
    // rewrite_base_path.
    std::function<absl::Status(const std::string& model, const std::string& from, const std::string& to)> rewrite;
    // Told of everything that happens to a rollout, as one JSON object. Must not block. Empty: nobody is.
    std::function<void(const nlohmann::json& event)> on_event;
    // How answers to copies of a model's requests are compared from now on. Empty: nobody asks.
    std::function<void(const std::string& model, const CompareOptions& options)> compare;
    // Golden samples are run on these versions, stable first, from now on; none: not any more. Empty: nobody does it.
    std::function<void(const config::ModelConfig& model, std::vector<std::shared_ptr<Servable>> versions)> golden;
    // Names that policies may give as gates, and how to ask one: `answer` may be called on any thread, several times.
    std::set<std::string> gates;
    std::function<void(const std::string& gate, const nlohmann::json& question,
                       std::function<void(GateAnswer, std::string why)> answer)>
        ask_gate;
    // The calendar by which recorded checks are recent. Empty: the system's.
    CheckHistory::Clock calendar;
  };

  RolloutManager(boost::asio::io_context& control, RolloutVersions& versions, state::Store& store,
                 Quarantine& quarantine, ChangeLog& log, Options options);
  ~RolloutManager() override;

  // Takes up what an earlier process left, once the first configuration is live: rollouts go on in their stage, and a
  // model whose only configured version is quarantined gets back the version that was stable then.
  boost::asio::awaitable<void> Restore();
  void Begin();
  void Stop();
  // Starts the rollouts that the configuration asks for: each once for the same policy and the same files, also over
  // restarts.
  void FollowConfiguration();

  absl::Status Start(const std::string& model, const nlohmann::json& request, Requester requester) override;
  absl::Status Order(const std::string& model, rollout::CommandKind kind, Requester requester) override;
  absl::Status Approve(const std::string& model, std::optional<std::string> stage, Requester requester) override;
  absl::Status RollBack(const std::string& model, Requester requester) override;
  absl::StatusOr<nlohmann::json> Describe(const std::string& model) const override;
  absl::Status Clear(const std::string& model, const std::string& version, Requester requester) override;
  // A check that passes may let the configuration's rollout begin.
  absl::Status RecordCheck(const std::string& model, const nlohmann::json& document, Requester requester) override;
  absl::StatusOr<nlohmann::json> ListChecks(const std::string& model) const override;
  std::vector<RolloutFigures> Figures() const override;
  absl::Status MayChange(const std::string& model, const std::string& version) const override;

 private:
  using Rollout = ActiveRollout;
  static constexpr char kRolloutPrefix[] = "rollout/";  // of the store's keys
  // A second order to go back within this time means the same alarm: it must not leave the good version too.
  static constexpr std::chrono::seconds kSameAlarm{60};
  static constexpr char kSelf[] = "huidu";  // the actor of what nobody ordered

  boost::asio::awaitable<void> Loop();
  boost::asio::awaitable<void> RestoreRollout(std::unique_ptr<RolloutRecord> record);
  boost::asio::awaitable<void> RestoreStable(std::string model);

  absl::StatusOr<std::unique_ptr<Rollout>> Make(const std::string& model, nlohmann::json request,
                                                const Requester& requester) const;
  // Puts the check into the record that admits its candidate, where the policy requires one.
  absl::Status RequireCheck(RolloutRecord& record) const;
  // What lacks of the check that the stage requires, and how to get it; empty: it passed, and is in the record now.
  std::optional<std::string> MissingCheck(RolloutRecord& record) const;
  absl::Status Obey(const std::string& model, rollout::Command command);
  Rollout* Active(const std::string& model);
  const Rollout* Last(const std::string& model) const;
  void Watch(Rollout& rollout);
  void Unwatch(Rollout& rollout);
  void RunGolden(const RolloutRecord& record, const std::vector<std::string>& versions);
  void Alarm(const std::string& model);
  // Lets the engine take one step and does what it says. The events of this step.
  std::vector<rollout::Event> Step(Rollout& rollout, std::vector<rollout::Command> commands);
  std::vector<rollout::Command> CheckVersions(const Rollout& rollout) const;
  health::Period TakePeriod(const std::string& model, const std::string& version) const;
  void GatherBaselines();
  void AddToBaseline(const std::string& model, const std::string& version, const health::Period& period);
  // Fills in the memory of the version's workers.
  void MeasureMemory(const std::string& model, const std::string& version, const std::optional<GpuMemory::Reading>& gpu,
                     health::Period& period) const;
  void SteerTraffic(Rollout& rollout);
  VersionManager::Traffic TrafficOf(const Rollout& rollout) const;
  void TakeOut(Rollout& rollout, const rollout::Event& event);
  void Record(const Rollout& rollout, const rollout::Event& event, const std::string& before);
  void AskGates(Rollout& rollout);
  void Save(Rollout& rollout);
  void RewriteConfiguration(const std::string& model, const std::string& from, const std::string& to);
  void StartConfigured(const config::ModelConfig& model);

  boost::asio::io_context& control_;
  RolloutVersions& versions_;
  state::Store& store_;
  Quarantine& quarantine_;
  ChangeLog& log_;
  const Options options_;
  Event wake_;
  bool running_ = false;
  bool stopped_ = false;
  std::map<std::string, std::unique_ptr<Rollout>> rollouts_;          // by model: the one that runs, or the last one
  std::map<std::string, std::map<std::string, uint64_t>> rollbacks_;  // by model and reason
  std::map<std::string, TimePoint> rolled_back_;                      // by model: the last time
  StoredBaselines baselines_;
  CheckHistory checks_;
  TimePoint baselines_due_{};
  GpuMeter gpu_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);  // what is posted from other threads looks at it first
};

}  // namespace huidu::front
