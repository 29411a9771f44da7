#pragma once

// Every metric: its name (unit last), unit, meaning, and which direction is better. One table serves the
// result writer, `hearsay list metrics`, `hearsay describe` and comparisons.

#include <span>
#include <string_view>

namespace hearsay::metrics {

enum class Better : std::uint8_t { kHigher, kLower, kNeither };

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

/// In the order in which results list them.
std::span<const MetricInfo> metric_catalogue();

/// The entry of a metric, `t90_s[role=explorer]` included; nullptr if there is none.
const MetricInfo* find_metric(std::string_view name);

}  // namespace hearsay::metrics
