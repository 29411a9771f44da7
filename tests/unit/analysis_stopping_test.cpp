#include "analysis/stopping.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

#include "analysis/summary.hpp"

namespace hearsay::analysis {
namespace {

using Values = std::vector<std::optional<double>>;

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
  for (std::size_t i = 0; i < n; ++i) values.push_back(i % 2 == 0 ? 1 + spread : 1 - spread);
  return values;
}

TEST(Stopping, EqualValuesNeedNoMoreThanTheLeast) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.02, .at_least = 10, .at_most = 100}, Values(100, 0.3));
  EXPECT_EQ(stopped.n, 10u);
  EXPECT_EQ(stopped.reason, StopReason::kPrecision);
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
  const Summary summary = summarise(std::span(values).first(stopped.n));
  EXPECT_LE((*summary.ci95_high - *summary.ci95_low) / 2, 0.1 * *summary.mean);
}

TEST(Stopping, GivesUpAtTheMost) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.1, .at_least = 10, .at_most = 50}, alternating(0.5, 100));
  EXPECT_EQ(stopped.n, 50u);
  EXPECT_EQ(stopped.reason, StopReason::kAtMost);
}

// 104 values of standard deviation 0.5 have a half width of 0.097: narrow enough, though not confirmed.
TEST(Stopping, SaysThatTheLastReplicationsWereEnough) {
  const Stopped stopped =
      ask_until_stopped({.relative_half_width = 0.1, .at_least = 10, .at_most = 104}, alternating(0.5, 200));
  EXPECT_EQ(stopped.n, 104u);
  EXPECT_EQ(stopped.reason, StopReason::kPrecision);
}

TEST(Stopping, NeverStopsOnAMeanOfZeroOrWithoutValues) {
  const StopRule rule{.relative_half_width = 0.2, .at_least = 10, .at_most = 60};
  for (const Values& values : {Values(60, 0.0), Values(60, std::nullopt), Values(60, std::nan(""))}) {
    const Stopped stopped = ask_until_stopped(rule, values);
    EXPECT_EQ(stopped.n, 60u);
    EXPECT_EQ(stopped.reason, StopReason::kAtMost);
  }
}

// Every other replication has no value: ten values take 19 replications, and the looks are at 10, 11 ... 20.
TEST(Stopping, CountsValuesAndNotReplications) {
  Values values;
  for (std::size_t i = 0; i < 100; ++i) values.push_back(i % 2 == 0 ? std::optional(0.5) : std::nullopt);
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 0.02, .at_least = 10, .at_most = 100}, values).n, 19u);
}

// One event in ten values: the skewness g of n values with one 1 has g^2 = (n - 2)^2 / (n - 1), so Cochran's bound of
// 25 g^2 is about 25 n and no such sample is enough, however wide the half width may be.
TEST(Stopping, DoesNotTrustAFewEvents) {
  Values values(400, 0.0);
  values[3] = 1;
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 5, .at_least = 10, .at_most = 400}, values).reason,
            StopReason::kPrecision);
  EXPECT_EQ(ask_until_stopped({.relative_half_width = 5, .at_least = 10, .at_most = 400}, values).n, 400u);
}

TEST(Stopping, IsScaleFree) {
  const StopRule rule{.relative_half_width = 0.05, .at_least = 10, .at_most = 1000};
  const Values values = alternating(0.2, 1000);
  Values scaled;
  for (const auto& value : values) scaled.push_back(*value * -1024);  // a power of two: the same mantissas
  EXPECT_EQ(ask_until_stopped(rule, values).n, ask_until_stopped(rule, scaled).n);
}

}  // namespace
}  // namespace hearsay::analysis
