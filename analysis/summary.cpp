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

constexpr double kExtraSpread = 5;  // the term in 1/n

double extra_spread(double n) { return 1 + kExtraSpread / n; }

/// By how much less n runs tell than their variance says, as Student's distribution has it.
double few_runs(double n) {
  const double widening = student_t975(n - 1) / kNormal975;
  return widening * widening;
}

/// The same, and of what the first few values cannot show.
double uncertainty(double n) { return few_runs(n) * extra_spread(n); }

Interval of_mean(const Evidence& e) {
  if (e.variance == 0) return {};
  const double n = static_cast<double>(e.n);
  const double half = student_t975(n - 1) * std::sqrt(e.variance * extra_spread(n) / n);
  return {IntervalKind::kStudentT, e.mean - half, e.mean + half};
}

/// Clopper and Pearson's, of a number of trials that need not be whole.
Interval of_trials(double events, double trials) {
  const auto rate = [](double p, double yes, double no) {
    return boost::math::quantile(boost::math::beta_distribution(yes, no), p);
  };
  const double others = trials - events;
  return {IntervalKind::kKornGraubard, events <= 0 ? 0 : rate(0.025, events, others + 1),
          others <= 0 ? 1 : rate(0.975, events + 1, others)};
}

/// `mean` and `variance` are of shares.
Interval of_share(const Evidence& e, double mean, double variance) {
  const double n = static_cast<double>(e.n), independent = mean * (1 - mean);
  Interval interval{IntervalKind::kKornGraubard, mean, mean};
  if (independent > 0) {
    const double known = variance > 0 ? std::min(e.trials, independent * n / variance) : e.trials;
    const double effective = known / uncertainty(n);
    interval = of_trials(mean * effective, effective);
  }
  const double unseen = 1 - std::pow(0.025, few_runs(n) / e.clusters);
  interval.low = std::min(interval.low, mean * (1 - unseen));
  interval.high = std::max(interval.high, mean + (1 - mean) * unseen);
  return interval;
}

Interval of_number(const Evidence& e) {
  const double scale = e.trials / static_cast<double>(e.n);
  Interval interval = of_share(e, std::min(e.mean / scale, 1.0), e.variance / scale / scale);
  interval.low *= scale;
  interval.high *= scale;
  // How many trials a run has is drawn as well.
  if (const Interval plain = of_mean(e); e.trials_differ && plain.known()) {
    interval.low = std::max(0.0, std::min(interval.low, plain.low));
    interval.high = std::max(interval.high, plain.high);
  }
  return interval;
}

/// `least`: the least ratio of variance to mean that there can be.
Interval of_events(const Evidence& e, double least) {
  const double n = static_cast<double>(e.n);
  const auto quantile = [](double p, double events) {
    return boost::math::quantile(boost::math::gamma_distribution(events), p);
  };
  if (e.mean <= 0) return {IntervalKind::kGarwood, 0, quantile(0.975, 1) / n};
  const double runs = n / (std::max(least, e.variance / e.mean) * uncertainty(n));
  const double events = e.mean * runs;
  return {IntervalKind::kGarwood, quantile(0.025, events) / runs, quantile(0.975, events + 1) / runs};
}

}  // namespace

Interval interval_of(MetricKind kind, const Evidence& e) {
  if (e.n < 2) return {};
  switch (kind) {
    case MetricKind::kNoInterval: return {};
    case MetricKind::kCount:
      if (e.mean >= 0) return of_events(e, 1);
      break;
    case MetricKind::kAmount:
      if (e.mean > 0 && e.variance > 0) return of_events(e, 0);
      break;
    case MetricKind::kShare:
      if (e.trials > 0 && e.clusters > 0 && e.mean >= 0 && e.mean <= 1) return of_share(e, e.mean, e.variance);
      break;
    case MetricKind::kNumber:
      if (e.trials > 0 && e.clusters > 0 && e.mean >= 0) return of_number(e);
      break;
    case MetricKind::kMean: break;
  }
  return of_mean(e);
}

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
    case IntervalKind::kNone: return "";
    case IntervalKind::kStudentT: return "student-t";
    case IntervalKind::kKornGraubard: return "korn-graubard";
    case IntervalKind::kGarwood: return "garwood";
  }
  return {};
}

Evidence evidence_of(std::span<const Sample> samples) {
  std::vector<Sample> present;
  present.reserve(samples.size());
  for (const Sample& sample : samples) {
    if (sample.value && std::isfinite(*sample.value)) present.push_back(sample);
  }
  Evidence e;
  e.n = present.size();
  if (present.empty()) return e;

  // Sums of differences to the first value: equal values then have no rounding error at all.
  const double n = static_cast<double>(present.size()), first = *present.front().value;
  double sum = 0;
  for (const Sample& sample : present) {
    sum += *sample.value - first;
    e.trials += sample.trials;
    e.clusters += sample.clusters;
    e.trials_differ = e.trials_differ || sample.trials != present.front().trials;
  }
  e.mean = first + sum / n;
  if (present.size() < 2) return e;
  double squares = 0;
  for (const Sample& sample : present) squares += (*sample.value - e.mean) * (*sample.value - e.mean);
  e.variance = squares / (n - 1);
  return e;
}

Summary summarise(MetricKind kind, std::span<const Sample> samples) {
  const Evidence e = evidence_of(samples);
  Summary summary;
  summary.n = e.n;
  if (e.n > 0) summary.mean = e.mean;
  if (e.n > 1) summary.sd = std::sqrt(e.variance);
  const Interval interval = interval_of(kind, e);
  summary.interval = interval.kind;
  if (interval.known()) {
    summary.ci95_low = interval.low;
    summary.ci95_high = interval.high;
  }
  return summary;
}

Summary summarise(std::span<const std::optional<double>> values) {
  std::vector<Sample> samples;
  samples.reserve(values.size());
  for (const auto& value : values) samples.push_back({value});
  return summarise(MetricKind::kMean, samples);
}

}  // namespace hearsay::analysis
