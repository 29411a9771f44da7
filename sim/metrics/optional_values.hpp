#pragma once

// Figures that a run may not have: null in, or nothing to divide by, gives null.

#include <optional>

namespace hearsay::metrics {

inline std::optional<double> ratio(double a, double b) {
  if (b == 0) return std::nullopt;
  return a / b;
}

inline std::optional<double> in_seconds(std::optional<double> ns) {
  if (!ns) return std::nullopt;
  return *ns / 1e9;
}

}  // namespace hearsay::metrics
