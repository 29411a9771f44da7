#include "analysis/summary.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

#include "sim/core/check.hpp"

namespace hearsay::analysis {

namespace {

constexpr double kFewEvents = 10;
constexpr double kManyEvents = 100;
constexpr double kLeastDispersion = 0.25;
constexpr double kNormal975 = 1.959963984540054;

/// Events whose rate per trial is asked for; without trials (Poisson) per run.
struct Evidence {
  double events = 0;
  double trials = 0;
  bool poisson = false;
};

/// The rate that `added` more events would leave at probability p: the quantile of its beta or gamma distribution.
double rate_at(double p, const Evidence& evidence, double added) {
  const double events = evidence.events + added;
  if (events <= 0) return 0;
  if (evidence.poisson) return boost::math::quantile(boost::math::gamma_distribution(events), p) / evidence.trials;
  const double others = evidence.trials - evidence.events + 1 - added;
  return others <= 0 ? 1 : boost::math::quantile(boost::math::beta_distribution(events, others), p);
}

/// Replaces Student's interval where the events are not many. `scale` is the value of an event rate of 1; `pooled` are
/// all events of all runs.
void suit_to_events(Summary& summary, const Evidence& pooled, double scale) {
  if (summary.n < 2) return;
  const double n = static_cast<double>(summary.n), rate = *summary.mean / scale, spread = *summary.sd / scale;
  const double independent = rate * (pooled.poisson ? 1 : 1 - rate) / pooled.trials;  // variance of the mean
  const double dispersion = independent > 0 ? spread * spread / n / independent : 1;
  const auto effective = [&](double at) {
    return Evidence{rate * pooled.trials / at, pooled.trials / at, pooled.poisson};
  };
  const auto least = [](const Evidence& e) { return e.poisson ? e.events : std::min(e.events, e.trials - e.events); };

  const double at_least_pooled = least(effective(std::max(1.0, dispersion)));
  if (at_least_pooled >= kManyEvents) return;
  if (at_least_pooled < kFewEvents) {
    const Evidence evidence = effective(std::max(1.0, dispersion));
    summary.interval = pooled.poisson ? IntervalKind::kGarwood : IntervalKind::kClopperPearson;
    summary.ci95_low = std::clamp(*summary.ci95_low, 0.0, rate_at(0.025, evidence, 0) * scale);
    summary.ci95_high = std::max(*summary.ci95_high, rate_at(0.975, evidence, 1) * scale);
    return;
  }
  const double widening = student_t975(n - 1) / kNormal975;
  const Evidence evidence = effective(std::max(kLeastDispersion, dispersion * widening * widening));
  summary.interval = IntervalKind::kJeffreys;
  summary.ci95_low = rate_at(0.025, evidence, 0.5) * scale;
  summary.ci95_high = rate_at(0.975, evidence, 0.5) * scale;
}

}  // namespace

double student_t975(double degrees) {
  HEARSAY_CHECK(degrees >= 1, "an interval needs two values");
  return boost::math::quantile(boost::math::students_t(degrees), 0.975);
}

double student_two_sided(double t, double degrees) {
  HEARSAY_CHECK(degrees >= 1, "a test needs two values");
  return 2 * boost::math::cdf(boost::math::complement(boost::math::students_t(degrees), std::abs(t)));
}

std::string_view to_text(IntervalKind kind) {
  switch (kind) {
    case IntervalKind::kStudentT: return "student-t";
    case IntervalKind::kClopperPearson: return "clopper-pearson";
    case IntervalKind::kGarwood: return "garwood";
    case IntervalKind::kJeffreys: return "jeffreys";
  }
  return {};
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
  const double half_width = student_t975(n - 1) * sd / std::sqrt(n);
  summary.sd = sd;
  summary.ci95_low = mean - half_width;
  summary.ci95_high = mean + half_width;
  return summary;
}

Summary summarise_count(std::span<const std::optional<double>> events) {
  Summary summary = summarise(events);
  if (summary.n > 0) {
    const double runs = static_cast<double>(summary.n);
    suit_to_events(summary, {.events = *summary.mean * runs, .trials = runs, .poisson = true}, 1);
  }
  return summary;
}

Summary summarise_events(std::span<const std::optional<double>> values, std::span<const std::optional<double>> trials,
                         bool shares) {
  HEARSAY_CHECK(values.size() == trials.size(), "each value has its trials");
  Summary summary = summarise(values);
  if (summary.n == 0) return summary;
  double all = 0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!values[i] || !std::isfinite(*values[i])) continue;
    const double possible = trials[i].value_or(-1);
    if (!(possible >= 0) || *values[i] > (shares ? 1 : possible)) return summary;
    all += possible;
  }
  const double scale = shares ? 1 : all / static_cast<double>(summary.n);
  if (all > 0) suit_to_events(summary, {.events = *summary.mean / scale * all, .trials = all}, scale);
  if (shares && summary.ci95_high) summary.ci95_high = std::min(*summary.ci95_high, 1.0);
  return summary;
}

}  // namespace hearsay::analysis
