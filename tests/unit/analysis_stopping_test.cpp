#include "analysis/stopping.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "analysis/summary.hpp"

namespace hearsay::analysis::analysis_stopping_test {
namespace {

using Values = std::vector<Sample>;

/// Asks after each replication, as a campaign does; where it stopped and why.
struct Stopped {
  std::size_t n = 0;
  StopReason reason = StopReason::kAtMost;
};
Stopped ask_until_stopped(const StopRule& rule, const Values& values) {
  for (std::size_t n = 1; n <= values.size(); ++n) {
    if (const auto reason = should_stop(rule, std::span(values).first(n))) return {n, *reason};
  }
  return {};
}

/// 1 + spread, 1 - spread, 1 + spread ...: mean 1 and standard deviation `spread` at every even length.
Values alternating(double spread, std::size_t n) {
  Values values;
  for (std::size_t i = 0; i < n; ++i) values.push_back({i % 2 == 0 ? 1 + spread : 1 - spread});
  return values;
}

// Ten equal values are no evidence of a mean; thirty say that more would be the same.
TEST(Stopping, EqualValuesEndAPointForWantOfASpread) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.02, .at_least = 10, .at_most = 100}, Values(100, Sample{0.3}));
  EXPECT_GE(stopped.n, kWithoutSpread);
  EXPECT_LE(stopped.n, kWithoutSpread + 3);
  EXPECT_EQ(stopped.reason, StopReason::kNoSpread);
}

// Of a share they are evidence: 10 runs of 40 clusters leave 1 - 0.025^(1.332 / 400) = 1.2 %, half of it below 1 %.
TEST(Stopping, EqualSharesAreJudgedByTheirClusters) {
  const StopRule rule{.kind = MetricKind::kShare, .relative_half_width = 0.02, .at_least = 10, .at_most = 100};
  const Stopped stopped = ask_until_stopped(rule, Values(100, Sample{1.0, 2000, 40}));
  EXPECT_EQ(stopped.n, 10u);
  EXPECT_EQ(stopped.reason, StopReason::kPrecision);
  // With one cluster a run 1 - 0.025^(1/n) is below 4 % from 91 runs on.
  const Stopped fewer = ask_until_stopped(rule, Values(100, Sample{1.0, 2000, 1}));
  EXPECT_GT(fewer.n, 90u);
}

// What the tables show decides: items complete in one of a hundred, 10 runs of 20 items. Student's interval of the
// values, all but one of them 0, never had anything to do with it.
TEST(Stopping, JudgesByTheIntervalThatTheTablesShow) {
  const StopRule rule{.kind = MetricKind::kNumber, .relative_half_width = 0.5, .at_least = 10, .at_most = 12};
  Values values(12, Sample{1.0, 20, 20});
  const Stopped stopped = ask_until_stopped(rule, values);
  const Summary shown = summarise(rule.kind, std::span(values).first(stopped.n));
  EXPECT_GT((*shown.ci95_high - *shown.ci95_low) / 2, 0.5 * *shown.mean);
  EXPECT_EQ(stopped.reason, StopReason::kAtMost);
}

// With mean 1 and standard deviation 0.5 the half width of n values is about 1.96 x 0.5 / sqrt(n), which is 0.1 at
// n = 96; the rule asks again after 60 more and looks every tenth: between 156 and 1.1 x (106 + 60) + 5.
TEST(Stopping, WaitsForTheHalfWidthAndConfirmsIt) {
  const StopRule rule{.relative_half_width = 0.1, .at_least = 10, .at_most = 1000};
  const Values values = alternating(0.5, 1000);
  const Stopped stopped = ask_until_stopped(rule, values);
  EXPECT_EQ(stopped.reason, StopReason::kPrecision);
  EXPECT_GE(stopped.n, 156u);
  EXPECT_LE(stopped.n, 188u);
  const Summary summary = summarise(MetricKind::kMean, std::span(values).first(stopped.n));
  EXPECT_LE((*summary.ci95_high - *summary.ci95_low) / 2, 0.1 * *summary.mean);
}

TEST(Stopping, GivesUpAtTheMost) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.1, .at_least = 10, .at_most = 50}, alternating(0.5, 100));
  EXPECT_EQ(stopped.n, 50u);
  EXPECT_EQ(stopped.reason, StopReason::kAtMost);
}

// 108 values of standard deviation 0.5 have a half width of 0.098: narrow enough, though not confirmed.
TEST(Stopping, SaysThatTheLastReplicationsWereEnough) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.1, .at_least = 10, .at_most = 108}, alternating(0.5, 200));
  EXPECT_EQ(stopped.n, 108u);
  EXPECT_EQ(stopped.reason, StopReason::kPrecision);
}

TEST(Stopping, NeverStopsOnAMeanOfZeroOrWithoutValues) {
  const StopRule rule{.relative_half_width = 0.2, .at_least = 10, .at_most = 60};
  for (const Values& values : {Values(60, Sample{0.0}), Values(60, Sample{}), Values(60, Sample{std::nan("")})}) {
    const Stopped stopped = ask_until_stopped(rule, values);
    EXPECT_EQ(stopped.n, 60u);
    EXPECT_EQ(stopped.reason, StopReason::kAtMost);
  }
}

// Every other replication has no value: ten values take 19 replications, and the looks are at 10, 11 ... 20.
TEST(Stopping, CountsValuesAndNotReplications) {
  Values values;
  for (std::size_t i = 0; i < 100; ++i)
    values.push_back(i % 2 == 0 ? Sample{0.5 + static_cast<double>(i) * 1e-6} : Sample{});
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 0.02, .at_least = 10, .at_most = 100}, values).n, 19u);
}

// One event in ten values: the skewness g of n values with one 1 has g^2 = (n - 2)^2 / (n - 1), so Cochran's bound of
// 25 g^2 is about 25 n and no such sample is enough, however wide the half width may be.
TEST(Stopping, DoesNotTrustAFewEvents) {
  Values values(400, Sample{0.0});
  values[3].value = 1;
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 5, .at_least = 10, .at_most = 400}, values).reason,
            StopReason::kPrecision);
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 5, .at_least = 10, .at_most = 400}, values).n, 400u);
}

TEST(Stopping, IsScaleFree) {
  const StopRule rule{.relative_half_width = 0.05, .at_least = 10, .at_most = 1000};
  const Values values = alternating(0.2, 1000);
  Values scaled;
  for (const Sample& sample : values) scaled.push_back({*sample.value * -1024});  // a power of two: the same mantissas
  EXPECT_EQ(ask_until_stopped(rule, values).n, ask_until_stopped(rule, scaled).n);
}

}  // namespace
}  // namespace hearsay::analysis::analysis_stopping_test
