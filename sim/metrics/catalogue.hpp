#pragma once

// Every metric: its name (unit last), unit, meaning, and which direction is better. One table serves the
// result writer, `hearsay list metrics`, `hearsay describe` and comparisons.

#include <span>
#include <string_view>

namespace hearsay::metrics {

enum class Better : std::uint8_t { kHigher, kLower, kNeither };

struct MetricInfo {
  std::string_view name;
  std::string_view unit;  ///< "s", "B", "1" ...
  Better better;
  bool delivery;  ///< given again per label by [output] by
  std::string_view help;
};

/// In the order in which results list them.
std::span<const MetricInfo> metric_catalogue();

/// The entry of a metric, `t90_s[role=explorer]` included; nullptr if there is none.
const MetricInfo* find_metric(std::string_view name);

}  // namespace hearsay::metrics
