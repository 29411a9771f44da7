#include "analysis/stopping.hpp"

#include <algorithm>
#include <cmath>

#include "analysis/summary.hpp"
#include "sim/core/check.hpp"

namespace hearsay::analysis {
namespace {

constexpr double kExtraSpread = 5;  // the term in 1/n
constexpr double kCochran = 25;     // values per squared skewness
constexpr std::size_t kMostConfirm = 60;
constexpr double kNormal975 = 1.959963984540054;
constexpr double kDecisive = 0.5;  // of the half width asked for

std::size_t next_look(std::size_t look) { return look + std::max<std::size_t>(1, look / 10); }

bool is_look(std::size_t first, std::size_t replications) {
  std::size_t look = first;
  while (look < replications) look = next_look(look);
  return look == replications;
}

/// Mean, variance and skewness of a growing sample. Sums of differences to the first value: equal values then have
/// no rounding error, and values that hardly differ little.
class Moments {
 public:
  void add(double value) {
    if (n_++ == 0) first_ = value;
    const double x = value - first_;
    sum_ += x;
    squares_ += x * x;
    cubes_ += x * x * x;
  }
  std::size_t n() const { return n_; }
  double mean() const { return first_ + shift(); }
  /// Second central moment, not negative.
  double spread() const { return std::max(0.0, squares_ / count() - shift() * shift()); }
  double variance() const { return spread() * count() / (count() - 1); }
  /// Squared; 0 without any spread.
  double squared_skewness() const {
    const double m = shift(), m2 = spread();
    const double m3 = cubes_ / count() - 3 * m * squares_ / count() + 2 * m * m * m;
    return m2 > 0 ? m3 * m3 / (m2 * m2 * m2) : 0;
  }

 private:
  double count() const { return static_cast<double>(n_); }
  double shift() const { return sum_ / count(); }

  std::size_t n_ = 0;
  double first_ = 0, sum_ = 0, squares_ = 0, cubes_ = 0;
};

/// The half width, with the term in 1/n unless it is left out, as a share of what is allowed; where it is above 1, it
/// may be too small.
double share_of_allowed(const StopRule& rule, const Moments& moments, double extra_spread) {
  const double n = static_cast<double>(moments.n());
  const double error = std::sqrt(moments.variance() * (1 + extra_spread / n) / n);
  const double allowed = rule.relative_half_width * std::abs(moments.mean());
  // Student's quantile costs more than all the rest and is at least the normal one, which rules out most looks.
  const double least = kNormal975 * error / allowed;
  return least > 1 ? least : student_t975(n - 1) * error / allowed;
}

}  // namespace

std::optional<StopReason> should_stop(const StopRule& rule, std::span<const std::optional<double>> prefix) {
  HEARSAY_CHECK(rule.relative_half_width > 0, "a half width of 0 is never reached");
  const std::size_t least = std::max<std::size_t>(2, rule.at_least);
  const bool last = prefix.size() >= rule.at_most;
  if (!last && !is_look(least, prefix.size())) return std::nullopt;

  Moments moments;
  std::optional<std::size_t> narrow_at;  // values at the first look at which it held
  std::size_t look = least;
  bool stop = false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (prefix[i] && std::isfinite(*prefix[i])) moments.add(*prefix[i]);
    if (i + 1 != look) continue;
    look = next_look(look);
    // Of the looks before this one, only the first at which it held matters.
    if (narrow_at && i + 1 != prefix.size()) continue;
    stop = false;
    if (moments.n() < least || moments.mean() == 0) continue;
    const double share = share_of_allowed(rule, moments, kExtraSpread);
    if (share > 1 || static_cast<double>(moments.n()) < kCochran * moments.squared_skewness()) continue;
    if (!narrow_at) narrow_at = moments.n();
    stop = share <= kDecisive || moments.n() >= *narrow_at + std::min(*narrow_at, kMostConfirm);
  }
  if (!last) return stop ? std::optional(StopReason::kPrecision) : std::nullopt;
  // Nothing is left to wait for: what counts is the interval as it will be shown.
  const bool narrow = moments.n() >= least && moments.mean() != 0 && share_of_allowed(rule, moments, 0) <= 1;
  return narrow ? StopReason::kPrecision : StopReason::kAtMost;
}

}  // namespace hearsay::analysis
