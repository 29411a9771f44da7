#include "analysis/summary.hpp"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

#include "sim/core/check.hpp"

namespace hearsay::analysis {

double student_t975(std::size_t degrees) {
  HEARSAY_CHECK(degrees >= 1, "an interval needs two values");
  return boost::math::quantile(boost::math::students_t(static_cast<double>(degrees)), 0.975);
}

Summary summarise(std::span<const std::optional<double>> values) {
  std::vector<double> present;
  present.reserve(values.size());
  for (const auto& value : values) {
    if (value && std::isfinite(*value)) present.push_back(*value);
  }
  Summary summary;
  summary.n = present.size();
  if (present.empty()) return summary;

  // Sums of differences to the first value: equal values then have no rounding error at all.
  const double n = static_cast<double>(present.size());
  double sum = 0;
  for (double value : present) sum += value - present.front();
  const double mean = present.front() + sum / n;
  summary.mean = mean;
  if (present.size() < 2) return summary;

  double squares = 0;
  for (double value : present) squares += (value - mean) * (value - mean);
  const double sd = std::sqrt(squares / (n - 1));
  const double half_width = student_t975(present.size() - 1) * sd / std::sqrt(n);
  summary.sd = sd;
  summary.ci95_low = mean - half_width;
  summary.ci95_high = mean + half_width;
  return summary;
}

}  // namespace hearsay::analysis
