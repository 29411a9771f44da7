#pragma once

// The z-test of the laws: 1e-4 two-sided per check, so a correct simulator fails one check in ten thousand; seeds
// are fixed, so that a check which passes goes on passing.

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace hearsay::laws {

inline constexpr double kZ = 3.89;

/// A mean over independent runs.
class Mean {
 public:
  void add(double x) {
    ++n_;
    const double delta = x - mean_;
    mean_ += delta / static_cast<double>(n_);
    squares_ += delta * (x - mean_);
  }
  double mean() const { return mean_; }
  double sd() const { return std::sqrt(squares_ / static_cast<double>(n_ - 1)); }
  std::size_t n() const { return n_; }

 private:
  std::size_t n_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

/// The mean lies within 3.89 standard errors of the law's; the law's own SD is known.
inline void expect_mean(const Mean& sample, double mean, double sd, const char* what) {
  const double error = kZ * sd / std::sqrt(static_cast<double>(sample.n()));
  EXPECT_NEAR(sample.mean(), mean, error)
      << what << ": " << sample.n() << " runs, z = " << (sample.mean() - mean) / (error / kZ);
}

/// A share of successes out of n against probability p.
inline void expect_proportion(std::size_t successes, std::size_t n, double p, const char* what) {
  const double share = static_cast<double>(successes) / static_cast<double>(n);
  EXPECT_NEAR(share, p, kZ * std::sqrt(p * (1 - p) / static_cast<double>(n)))
      << what << ": " << successes << " of " << n;
}

/// The sample's SD agrees with the law's: for n runs of a roughly normal quantity its standard error is
/// sd / sqrt(2 (n - 1)); three times that allows for the heavier tails met here.
inline void expect_sd(const Mean& sample, double sd, const char* what) {
  EXPECT_NEAR(sample.sd(), sd, 3 * kZ * sd / std::sqrt(2.0 * static_cast<double>(sample.n() - 1))) << what;
}

}  // namespace hearsay::laws
