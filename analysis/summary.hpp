#pragma once

// What replications say about the mean of a metric: Student's t interval. A value that is missing (or not
// finite) does not count; `n` says how many did.

#include <cstddef>
#include <optional>
#include <span>

namespace hearsay::analysis {

struct Summary {
  std::size_t n = 0;               ///< values present
  std::optional<double> mean;      ///< empty if n = 0
  std::optional<double> sd;        ///< of the sample (n - 1); empty if n < 2
  std::optional<double> ci95_low;  ///< 95 % interval of the mean; empty if n < 2
  std::optional<double> ci95_high;
};

/// O(n). Values that are all equal have exactly that mean and an sd of exactly 0.
Summary summarise(std::span<const std::optional<double>> values);

/// 97.5 % quantile of Student's t distribution with `degrees` >= 1 degrees of freedom.
double student_t975(std::size_t degrees);

}  // namespace hearsay::analysis
