#include "sim/metrics/figure_metrics.hpp"

#include <array>

#include "sim/core/check.hpp"
#include "sim/metrics/optional_values.hpp"

namespace hearsay::metrics {

namespace {

using protocol::Figure;
using protocol::FigureKind;

constexpr FigureMetric kCounterMetrics[] = {{"", "; over all nodes"}};
constexpr FigureMetric kRatioMetrics[] = {{"", "; over all nodes"}};
constexpr FigureMetric kGaugeMetrics[] = {
    {"_mean",
     ": mean over nodes, then over the samples of [output] series and the end of the run; without samples, at the end"},
    {"_max", ": the most at any live node at any of these times", true},
};
constexpr FigureMetric kItemTimeMetrics[] = {
    {"_mean_s", ": mean over the measured items and nodes"},
    {"_p50_s", ": median of the same"},
    {"_p90_s", ": 90th percentile of the same"},
    {"_p99_s", ": 99th percentile of the same", true},
    {"_max_s", ": maximum of the same", true},
};

}  // namespace

std::span<const FigureMetric> metrics_of(FigureKind kind) {
  switch (kind) {
    case FigureKind::kCounter: return kCounterMetrics;
    case FigureKind::kGauge: return kGaugeMetrics;
    case FigureKind::kItemTime: return kItemTimeMetrics;
    case FigureKind::kRatio: return kRatioMetrics;
  }
  return {};
}

void put(NamedValues& metrics, const Figure& figure, std::span<const std::optional<double>> values) {
  const auto list = metrics_of(figure.kind);
  HEARSAY_CHECK(values.size() == list.size(), "a value for each metric of a figure");
  for (std::size_t i = 0; i < list.size(); ++i)
    metrics.emplace_back(std::string(figure.name) + std::string(list[i].suffix), values[i]);
}

double FigureTally::count_of(std::span<const Figure* const> figures, const Figure& counter) const {
  for (std::size_t i = 0; i < figures.size(); ++i)
    if (figures[i]->kind == FigureKind::kCounter && figures[i]->name == counter.name)
      return static_cast<double>(counts_[i]);
  HEARSAY_CHECK(false, "who lists a ratio lists its counters");
}

void FigureTally::measure(std::uint32_t figure, Duration time) { times_[figure].add(time.ns); }

void FigureTally::merge(FigureTally& other) {
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    counts_[i] += other.counts_[i];
    times_[i].merge(other.times_[i]);
    other.counts_[i] = 0;
  }
}

void FigureTally::put_metrics(std::span<const Figure* const> figures, NamedValues& metrics) {
  for (std::size_t i = 0; i < figures.size(); ++i) {
    Samples& t = times_[i];
    if (figures[i]->kind == FigureKind::kCounter)
      put(metrics, *figures[i], std::array{std::optional(static_cast<double>(counts_[i]))});
    if (figures[i]->kind == FigureKind::kRatio) {
      const auto& of = static_cast<const protocol::Ratio&>(*figures[i]);
      put(metrics, of, std::array{ratio(count_of(figures, *of.of), count_of(figures, *of.per))});
    }
    if (figures[i]->kind == FigureKind::kItemTime)
      put(metrics, *figures[i],
          std::array{in_seconds(t.mean()), in_seconds(t.quantile(0.5)), in_seconds(t.quantile(0.9)),
                     in_seconds(t.quantile(0.99)), in_seconds(t.max())});
  }
}

}  // namespace hearsay::metrics
