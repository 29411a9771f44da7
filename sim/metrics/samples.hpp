#pragma once

// A sample of non-negative integers (nanoseconds, bytes), for mean, maximum and quantiles.
//
// Up to kExact values it keeps them all: quantiles are exact, type 7 (Hyndman & Fan 1996: linear between
// order statistics at (n - 1) p). Beyond that it turns into a log-linear histogram, 512 bins per power of two,
// whose quantiles are within 0.2 % of the exact ones; count, sum and maximum stay exact. 8 MB at the most. No figure
// depends on the order of the values, nor on how they were spread over samples that were merged.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/core/int128.hpp"

namespace hearsay::metrics {

class Samples {
 public:
  static constexpr std::size_t kExact = std::size_t{1} << 20;

  [[gnu::always_inline]] void add(std::int64_t value) {  // once for each message received
    if (values_.size() == limit_) [[unlikely]]
      flush();
    values_.push_back(value);
  }
  /// The same value so often. O(1) once there is a histogram.
  void add(std::int64_t value, std::uint64_t times);
  /// Takes over all values of `other`, which is empty afterwards.
  void merge(Samples& other);
  std::uint64_t count() const { return summed_ + (values_.size() - in_sum_); }
  std::optional<double> mean();
  std::optional<double> max();
  /// Type 7 quantile, 0 <= p <= 1. O(n); changes the order of the values.
  std::optional<double> quantile(double p);

 private:
  static std::size_t bin_of(std::int64_t value);
  static double middle_of(std::size_t bin);
  /// Brings sum and maximum up to date.
  void sum_up();
  /// Moves the values into the bins.
  void flush();

  std::vector<std::int64_t> values_;  // all of them, or those that are not in the bins yet
  std::size_t limit_ = kExact;        // of values_
  std::size_t in_sum_ = 0;            // of values_, how many are in the sum
  std::uint64_t summed_ = 0;
  Int128 sum_ = 0;
  std::int64_t max_ = 0;
  std::vector<std::uint64_t> bins_;
};

/// Type 7 quantile of ascending values.
double quantile_of_sorted(const std::vector<std::int64_t>& sorted, double p);

}  // namespace hearsay::metrics
