#pragma once

// A sample of non-negative integers (nanoseconds, bytes), for mean, maximum and quantiles.
//
// Up to kExact values it keeps them all: quantiles are exact, type 7 (Hyndman & Fan 1996: linear between
// order statistics at (n - 1) p). Beyond that it turns into a log-linear histogram, 512 bins per power of two,
// whose quantiles are within 0.2 % of the exact ones; count, sum and maximum stay exact. 8 MB at the most.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

namespace hearsay::metrics {

class Samples {
 public:
  static constexpr std::size_t kExact = std::size_t{1} << 20;

  void add(std::int64_t value) {
    ++count_;
    sum_ += static_cast<double>(value);
    max_ = std::max(max_, value);
    if (bins_.empty()) [[likely]] {
      if (values_.size() < kExact) [[likely]] {
        values_.push_back(value);
        return;
      }
      to_bins();
    }
    add_to_bin(value);
  }
  std::uint64_t count() const { return count_; }
  std::optional<double> mean() const;
  std::optional<double> max() const;
  /// Type 7 quantile, 0 <= p <= 1. Sorts; call when all values are in.
  std::optional<double> quantile(double p);

 private:
  static std::size_t bin_of(std::int64_t value);
  static double middle_of(std::size_t bin);
  void to_bins();
  void add_to_bin(std::int64_t value);

  std::uint64_t count_ = 0;
  double sum_ = 0;
  std::int64_t max_ = 0;
  bool sorted_ = false;
  std::vector<std::int64_t> values_;
  std::vector<std::uint64_t> bins_;
};

/// Type 7 quantile of ascending values.
double quantile_of_sorted(const std::vector<std::int64_t>& sorted, double p);

}  // namespace hearsay::metrics
