#pragma once

// What the runs of two sides say about the difference of a metric: the interval, and how likely the values are if there
// is no difference.
//
// Pairs of runs on the same network and publications (common random numbers) have Student's interval of the differences
// b - a; without pairs it is Welch's. Neither is widened for skewness as that of a mean is: if both sides are of one
// law, the differences are as often above 0 as below.
//
// Differences that are all equal have no spread to judge by. What is known then is the kind of the metric: of shares
// the clusters that were seen, by the interval of Agresti and Caffo (2000), as many as so few runs tell
// ([1 + 1] / [K + 2] ...); of anything else that all n runs agree, which by the exact permutation test happens in
// 2 / 2^n of the cases, or without pairs in 2 / (n_a + n_b over n_a), if there is no difference.

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "analysis/summary.hpp"

namespace hearsay::analysis {

struct Difference {
  std::string metric;
  std::size_t values_a = 0, values_b = 0;     ///< that there are, on at least one side
  std::size_t n_a = 0, n_b = 0;               ///< that count: equal if paired, 0 if none has a partner
  double a = 0, b = 0;                        ///< their means
  double difference = 0;                      ///< b - a
  std::optional<double> ci95_low, ci95_high;  ///< of the difference; empty with fewer than two values, or no spread
  std::optional<double> p, p_holm;            ///< that the true difference is 0; empty with fewer than two values
  std::optional<double> known_a, known_b;     ///< share of the items that the means are of, if they may be of some only

  bool known() const { return n_a > 0 && n_b > 0; }
  /// To the mean of A; empty if that is 0.
  std::optional<double> relative() const;
  /// After the correction.
  bool significant() const { return p_holm && *p_holm < 0.05; }
  /// The means are over those that got there, and not all did: which of them is better nobody can say.
  bool of_survivors() const { return (known_a && *known_a < 1) || (known_b && *known_b < 1); }
};

/// Sample i of both sides is of one pair if `paired`; one without a value takes its partner with it.
Difference difference_between(MetricKind kind, const std::vector<Sample>& a, const std::vector<Sample>& b, bool paired);

}  // namespace hearsay::analysis
