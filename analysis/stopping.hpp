#pragma once

// When a point has enough replications: sequential stopping on the relative half-width of a metric's interval.
// Pure, and asked about the contiguous prefix of replications only, so that no executor changes the answer.

#include <cstddef>
#include <optional>
#include <span>

namespace hearsay::analysis {

struct StopRule {
  double relative_half_width = 0;  ///< stop once half width <= this x |mean|
  std::size_t at_least = 0;        ///< values before the rule is asked
  std::size_t at_most = 0;         ///< values at which it gives up
};

enum class StopReason {
  kPrecision,  ///< the interval is narrow enough
  kAtMost,     ///< it is not, and no more replications are allowed
};

/// What to do after the replications 0 .. prefix.size() - 1, in order; a failed run, or one in which the metric
/// has no value, is an empty entry. Empty: go on.
std::optional<StopReason> should_stop(const StopRule& rule, std::span<const std::optional<double>> prefix);

}  // namespace hearsay::analysis
