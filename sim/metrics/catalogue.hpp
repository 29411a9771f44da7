#pragma once

// Every metric: its name (unit last), unit, meaning, and which direction is better. One table serves the
// result writer, `hearsay list metrics`, `hearsay describe` and comparisons: those that every run may have, and after
// them those of the figures that protocols and parts declare (sim/protocol/figure.hpp).

#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/protocol/figure.hpp"

namespace hearsay::metrics {

using protocol::Better;

/// What a run's value is, which decides the interval of its mean over runs (analysis/summary.hpp).
enum class Kind : std::uint8_t {
  kMean,         ///< a measured quantity, a quantile, a large count
  kCount,        ///< a number of events that may be rare, without known trials
  kEventsAmong,  ///< the number of those among the trials, another metric, that came out so
  kShareOf,      ///< the share of those
};

struct MetricInfo {
  std::string_view name;
  std::string_view unit;  ///< "s", "B", "1" ...
  Better better;
  bool delivery;  ///< given again per label by [output] by
  std::string_view help;
  Kind kind = Kind::kMean;
  std::string_view trials = {};  ///< the metric that counts them
};

class Catalogue {
 public:
  /// `declared`: figures, of which some may be there several times. A figure whose metric has the name of another
  /// one's is a bug.
  explicit Catalogue(std::span<const protocol::Figure* const> declared);
  /// In the order in which results list them.
  std::span<const MetricInfo> all() const { return all_; }
  /// The entry of a metric, `t90_s[role=explorer]` included; nullptr if there is none.
  const MetricInfo* find(std::string_view name) const;

 private:
  void add(const protocol::Figure& figure);

  std::vector<MetricInfo> all_;
  std::deque<std::string> texts_;  // that entries refer to
};

/// The one of this program. Defined in the generated registry, which knows who declares what.
const Catalogue& catalogue();

inline std::span<const MetricInfo> metric_catalogue() { return catalogue().all(); }
inline const MetricInfo* find_metric(std::string_view name) { return catalogue().find(name); }

}  // namespace hearsay::metrics
