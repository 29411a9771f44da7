// How often the 95 % interval of a campaign covers the truth, over synthetic campaigns whose truth is known.
//
// 1,000 campaigns at a coverage of 95 % give 95 +- 0.7 % (one standard error), 8,000 give 95 +- 0.25 %. At least 93 %
// are required. The upper end is that of normal values, 99 % at 5 runs and 97 % at 100: the term in 1/n, which skewed
// ones need. Seeds are fixed.

#include <gmock/gmock.h>

#include <cmath>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/stopping.hpp"
#include "analysis/summary.hpp"
#include "sim/core/random.hpp"

namespace hearsay::analysis::interval_coverage_test {
namespace {

using Values = std::vector<std::optional<double>>;
using Samples = std::vector<Sample>;

constexpr double kRate = 0.001;

double normal(KeyedDraws& draws) {
  constexpr double kTwoPi = 6.283185307179586;
  const double radius = std::sqrt(-2 * std::log(draws.open_uniform()));
  return radius * std::cos(kTwoPi * draws.open_uniform());
}

/// Successes of independent trials of probability kRate, by the gaps between them.
double binomial(KeyedDraws& draws, double trials) {
  double successes = 0;
  for (double at = 0;; ++successes) {
    at += 1 + std::floor(std::log(draws.open_uniform()) / std::log1p(-kRate));
    if (at > trials) return successes;
  }
}

double poisson(KeyedDraws& draws, double mean) {
  double events = 0;
  for (double at = -std::log(draws.open_uniform()); at <= mean; at -= std::log(draws.open_uniform())) ++events;
  return events;
}

/// One run's value, of which the true mean is 1.
struct Law {
  std::string name;
  std::function<double(KeyedDraws&)> draw;
};

Law normal_law(double sd) {
  return {"normal " + std::to_string(sd), [sd](KeyedDraws& draws) { return 1 + sd * normal(draws); }};
}
Law lognormal_law(double sigma) {
  return {"lognormal " + std::to_string(sigma),
          [sigma](KeyedDraws& draws) { return std::exp(sigma * normal(draws) - sigma * sigma / 2); }};
}
Law exponential_law() {
  return {"exponential", [](KeyedDraws& draws) { return -std::log(draws.open_uniform()); }};
}
Law rate_law(double trials) {
  return {"rate, trials " + std::to_string(trials),
          [trials](KeyedDraws& draws) { return binomial(draws, trials) / (trials * kRate); }};
}

/// Share of the campaigns whose interval holds the truth. `summary_of` makes a campaign out of its draws.
template <class SummaryOf>
double coverage(std::size_t campaigns, std::uint64_t series, double truth, const SummaryOf& summary_of) {
  std::size_t covered = 0;
  for (std::size_t campaign = 0; campaign < campaigns; ++campaign) {
    KeyedDraws draws(1, Stream::kProperty, series, campaign);
    const Summary summary = summary_of(draws);
    covered += *summary.ci95_low <= truth && truth <= *summary.ci95_high;
  }
  return static_cast<double>(covered) / static_cast<double>(campaigns);
}

/// Student's interval over as many replications as asked for.
double coverage_of_mean(std::size_t campaigns, std::uint64_t series, const Law& law, std::size_t runs) {
  return coverage(campaigns, series, 1, [&](KeyedDraws& draws) {
    Values values;
    for (std::size_t run = 0; run < runs; ++run) values.push_back(law.draw(draws));
    return summarise(values);
  });
}

/// Student's interval where the stopping rule ends the campaign.
double coverage_when_stopped(std::size_t campaigns, std::uint64_t series, const Law& law, double half_width) {
  const StopRule rule{.relative_half_width = half_width, .at_least = 10, .at_most = 4000};
  return coverage(campaigns, series, 1, [&](KeyedDraws& draws) {
    Samples values;
    do values.push_back({law.draw(draws)});
    while (!should_stop(rule, values));
    return summarise(MetricKind::kMean, values);
  });
}

/// The interval of a rate of 0.001 from `runs` runs with `events` expected in all.
double coverage_of_rate(std::size_t campaigns, std::uint64_t series, std::size_t runs, double events) {
  const double trials = std::round(events / kRate / static_cast<double>(runs));
  return coverage(campaigns, series, kRate, [&](KeyedDraws& draws) {
    Samples values;
    for (std::size_t run = 0; run < runs; ++run) values.push_back({binomial(draws, trials) / trials, trials, trials});
    return summarise(MetricKind::kShare, values);
  });
}

/// The same of numbers of events that come `together` at a time.
double coverage_of_count(std::size_t campaigns, std::uint64_t series, std::size_t runs, double clusters,
                         double together) {
  const double mean = clusters / static_cast<double>(runs);
  return coverage(campaigns, series, mean * together, [&](KeyedDraws& draws) {
    Samples values;
    for (std::size_t run = 0; run < runs; ++run) values.push_back({together * poisson(draws, mean)});
    return summarise(MetricKind::kCount, values);
  });
}

// Student's interval is exact for normal values and skewed ones come close: n >= 25 skewness^2 (Cochran) leaves at
// least 94 %; the skewness is 2 for exponential values and 0.95 for lognormal ones of sigma 0.3.
void expect_coverage_of_means(std::size_t campaigns) {
  std::uint64_t series = 0;
  for (std::size_t runs : {5u, 10u, 30u}) {
    const double covered = coverage_of_mean(campaigns, ++series, normal_law(0.3), runs);
    EXPECT_GE(covered, 0.93) << runs;
    EXPECT_LE(covered, 0.99) << runs;
  }
  const double lognormal = coverage_of_mean(campaigns, ++series, lognormal_law(0.3), 30);
  EXPECT_GE(lognormal, 0.93);
  EXPECT_LE(lognormal, 0.98);
  const double exponential = coverage_of_mean(campaigns, ++series, exponential_law(), 100);
  EXPECT_GE(exponential, 0.93);
  EXPECT_LE(exponential, 0.97);
}

TEST(IntervalCoverage, OfMeansIsNinetyFivePerCent) { expect_coverage_of_means(1000); }
TEST(NightlyIntervalCoverage, OfMeansIsNinetyFivePerCent) { expect_coverage_of_means(8000); }

void expect_coverage_when_stopped(std::size_t campaigns, const std::vector<Law>& laws,
                                  const std::vector<double>& half_widths) {
  std::uint64_t series = 100 * laws.size();
  for (const Law& law : laws) {
    for (double half_width : half_widths) {
      const double covered = coverage_when_stopped(campaigns, ++series, law, half_width);
      EXPECT_GE(covered, 0.93) << law.name << ", half width " << half_width;
      EXPECT_LE(covered, 0.98) << law.name << ", half width " << half_width;
    }
  }
}

// The rule itself reaches 93.6 to 95.3 % (analysis/stopping.hpp), of which 1,000 campaigns would show less than 93 %
// now and then, 4,000 (standard error 0.35 %) hardly: these are the laws and half widths at which a plain rule is
// worst.
TEST(IntervalCoverage, SurvivesTheStoppingRule) {
  expect_coverage_when_stopped(4000, {normal_law(0.05)}, {0.02});
  expect_coverage_when_stopped(4000, {normal_law(0.2), lognormal_law(0.2)}, {0.1});
  expect_coverage_when_stopped(4000, {normal_law(0.35), exponential_law(), rate_law(10'000)}, {0.2});
}
TEST(NightlyIntervalCoverage, SurvivesTheStoppingRule) {
  expect_coverage_when_stopped(
      8000,
      {normal_law(0.05), normal_law(0.1), normal_law(0.2), normal_law(0.35), normal_law(0.5), lognormal_law(0.2),
       lognormal_law(0.3), exponential_law(), rate_law(1'000), rate_law(10'000), rate_law(100'000)},
      {0.05, 0.1, 0.2});
}

void expect_coverage_of_rates(std::size_t campaigns) {
  std::uint64_t series = 200;
  for (std::size_t runs : {5u, 10u, 30u, 100u}) {
    for (double events : {1.0, 2.0, 3.0, 5.0, 8.0, 12.0, 20.0, 25.0, 40.0, 90.0, 110.0, 300.0}) {
      const double covered = coverage_of_rate(campaigns, ++series, runs, events);
      EXPECT_GE(covered, 0.93) << runs << " runs, " << events << " events";
    }
  }
}

TEST(IntervalCoverage, HoldsForRatesOfOneInAThousand) { expect_coverage_of_rates(1000); }
TEST(NightlyIntervalCoverage, HoldsForRatesOfOneInAThousand) { expect_coverage_of_rates(8000); }

void expect_coverage_of_counts(std::size_t campaigns) {
  std::uint64_t series = 300;
  for (std::size_t runs : {10u, 30u}) {
    for (double events : {1.0, 3.0, 8.0, 20.0, 60.0, 200.0}) {
      const double covered = coverage_of_count(campaigns, ++series, runs, events, 1);
      EXPECT_GE(covered, 0.93) << runs << " runs, " << events << " events";
    }
  }
}

TEST(IntervalCoverage, HoldsForCounts) { expect_coverage_of_counts(1000); }
TEST(NightlyIntervalCoverage, HoldsForCounts) { expect_coverage_of_counts(8000); }

// Events that come five at a time have five times the variance of as many independent ones: the exact interval of the
// pooled events is sqrt(5) times too narrow, and would cover in 2 Phi(1.96 / sqrt(5)) - 1 = 62 %.
TEST(IntervalCoverage, HoldsForEventsInClusters) {
  std::uint64_t series = 400;
  for (std::size_t runs : {10u, 30u}) {
    for (double clusters : {12.0, 20.0, 60.0}) {
      EXPECT_GE(coverage_of_count(1000, ++series, runs, clusters, 5), 0.93) << runs << " runs, " << clusters;
    }
  }
}

}  // namespace
}  // namespace hearsay::analysis::interval_coverage_test
