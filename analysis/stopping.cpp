#include "analysis/stopping.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/core/check.hpp"

namespace hearsay::analysis {
namespace {

constexpr double kCochran = 25;  // values per squared skewness
constexpr std::size_t kMostConfirm = 60;
constexpr double kDecisive = 0.5;  // of the half width asked for

std::size_t next_look(std::size_t look) { return look + std::max<std::size_t>(1, look / 10); }

bool is_look(std::size_t first, std::size_t replications) {
  std::size_t look = first;
  while (look < replications) look = next_look(look);
  return look == replications;
}

/// What a growing sample says. Sums of differences to the first value: equal values then have no rounding error, and
/// values that hardly differ little.
class Moments {
 public:
  void add(const Sample& sample) {
    if (n_++ == 0) first_ = sample;
    const double x = *sample.value - *first_.value;
    sum_ += x;
    squares_ += x * x;
    cubes_ += x * x * x;
    trials_ += sample.trials;
    clusters_ += sample.clusters;
    trials_differ_ = trials_differ_ || sample.trials != first_.trials;
  }
  std::size_t n() const { return n_; }
  Evidence evidence() const {
    return {.n = n_,
            .mean = *first_.value + shift(),
            .variance = spread() * count() / (count() - 1),
            .trials = trials_,
            .clusters = clusters_,
            .trials_differ = trials_differ_};
  }
  /// Squared; 0 without any spread.
  double squared_skewness() const {
    const double m = shift(), m2 = spread();
    const double m3 = cubes_ / count() - 3 * m * squares_ / count() + 2 * m * m * m;
    return m2 > 0 ? m3 * m3 / (m2 * m2 * m2) : 0;
  }

 private:
  double count() const { return static_cast<double>(n_); }
  double shift() const { return sum_ / count(); }
  /// Second central moment, not negative.
  double spread() const { return std::max(0.0, squares_ / count() - shift() * shift()); }

  std::size_t n_ = 0;
  Sample first_;
  double sum_ = 0, squares_ = 0, cubes_ = 0;
  double trials_ = 0, clusters_ = 0;
  bool trials_differ_ = false;
};

constexpr double kNever = std::numeric_limits<double>::infinity();

/// Half the width of the interval as a share of what is allowed; where it is above 1, it may be too small.
double share_of_allowed(const StopRule& rule, const Evidence& evidence) {
  if (evidence.n < 2 || evidence.mean == 0) return kNever;
  const double allowed = rule.relative_half_width * std::abs(evidence.mean);
  // A quantile costs more than all the rest, and the normal one, which is the least, rules out most looks.
  const double least = kNormal975 * std::sqrt(evidence.variance / static_cast<double>(evidence.n)) / allowed;
  if (rule.kind == MetricKind::kMean && least > 1) return least;
  const Interval interval = interval_of(rule.kind, evidence);
  return interval.known() ? (interval.high - interval.low) / 2 / allowed : kNever;
}

/// Whether Student's interval of so many values can be trusted; those of events are skewed as they should be.
bool enough_for_skewness(const StopRule& rule, const Moments& moments) {
  return rule.kind != MetricKind::kMean || static_cast<double>(moments.n()) >= kCochran * moments.squared_skewness();
}

/// All values so far are equal, and nothing else is known of them.
bool without_spread(const StopRule& rule, const Evidence& evidence) {
  return evidence.n >= kWithoutSpread && evidence.variance == 0 && evidence.mean != 0 &&
         !interval_of(rule.kind, evidence).known();
}

}  // namespace

std::optional<StopReason> should_stop(const StopRule& rule, std::span<const Sample> prefix) {
  HEARSAY_CHECK(rule.relative_half_width > 0, "a half width of 0 is never reached");
  const std::size_t least = std::max<std::size_t>(2, rule.at_least);
  const bool last = prefix.size() >= rule.at_most;
  if (!last && !is_look(least, prefix.size())) return std::nullopt;

  Moments moments;
  std::optional<std::size_t> narrow_at;  // values at the first look at which it held
  std::size_t look = least;
  bool stop = false;
  for (std::size_t i = 0; i < prefix.size(); ++i) {
    if (prefix[i].value && std::isfinite(*prefix[i].value)) moments.add(prefix[i]);
    if (i + 1 != look) continue;
    look = next_look(look);
    // Of the looks before this one, only the first at which it held matters.
    if (narrow_at && i + 1 != prefix.size()) continue;
    stop = false;
    if (moments.n() < least) continue;
    const double share = share_of_allowed(rule, moments.evidence());
    if (share > 1 || !enough_for_skewness(rule, moments)) continue;
    if (!narrow_at) narrow_at = moments.n();
    stop = share <= kDecisive || moments.n() >= *narrow_at + std::min(*narrow_at, kMostConfirm);
  }
  if (stop && !last) return StopReason::kPrecision;
  if (moments.n() < least) return last ? std::optional(StopReason::kAtMost) : std::nullopt;
  if (without_spread(rule, moments.evidence())) return StopReason::kNoSpread;
  if (!last) return std::nullopt;
  // Nothing is left to wait for: what counts is the interval as it will be shown.
  return share_of_allowed(rule, moments.evidence()) <= 1 ? StopReason::kPrecision : StopReason::kAtMost;
}

}  // namespace hearsay::analysis
