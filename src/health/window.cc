#include "health/window.h"

#include <algorithm>
#include <utility>

namespace huidu::health {
namespace {

// A timer comes a little early or late; a period that lacks less than this part of its length is whole.
constexpr int kToleratedPart = 10;

}  // namespace

bool Window::Add(const Period& period) {
  observed_ += period.length;
  if (period.requests > 0 && !first_request_) first_request_ = observed_ - period.length;
  total_.Append(period);
  if (open_) {
    periods_.back().Append(period);
  } else {
    periods_.push_back(period);
  }
  open_ = periods_.back().length < options_.sampling_period - options_.sampling_period / kToleratedPart;
  const auto whole = static_cast<size_t>(options_.longest / std::max(options_.sampling_period, Span(1)));
  const size_t keep = std::clamp<size_t>(whole + 1, 1, kMaxPeriods);
  while (periods_.size() > keep) periods_.pop_front();
  return !open_;
}

Figures Window::Over(Span span) const {
  Span covered{0};
  size_t count = 0;
  for (auto period = periods_.rbegin(); period != periods_.rend() && covered < span; ++period) {
    covered += period->length;
    ++count;
  }
  return Newest(count);
}

Figures Window::All() const {
  Figures figures = Newest(periods_.size());
  figures.sum = total_;
  return figures;
}

Figures Window::Newest(size_t count) const {
  Figures figures;
  std::vector<const LatencyHistogram*> latencies, queues;
  Span at = observed_;
  for (size_t i = periods_.size() - count; i < periods_.size(); ++i) at -= periods_[i].length;
  for (size_t i = periods_.size() - count; i < periods_.size(); ++i) {
    const Period& period = periods_[i];
    figures.sum.AppendWithoutHistograms(period);
    latencies.push_back(&period.latency);
    queues.push_back(&period.queue);
    at += period.length;
    if (!first_request_ || at < *first_request_ + options_.memory_warm_up) continue;
    if (period.memory_mb) figures.memory_mb.push_back({at, *period.memory_mb});
    if (period.gpu_memory_mb) figures.gpu_memory_mb.push_back({at, *period.gpu_memory_mb});
  }
  figures.sum.latency = LatencyHistogram::Sum(latencies);
  figures.sum.queue = LatencyHistogram::Sum(queues);
  return figures;
}

Window::Saved Window::Save() const {
  return {{periods_.begin(), periods_.end()}, total_, observed_, first_request_, open_};
}

Window Window::Restore(const WindowOptions& options, Saved saved) {
  Window window(options);
  window.periods_.assign(std::make_move_iterator(saved.periods.begin()), std::make_move_iterator(saved.periods.end()));
  window.total_ = std::move(saved.total);
  window.observed_ = saved.observed;
  window.first_request_ = saved.first_request;
  window.open_ = saved.open && !window.periods_.empty();
  return window;
}

}  // namespace huidu::health
