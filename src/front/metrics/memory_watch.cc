#include "front/metrics/memory_watch.h"

#include <algorithm>

#include "front/supervisor/memory_usage.h"

namespace huidu::front {
namespace {

constexpr std::chrono::minutes kGpuMaxAge{1};
constexpr double kMegabyte = 1e6;

void Append(std::vector<health::GaugeSample>& samples, TimePoint now, uint64_t bytes) {
  const auto at = std::chrono::duration_cast<health::Span>(now.time_since_epoch());
  std::erase_if(samples, [&](const health::GaugeSample& old) { return at - old.at > MemoryWatch::kLongest; });
  if (samples.size() >= MemoryWatch::kMostSamples) samples.erase(samples.begin());
  samples.push_back({at, static_cast<double>(bytes) / kMegabyte});
}

std::optional<double> Growth(const std::vector<health::GaugeSample>& samples) {
  const auto slope = health::RobustSlope(samples, MemoryWatch::kLeastSpan);
  if (!slope) return std::nullopt;
  return slope->per_minute;
}

std::vector<int> PidsOf(const VersionInfo& version) {
  std::vector<int> pids;
  for (const VersionInfo::Worker& worker : version.workers) pids.push_back(worker.pid);
  return pids;
}

}  // namespace

MemoryWatch::MemoryWatch() {
  sources_.heap_bytes = [](int pid) -> std::optional<uint64_t> {
    const std::optional<MemoryUsage> usage = ReadMemoryUsage(pid);
    if (!usage) return std::nullopt;
    return usage->anonymous_bytes;
  };
  sources_.gpu = [this] {
    meter_.Refresh();
    return meter_.Latest(kGpuMaxAge);
  };
}

MemoryWatch::All MemoryWatch::Look(const std::vector<ModelInfo>& models, TimePoint now) {
  const std::optional<GpuMemory::Reading> gpu = sources_.gpu();
  std::map<Key, Watched> watched;
  All all;
  for (const ModelInfo& model : models) {
    for (const VersionInfo& version : model.versions) {
      const std::vector<int> pids = PidsOf(version);
      if (pids.empty()) continue;
      const Key key{model.name, version.version};
      Watched& of_version = watched[key];
      if (const auto known = watched_.find(key); known != watched_.end() && known->second.pids == pids) {
        of_version = std::move(known->second);
      }
      of_version.pids = pids;
      Sample(pids, gpu, now, of_version);
      Figures& figures = all[key];
      figures.growth_mb_per_min = Growth(of_version.heap_mb);
      figures.gpu_growth_mb_per_min = Growth(of_version.gpu_mb);
      uint64_t on_gpu = 0;
      for (const int pid : pids) on_gpu += gpu ? BytesOf(*gpu, pid) : 0;
      if (on_gpu > 0) figures.gpu_bytes = on_gpu;
    }
  }
  watched_ = std::move(watched);
  return all;
}

void MemoryWatch::Sample(const std::vector<int>& pids, const std::optional<GpuMemory::Reading>& gpu, TimePoint now,
                         Watched& watched) const {
  if (!watched.heap_mb.empty() && now - watched.last < kLeastBetween) return;
  uint64_t heap = 0, on_gpu = 0;
  for (const int pid : pids) {
    const std::optional<uint64_t> bytes = sources_.heap_bytes(pid);
    if (!bytes) return;  // half a sum would look like memory that was given back
    heap += *bytes;
    if (gpu) on_gpu += BytesOf(*gpu, pid);
  }
  watched.last = now;
  Append(watched.heap_mb, now, heap);
  if (on_gpu > 0) Append(watched.gpu_mb, now, on_gpu);
}

}  // namespace huidu::front
