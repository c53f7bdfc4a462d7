#include "front/metrics/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <functional>
#include <limits>
#include <optional>

namespace huidu::front {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<ClientMetric::Label>;

ClientMetric Number(MetricType type, double value, Labels labels = {}) {
  ClientMetric metric;
  metric.label = std::move(labels);
  (type == MetricType::Counter ? metric.counter.value : metric.gauge.value) = value;
  return metric;
}

ClientMetric Histogram(const DurationHistogram& source, Labels labels) {
  ClientMetric metric;
  metric.label = std::move(labels);
  uint64_t cumulative = 0;
  for (size_t i = 0; i < DurationHistogram::kBoundsSeconds.size(); ++i) {
    cumulative += source.bucket(i);
    metric.histogram.bucket.push_back({cumulative, DurationHistogram::kBoundsSeconds[i]});
  }
  cumulative += source.bucket(DurationHistogram::kBoundsSeconds.size());
  metric.histogram.bucket.push_back({cumulative, std::numeric_limits<double>::infinity()});
  // The buckets' own sum, not count(): the two may differ for a moment, and Prometheus wants +Inf to equal the count.
  metric.histogram.sample_count = cumulative;
  metric.histogram.sample_sum = static_cast<double>(source.sum_ns()) * 1e-9;
  return metric;
}

// Collects families; the helpers write one sample for each version.
class Families {
 public:
  explicit Families(const std::vector<ModelInfo>& models) : models_(models) {}

  void Single(const char* name, const char* help, MetricType type, double value, Labels labels = {}) {
    families_.push_back({name, help, type, {Number(type, value, std::move(labels))}});
  }

  // `value` gives nothing for a version that has no such figure.
  void PerVersion(const char* name, const char* help, MetricType type,
                  const std::function<std::optional<double>(const VersionInfo&)>& value) {
    ForEach(name, help, type, [&](const VersionInfo& version, Labels labels, std::vector<ClientMetric>& out) {
      if (const auto number = value(version)) out.push_back(Number(type, *number, std::move(labels)));
    });
  }

  using Writer = std::function<void(const VersionInfo&, Labels, std::vector<ClientMetric>&)>;
  void ForEach(const char* name, const char* help, MetricType type, const Writer& write) {
    MetricFamily family{name, help, type, {}};
    for (const ModelInfo& model : models_) {
      for (const VersionInfo& version : model.versions) {
        write(version, {{"model", model.name}, {"model_version", version.version}}, family.metric);
      }
    }
    if (!family.metric.empty()) families_.push_back(std::move(family));
  }

  void Add(MetricFamily family) {
    if (!family.metric.empty()) families_.push_back(std::move(family));
  }

  const std::vector<MetricFamily>& all() const { return families_; }

 private:
  const std::vector<ModelInfo>& models_;
  std::vector<MetricFamily> families_;
};

using Extract = std::function<double(const Servable&)>;
auto OfServable(Extract extract) {
  return [extract = std::move(extract)](const VersionInfo& version) -> std::optional<double> {
    if (version.servable == nullptr) return std::nullopt;
    return extract(*version.servable);
  };
}

void AddRequestOutcomes(Families& families) {
  families.ForEach(
      "huidu_requests_total", "Inference requests by how they ended.", MetricType::Counter,
      [](const VersionInfo& version, const Labels& labels, std::vector<ClientMetric>& out) {
        if (version.servable == nullptr) return;
        for (size_t i = 0; i < kOutcomes; ++i) {
          const auto outcome = static_cast<Outcome>(i);
          Labels with_result = labels;
          with_result.push_back({"result", Name(outcome)});
          out.push_back(Number(MetricType::Counter, static_cast<double>(version.servable->stats().outcome(outcome)),
                               std::move(with_result)));
        }
      });
}

// Counters that most versions never need: only of versions for which `needed` says so.
using Counter = std::atomic<uint64_t> VersionStats::*;
void AddRareCounters(Families& families, const char* name, const char* help, const char* label,
                     std::initializer_list<std::pair<const char*, Counter>> counters,
                     bool (*needed)(const VersionStats&)) {
  families.ForEach(name, help, MetricType::Counter,
                   [&](const VersionInfo& version, const Labels& labels, std::vector<ClientMetric>& out) {
                     if (version.servable == nullptr) return;
                     const VersionStats& stats = version.servable->stats();
                     if (!needed(stats)) return;
                     for (const auto& [value, counter] : counters) {
                       Labels with_value = labels;
                       with_value.push_back({label, value});
                       out.push_back(Number(MetricType::Counter, static_cast<double>((stats.*counter).load()),
                                            std::move(with_value)));
                     }
                   });
}

void AddShadow(Families& families) {
  const auto offered = [](const VersionStats& stats) {
    return stats.shadow_sent + stats.shadow_dropped + stats.shadow_differed > 0;
  };
  AddRareCounters(families, "huidu_shadow_copies_total",
                  "Copies of requests for a candidate whose answers no user gets.", "result",
                  {{"sent", &VersionStats::shadow_sent}, {"dropped", &VersionStats::shadow_dropped}}, offered);
  AddRareCounters(families, "huidu_shadow_comparisons_total", "Answers to such copies, compared with stable's.",
                  "result", {{"agreed", &VersionStats::shadow_agreed}, {"differed", &VersionStats::shadow_differed}},
                  offered);
}

void AddHedges(Families& families) {
  AddRareCounters(
      families, "huidu_hedged_requests_total",
      "Requests that stable was asked too because this version took too long, by who answered first.", "answered_by",
      {{"itself", &VersionStats::hedged_won},
       {"stable", &VersionStats::hedged_lost},
       {"nobody", &VersionStats::hedged_failed}},
      [](const VersionStats& stats) { return stats.hedged_won + stats.hedged_lost + stats.hedged_failed > 0; });
}

void AddDuration(Families& families, const char* name, const char* help, DurationHistogram VersionStats::*member) {
  families.ForEach(name, help, MetricType::Histogram,
                   [member](const VersionInfo& version, Labels labels, std::vector<ClientMetric>& out) {
                     if (version.servable == nullptr) return;
                     out.push_back(Histogram(version.servable->stats().*member, std::move(labels)));
                   });
}

void AddDataPath(Families& families) {
  AddRequestOutcomes(families);
  AddDuration(families, "huidu_request_duration_seconds", "From a request's admission to its answer.",
              &VersionStats::total);
  AddDuration(families, "huidu_queue_duration_seconds", "Time that requests waited in the worker.",
              &VersionStats::queue);
  AddDuration(families, "huidu_inference_duration_seconds", "Time that the engine ran.", &VersionStats::infer);
  families.PerVersion("huidu_requests_in_flight", "Requests that wait or run.", MetricType::Gauge,
                      OfServable([](const Servable& servable) { return static_cast<double>(servable.in_flight()); }));
  families.PerVersion("huidu_requests_retried_total",
                      "Requests that another worker or version answered because this one was lost.",
                      MetricType::Counter, OfServable([](const Servable& servable) {
                        return static_cast<double>(servable.stats().retried_away.load(std::memory_order_relaxed));
                      }));
  families.PerVersion("huidu_inferences_total", "Rows that were inferred.", MetricType::Counter,
                      OfServable([](const Servable& servable) {
                        return static_cast<double>(servable.stats().inferences.load(std::memory_order_relaxed));
                      }));
  families.PerVersion("huidu_batch_size", "Mean rows of a request since the version was loaded.", MetricType::Gauge,
                      [](const VersionInfo& version) -> std::optional<double> {
                        if (version.servable == nullptr) return std::nullopt;
                        const VersionStats& stats = version.servable->stats();
                        const uint64_t answered = stats.outcome(Outcome::kSuccess);
                        if (answered == 0) return std::nullopt;
                        return static_cast<double>(stats.inferences.load(std::memory_order_relaxed)) /
                               static_cast<double>(answered);
                      });
}

void AddVersions(Families& families) {
  families.PerVersion("huidu_traffic_weight", "Share of the requests that name no version: 0 to 1.", MetricType::Gauge,
                      [](const VersionInfo& version) { return version.traffic_share; });
  families.ForEach("huidu_version_state", "1 for the state that the version is in.", MetricType::Gauge,
                   [](const VersionInfo& version, const Labels& labels, std::vector<ClientMetric>& out) {
                     for (size_t i = 0; i < kVersionStates; ++i) {
                       const auto state = static_cast<VersionState>(i);
                       Labels with_state = labels;
                       with_state.push_back({"state", std::string(Name(state))});
                       out.push_back(Number(MetricType::Gauge, version.state == state ? 1 : 0, std::move(with_state)));
                     }
                   });
  families.PerVersion("huidu_worker_up", "Whether the version has a worker that can answer.", MetricType::Gauge,
                      [](const VersionInfo& version) {
                        return version.servable != nullptr && version.servable->HasWorker() ? 1.0 : 0.0;
                      });
  families.PerVersion("huidu_worker_restarts_total", "Workers that were started again after a death.",
                      MetricType::Counter,
                      [](const VersionInfo& version) { return static_cast<double>(version.restarts); });
  families.PerVersion("huidu_worker_resident_bytes", "Resident memory of the version's workers.", MetricType::Gauge,
                      [](const VersionInfo& version) {
                        double sum = 0;
                        for (const VersionInfo::Worker& worker : version.workers) {
                          sum += static_cast<double>(worker.resident_bytes);
                        }
                        return sum;
                      });
}

// What is not measured yet, or not there, is left out.
void AddMemory(Families& families, const MemoryWatch::All& memory) {
  const auto add = [&](const char* name, const char* help, auto figure) {
    families.ForEach(
        name, help, MetricType::Gauge, [&](const VersionInfo&, Labels labels, std::vector<ClientMetric>& out) {
          const auto found = memory.find({labels[0].value, labels[1].value});
          if (found == memory.end() || !(found->second.*figure)) return;
          out.push_back(Number(MetricType::Gauge, static_cast<double>(*(found->second.*figure)), std::move(labels)));
        });
  };
  add("huidu_worker_memory_growth_mb_per_minute", "How fast the heap of the version's workers grows.",
      &MemoryWatch::Figures::growth_mb_per_min);
  add("huidu_worker_gpu_bytes", "GPU memory of the version's workers.", &MemoryWatch::Figures::gpu_bytes);
  add("huidu_worker_gpu_memory_growth_mb_per_minute", "How fast it grows.",
      &MemoryWatch::Figures::gpu_growth_mb_per_min);
}

// Of versions whose answers were judged: by feedback, or against golden samples.
void AddAccuracy(Families& families) {
  const auto judged = [](const VersionInfo& version) {
    using Source = std::pair<const char*, HealthCounters::Judged>;
    if (version.servable == nullptr) return std::vector<Source>();
    const HealthCounters& health = version.servable->health();
    std::vector<Source> sources = {{"feedback", health.feedback()}, {"golden", health.golden()}};
    std::erase_if(sources, [](const Source& source) { return source.second.all == 0; });
    return sources;
  };
  const auto with = [](Labels labels, const char* name, const char* value) {
    labels.push_back({name, value});
    return labels;
  };
  families.ForEach(
      "huidu_judged_answers_total", "Answers that were found right or wrong.", MetricType::Counter,
      [&](const VersionInfo& version, const Labels& labels, std::vector<ClientMetric>& out) {
        for (const auto& [source, counts] : judged(version)) {
          const Labels of = with(labels, "source", source);
          out.push_back(Number(MetricType::Counter, static_cast<double>(counts.right), with(of, "result", "right")));
          out.push_back(
              Number(MetricType::Counter, static_cast<double>(counts.all - counts.right), with(of, "result", "wrong")));
        }
      });
  families.ForEach(
      "huidu_accuracy", "Share of them that were right since the version was loaded: 0 to 1.", MetricType::Gauge,
      [&](const VersionInfo& version, const Labels& labels, std::vector<ClientMetric>& out) {
        for (const auto& [source, counts] : judged(version)) {
          out.push_back(Number(MetricType::Gauge, static_cast<double>(counts.right) / static_cast<double>(counts.all),
                               with(labels, "source", source)));
        }
      });
}

using RolloutValue = std::optional<double> (*)(const RolloutFigures&);

void AddRollouts(Families& families, const std::vector<RolloutFigures>& rollouts) {
  const auto add = [&](const char* name, const char* help, MetricType type, RolloutValue value) {
    MetricFamily family{name, help, type, {}};
    for (const RolloutFigures& rollout : rollouts) {
      const std::optional<double> number = value(rollout);
      if (!number) continue;
      family.metric.push_back(Number(type, *number, {{"model", rollout.model}, {"model_version", rollout.candidate}}));
    }
    families.Add(std::move(family));
  };
  add("huidu_rollout_active", "Whether the version is a candidate that is being rolled out.", MetricType::Gauge,
      [](const RolloutFigures& rollout) -> std::optional<double> { return rollout.active ? 1 : 0; });
  add("huidu_rollout_stage", "The stage that its rollout is in, or was in last, counted from 1.", MetricType::Gauge,
      [](const RolloutFigures& rollout) -> std::optional<double> { return static_cast<double>(rollout.stage); });

  MetricFamily rollbacks{"huidu_rollbacks_total",
                         "Candidates that were taken out, by the rule that decided; manual: by a person.",
                         MetricType::Counter,
                         {}};
  MetricFamily figures{"huidu_rollout_figure", "What a rule of the rollout sees of a version.", MetricType::Gauge, {}};
  for (const RolloutFigures& rollout : rollouts) {
    for (const auto& [reason, count] : rollout.rollbacks) {
      rollbacks.metric.push_back(
          Number(MetricType::Counter, static_cast<double>(count), {{"model", rollout.model}, {"reason", reason}}));
    }
    for (const RolloutFigures::Rule& rule : rollout.rules) {
      for (const auto& [version, value] :
           {std::pair(&rollout.candidate, rule.candidate), std::pair(&rollout.stable, rule.stable)}) {
        if (!value) continue;
        figures.metric.push_back(Number(MetricType::Gauge, *value,
                                        {{"model", rollout.model}, {"model_version", *version}, {"rule", rule.name}}));
      }
    }
  }
  families.Add(std::move(rollbacks));
  families.Add(std::move(figures));
}

void AddFeedback(Families& families, const std::vector<ModelInfo>& models) {
  MetricFamily refused{"huidu_feedback_refused_total",
                       "Feedback on answers that was not taken, by why; absent before the first.",
                       MetricType::Counter,
                       {}};
  for (const ModelInfo& model : models) {
    if (model.feedback == nullptr) continue;
    for (size_t i = 0; i < kFeedbackRefusalNames.size(); ++i) {
      const uint64_t count = model.feedback->Refused(static_cast<FeedbackRefusal>(i));
      if (count == 0) continue;
      refused.metric.push_back(Number(MetricType::Counter, static_cast<double>(count),
                                      {{"model", model.name}, {"reason", std::string(kFeedbackRefusalNames.at(i))}}));
    }
  }
  families.Add(std::move(refused));
}

void AddSamples(Families& families, const samples::SampleFigures& figures) {
  const auto number = [](uint64_t value) { return static_cast<double>(value); };
  MetricFamily captured{"huidu_captured_samples_total",
                        "Requests that were kept, by the reason; one with two reasons counts twice.",
                        MetricType::Counter,
                        {}};
  for (const auto& [key, count] : figures.captured) {
    const auto& [model, version, reason] = key;
    captured.metric.push_back(
        Number(MetricType::Counter, number(count),
               {{"model", model}, {"model_version", version}, {"reason", std::string(samples::Name(reason))}}));
  }
  MetricFamily dropped{"huidu_dropped_samples_total",
                       "Requests that should have been kept and were not, by why.",
                       MetricType::Counter,
                       {}};
  for (const auto& [key, count] : figures.dropped) {
    dropped.metric.push_back(Number(MetricType::Counter, number(count), {{"model", key.first}, {"why", key.second}}));
  }
  MetricFamily bytes{"huidu_samples_bytes", "What the kept requests take on disk.", MetricType::Gauge, {}};
  for (const auto& [model, size] : figures.bytes) {
    bytes.metric.push_back(Number(MetricType::Gauge, number(size), {{"model", model}}));
  }
  for (MetricFamily* family : {&captured, &dropped, &bytes}) families.Add(std::move(*family));
}

void AddServer(Families& families, const MetricsSnapshot& snapshot) {
  const auto number = [](uint64_t value) { return static_cast<double>(value); };
  families.Single("huidu_config_reloads_total", "Configurations that were made live, the first one included.",
                  MetricType::Counter, number(snapshot.reload.generation));
  families.Single("huidu_config_reload_failures_total", "Reloads that were refused and changed nothing.",
                  MetricType::Counter, number(snapshot.reload.failures));
  families.Single("huidu_config_generation", "Generation of the live configuration.", MetricType::Gauge,
                  number(snapshot.reload.generation));
  families.Single("huidu_audit_failures_total", "Changes that only the log holds: the audit database refused them.",
                  MetricType::Counter, number(snapshot.audit_failures));
  families.Single("huidu_build_info", "Always 1; the label says which version runs.", MetricType::Gauge, 1,
                  {{"version", snapshot.server_version}});
  families.Single("process_resident_memory_bytes", "Resident memory of the front process.", MetricType::Gauge,
                  number(snapshot.process.resident_bytes));
  families.Single("process_open_fds", "Open file descriptors of the front process.", MetricType::Gauge,
                  number(snapshot.process.open_fds));
  families.Single("process_cpu_seconds_total", "User and system CPU time of the front process.", MetricType::Counter,
                  snapshot.process.cpu_seconds);
  families.Single("process_start_time_seconds", "When the front process started, Unix time.", MetricType::Gauge,
                  snapshot.process.start_time_seconds);
}

}  // namespace

std::string PrometheusText(const MetricsSnapshot& snapshot) {
  Families families(snapshot.models);
  AddDataPath(families);
  AddVersions(families);
  AddMemory(families, snapshot.memory);
  AddAccuracy(families);
  AddShadow(families);
  AddHedges(families);
  AddRollouts(families, snapshot.rollouts);
  AddFeedback(families, snapshot.models);
  AddSamples(families, snapshot.samples);
  AddServer(families, snapshot);
  return prometheus::TextSerializer().Serialize(families.all());
}

double QuantileSeconds(const DurationHistogram& histogram, double q) {
  constexpr auto& bounds = DurationHistogram::kBoundsSeconds;
  std::array<uint64_t, bounds.size() + 1> counts;
  uint64_t total = 0;
  for (size_t i = 0; i < counts.size(); ++i) total += counts[i] = histogram.bucket(i);
  const double rank = q * static_cast<double>(total);
  double below = 0;
  for (size_t i = 0; i < bounds.size() && total > 0; ++i) {
    const double in_bucket = static_cast<double>(counts[i]);
    if (in_bucket > 0 && below + in_bucket >= rank) {
      const double lower = i == 0 ? 0 : bounds[i - 1];
      return lower + (bounds[i] - lower) * (rank - below) / in_bucket;
    }
    below += in_bucket;
  }
  return total == 0 ? 0 : bounds.back();
}

}  // namespace huidu::front
