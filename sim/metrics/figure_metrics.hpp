#pragma once

// The metrics that a run makes of what protocols declare (sim/protocol/figure.hpp), by kind of figure. The catalogue
// and the results both follow from this list.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/core/time.hpp"
#include "sim/metrics/samples.hpp"
#include "sim/protocol/figure.hpp"

namespace hearsay::metrics {

/// One metric of a figure: its name is the figure's and `suffix`, its meaning the figure's and `help`.
struct FigureMetric {
  std::string_view suffix;
  std::string_view help;
  bool extreme = false;  ///< decided by the rare extremes: a few runs do not show its spread
};
/// In the order of the catalogue.
std::span<const FigureMetric> metrics_of(protocol::FigureKind kind);

using NamedValues = std::vector<std::pair<std::string, std::optional<double>>>;

/// Adds the metrics of one figure to a run's; `values` in the order of metrics_of().
void put(NamedValues& metrics, const protocol::Figure& figure, std::span<const std::optional<double>> values);

/// What one thread of a run counts and measures; by place among the figures of one protocol or part.
class FigureTally {
 public:
  explicit FigureTally(std::size_t figures) : counts_(figures, 0), times_(figures) {}
  void count(std::uint32_t figure, std::uint64_t times) { counts_[figure] += times; }
  void measure(std::uint32_t figure, Duration time);
  /// Takes over all of `other`, which is as new afterwards. No sum depends on who counted what.
  void merge(FigureTally& other);
  /// Adds the metrics of counters and item times, in the order of `figures`. Ends the tally.
  void put_metrics(std::span<const protocol::Figure* const> figures, NamedValues& metrics);

 private:
  double count_of(std::span<const protocol::Figure* const> figures, const protocol::Figure& counter) const;
  std::vector<std::uint64_t> counts_;
  std::vector<Samples> times_;
};

}  // namespace hearsay::metrics
