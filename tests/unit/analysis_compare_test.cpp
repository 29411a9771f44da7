#include "analysis/compare.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <string>

#include "analysis/csv.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay::analysis::analysis_compare_test {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pointwise;

/// A table of one metric, t90_s; each row "POINT,LABEL,REPLICATION,VALUE".
RunTable table(const std::vector<std::string>& rows, const std::string& axis = "protocol.fanout", int seed = 42) {
  const test::ScratchDirectory scratch;
  std::string text = "point," + axis + ",replication,seed,digest,failed,failure,t90_s\n";
  for (const std::string& row : rows) {
    const std::size_t value = row.rfind(',');
    text += row.substr(0, value) + "," + std::to_string(seed) + ",abc,0," + row.substr(value) + "\n";
  }
  scratch.write("runs.csv", text);
  return read_runs(scratch.path());
}

/// Every metric is a mean over all items.
Comparison compared(const RunTable& a, const RunTable& b) {
  return compare(a, b,
                 {.source = [](const std::string&) { return SampleSource{}; },
                  .known_share = [](const std::string&) { return std::string(); }});
}

const Difference& only_difference(const Comparison& comparison) { return comparison.points.at(0).metrics.at(0); }

// b - a is 1, 2, 3: mean 2, sd 1, half width 4.3027 / sqrt(3) = 2.4841; t = 2 sqrt(3) with 2 degrees of freedom, of
// which the two-sided tail is 1 - t / sqrt(t^2 + 2) = 1 - sqrt(12 / 14).
TEST(Compare, TakesDifferencesOfPairs) {
  const Comparison comparison = compared(table({"0,4,0,10", "0,4,1,20", "0,4,2,30"}),  //
                                         table({"0,4,2,33", "0,4,0,11", "0,4,1,22"}));
  const Difference& d = only_difference(comparison);
  EXPECT_TRUE(comparison.paired);
  EXPECT_EQ(d.n_a, 3u);
  EXPECT_DOUBLE_EQ(d.a, 20);
  EXPECT_DOUBLE_EQ(d.b, 22);
  EXPECT_DOUBLE_EQ(*d.relative(), 0.1);
  EXPECT_NEAR(*d.ci95_low, 2 - 2.4841, 1e-4);
  EXPECT_NEAR(*d.ci95_high, 2 + 2.4841, 1e-4);
  EXPECT_NEAR(*d.p, 1 - std::sqrt(12.0 / 14), 1e-9);
}

// Welch: variances 100 and 121 of three values each, so the error is sqrt(221 / 3) = 8.5829 and the degrees of freedom
// (221 / 3)^2 / ((100 / 3)^2 / 2 + (121 / 3)^2 / 2) = 3.9642; t(0.975) lies between 2.776 (4) and 3.182 (3).
TEST(Compare, DoesNotPairDifferentSeeds) {
  const Comparison comparison = compared(table({"0,4,0,10", "0,4,1,20", "0,4,2,30"}),
                                         table({"0,4,0,11", "0,4,1,22", "0,4,2,33"}, "protocol.fanout", 43));
  const Difference& d = only_difference(comparison);
  EXPECT_FALSE(comparison.paired);
  const double half = (*d.ci95_high - *d.ci95_low) / 2;
  EXPECT_DOUBLE_EQ(d.difference, 2);
  EXPECT_GT(half, 2.776 * 8.5829);
  EXPECT_LT(half, 2.8 * 8.5829);
}

TEST(Compare, DropsPairsWithoutBothValues) {
  const Comparison comparison = compared(table({"0,4,0,10", "0,4,1,", "0,4,2,30", "0,4,3,40"}),  //
                                         table({"0,4,0,11", "0,4,1,5", "0,4,2,32"}));
  const Difference& d = only_difference(comparison);
  EXPECT_EQ(d.n_a, 2u);
  EXPECT_EQ(d.values_a, 3u);
  EXPECT_EQ(d.values_b, 3u);
  EXPECT_DOUBLE_EQ(d.difference, 1.5);
}

TEST(Compare, KnowsNothingOfAMetricThatOneSideNeverHas) {
  const Comparison comparison = compared(table({"0,4,0,10", "0,4,1,20"}), table({"0,4,0,", "0,4,1,"}));
  EXPECT_FALSE(only_difference(comparison).known());
  EXPECT_EQ(comparison.tests, 0u);
}

TEST(Compare, HasNoIntervalForOneReplication) {
  const Comparison comparison = compared(table({"0,4,0,10"}), table({"0,4,0,12"}));
  const Difference& d = only_difference(comparison);
  EXPECT_FALSE(d.ci95_low || d.p);
}

TEST(Compare, DoesNotMatchPointsByNumber) {
  const Comparison comparison = compared(table({"0,2,0,10", "1,4,0,20", "2,8,0,30"}),  //
                                         table({"0,8,0,31", "1,2,0,11", "2,16,0,41"}));
  ASSERT_EQ(comparison.points.size(), 2u);
  EXPECT_EQ(comparison.points[0].name(), "protocol.fanout = 2");
  EXPECT_EQ(comparison.points[1].name(), "protocol.fanout = 8");
  for (const auto& point : comparison.points) EXPECT_DOUBLE_EQ(point.metrics.at(0).difference, 1);
  EXPECT_THAT(comparison.only_in_a, ElementsAre("protocol.fanout = 4"));
  EXPECT_THAT(comparison.only_in_b, ElementsAre("protocol.fanout = 16"));
}

TEST(Compare, LeavesOutAnAxisThatOneSideHasAndNeverVaries) {
  const Comparison comparison = compared(table({"0,2,0,10"}), table({"0,0.1,0,11"}, "network.loss"));
  ASSERT_EQ(comparison.points.size(), 1u);
  EXPECT_THAT(comparison.points[0].axes, IsEmpty());
  EXPECT_THAT(comparison.axes_of_a, ElementsAre("protocol.fanout"));
  EXPECT_THAT(comparison.axes_of_b, ElementsAre("network.loss"));
  EXPECT_THAT(compared(table({"0,2,0,10", "1,4,0,10"}), table({"0,0.1,0,11"}, "network.loss")).points, IsEmpty());
}

/// A table of one axis whose points mean what is said, under the same label.
RunTable meaning(std::vector<std::string> meanings, std::vector<std::string> resolved) {
  RunTable made{.axes = {"network.latency"}, .metrics = {"t"}, .points = {}};
  for (std::size_t i = 0; i < meanings.size(); ++i) {
    made.points.push_back(
        {i, {"constant"}, {meanings[i]}, {resolved[i]}, {{.replication = 0, .seed = "1", .values = {1.0 + i}}}});
  }
  return made;
}

TEST(Compare, MatchesPointsByWhatTheirAxesMeanAndNotByWhatTheyAreCalled) {
  const Comparison comparison =
      compared(meaning({"20 ms", "500 ms"}, {"20 ms", "500 ms"}), meaning({"500 ms", "30 ms"}, {"500 ms", "30 ms"}));
  ASSERT_EQ(comparison.points.size(), 1u);
  EXPECT_DOUBLE_EQ(comparison.points[0].metrics.at(0).difference, 1 - 2);
  EXPECT_EQ(comparison.only_in_a.size(), 1u);
  EXPECT_EQ(comparison.only_in_b.size(), 1u);
}

TEST(Compare, MatchesWhatIsLeftByAllThatAnAxisResolvesTo) {
  const Comparison comparison = compared(meaning({"20 ms"}, {"constant 20 ms per link"}),
                                         meaning({"constant 20 ms"}, {"constant 20 ms per link"}));
  EXPECT_EQ(comparison.points.size(), 1u);
}

TEST(Compare, CountsTheRunsThatBLacks) {
  const Comparison comparison = compared(table({"0,4,0,10", "0,4,1,20", "0,4,2,30"}), table({"0,4,0,11", "0,4,5,22"}));
  EXPECT_EQ(comparison.points.at(0).missing, 2u);
}

std::vector<Sample> equal(std::size_t n, double value, double trials = 0, double clusters = 0) {
  return std::vector<Sample>(n, Sample{value, trials, clusters});
}

// All n runs agree, which n fair coins do in 2 / 2^n of the cases: 0.5, 0.25, 0.002. Without pairs 2 of the 20 orders
// of three and three values have all of one side first.
TEST(DifferenceOfEqualValues, IsJudgedByHowManyRunsAgree) {
  EXPECT_DOUBLE_EQ(*difference_between(MetricKind::kMean, equal(2, 7), equal(2, 8), true).p, 0.5);
  EXPECT_DOUBLE_EQ(*difference_between(MetricKind::kMean, equal(3, 7), equal(3, 8), true).p, 0.25);
  EXPECT_NEAR(*difference_between(MetricKind::kMean, equal(10, 7), equal(10, 8), true).p, 0.00195, 1e-5);
  EXPECT_DOUBLE_EQ(*difference_between(MetricKind::kMean, equal(3, 7), equal(3, 8), false).p, 0.1);
  EXPECT_DOUBLE_EQ(*difference_between(MetricKind::kMean, equal(3, 7), equal(3, 7), true).p, 1);
  EXPECT_FALSE(difference_between(MetricKind::kMean, equal(3, 7), equal(3, 8), true).ci95_low);
}

// A share of 1 against 0.9 in three runs: of 3 items that may be chance, of 3,000 it is not.
TEST(DifferenceOfEqualValues, OfSharesIsJudgedByTheirClusters) {
  const Difference few = difference_between(MetricKind::kShare, equal(3, 1, 30, 1), equal(3, 0.9, 30, 1), true);
  EXPECT_GT(*few.p, 0.5);
  EXPECT_LT(*few.ci95_low, -0.3);
  EXPECT_GT(*few.ci95_high, 0);
  const Difference many =
      difference_between(MetricKind::kShare, equal(3, 1, 30'000, 1000), equal(3, 0.9, 30'000, 1000), true);
  EXPECT_LT(*many.p, 1e-6);
  EXPECT_LT(*many.ci95_high, -0.05);
  EXPECT_GT(*many.ci95_low, -0.15);
}

// 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.5 x 1, none below the one before it, and at most 1.
TEST(Compare, AdjustsByHolm) {
  const std::vector<double> p = {0.02, 0.5, 0.01, 0.03};
  EXPECT_THAT(holm_adjusted(p), Pointwise(DoubleNear(1e-12), {0.06, 0.5, 0.04, 0.06}));
  EXPECT_THAT(holm_adjusted(std::vector<double>{0.6, 0.7}), ElementsAre(1, 1));
}

TEST(Compare, RefusesATableOfSomethingElse) {
  const test::ScratchDirectory scratch;
  EXPECT_THROW(read_runs(scratch.path()), BadTable);
  scratch.write("runs.csv", "point,share\n0,1\n");
  EXPECT_THROW(read_runs(scratch.path()), BadTable);
}

}  // namespace
}  // namespace hearsay::analysis::analysis_compare_test
