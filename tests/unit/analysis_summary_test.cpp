#include "analysis/summary.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

namespace hearsay::analysis::analysis_summary_test {
namespace {

using Values = std::vector<std::optional<double>>;
using Samples = std::vector<Sample>;

TEST(Summary, OfNothingIsNothing) {
  const Summary summary = summarise(Values{});
  EXPECT_EQ(summary.n, 0u);
  EXPECT_FALSE(summary.mean || summary.sd || summary.ci95_low || summary.ci95_high);
}

TEST(Summary, OfOneValueHasNoInterval) {
  const Summary summary = summarise(Values{3.5});
  EXPECT_EQ(summary.n, 1u);
  EXPECT_EQ(summary.mean, 3.5);
  EXPECT_FALSE(summary.sd || summary.ci95_low || summary.ci95_high);
}

// Fisher's table: t(0.975) is 12.706 for 1 degree of freedom, 2.262 for 9, 2.045 for 29, and 1.960 in the limit.
TEST(Summary, UsesStudentsQuantiles) {
  EXPECT_NEAR(student_t975(1), 12.7062, 1e-4);
  EXPECT_NEAR(student_t975(9), 2.2622, 1e-4);
  EXPECT_NEAR(student_t975(29), 2.0452, 1e-4);
  EXPECT_NEAR(student_t975(1'000'000), 1.9600, 1e-4);
}

// 1 2 3 4 5: mean 3, variance 10 / 4, Student's half width 2.7764 sqrt(2.5) / sqrt(5) = 1.9632, times sqrt(1 + 5/5).
TEST(Summary, HasStudentsIntervalWidenedForFewValues) {
  const Summary summary = summarise(Values{1, 2, 3, 4, 5});
  EXPECT_EQ(summary.n, 5u);
  EXPECT_DOUBLE_EQ(*summary.mean, 3);
  EXPECT_DOUBLE_EQ(*summary.sd, std::sqrt(2.5));
  EXPECT_NEAR(*summary.ci95_low, 3 - 1.9632 * std::sqrt(2), 1e-4);
  EXPECT_NEAR(*summary.ci95_high, 3 + 1.9632 * std::sqrt(2), 1e-4);
}

TEST(Summary, CountsOnlyWhatIsThere) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Summary summary = summarise(Values{1, std::nullopt, 3, nan, infinity});
  EXPECT_EQ(summary.n, 2u);
  EXPECT_EQ(summary.mean, 2);
}

// 0.1 + 0.1 + 0.1 is not 0.3 in doubles, so a plain sum would show a spread that is not there. Without any, nothing is
// known of the spread, and there is no interval.
TEST(Summary, OfEqualValuesHasNoSpreadAndNoInterval) {
  const Summary summary = summarise(Values(30, 0.1));
  EXPECT_EQ(summary.mean, 0.1);
  EXPECT_EQ(summary.sd, 0.0);
  EXPECT_FALSE(summary.ci95_low || summary.ci95_high);
  EXPECT_EQ(summary.interval, IntervalKind::kNone);
}

TEST(Summary, KeepsASmallSpreadOnALargeMean) {
  const Summary summary = summarise(Values{1e9, 1e9 + 1, 1e9 + 2});
  EXPECT_EQ(summary.mean, 1e9 + 1);
  EXPECT_DOUBLE_EQ(*summary.sd, 1);
}

Samples samples(const std::vector<double>& values, double trials, double clusters) {
  Samples all;
  for (const double value : values) all.push_back({value, trials, clusters});
  return all;
}

// Clopper and Pearson's interval of 0 events in 1,000 trials is [0, 1 - 0.025^(1/1000)]. Ten runs, t(9) = 2.26216, tell
// as much as 1,000 / (2.26216 / 1.95996)^2 = 750.67 of them: 1 - 0.025^(1/750.67) = 0.0049021.
TEST(Summary, OfNoEventsIsNotCertain) {
  const Summary summary = summarise(MetricKind::kShare, Samples(10, {0.0, 100, 100}));
  EXPECT_EQ(summary.interval, IntervalKind::kKornGraubard);
  EXPECT_EQ(summary.mean, 0.0);
  EXPECT_EQ(summary.ci95_low, 0.0);
  EXPECT_NEAR(*summary.ci95_high, 0.0049021, 1e-6);
}

// All nodes of an item may share its fate: 30 items of 30 nodes each say as much as 30 trials, 0.025^(1.33214 / 30).
TEST(Summary, OfSharesThatAreAllOneGoesByTheClusters) {
  const Summary summary = summarise(MetricKind::kShare, Samples(10, {1.0, 90, 3}));
  EXPECT_NEAR(*summary.ci95_low, 0.84890, 1e-4);
  EXPECT_EQ(summary.ci95_high, 1.0);
}

// The same as numbers: 10 of 10 items in each of 10 runs, 10 x 0.025^(1.33214 / 100) = 9.5205.
TEST(Summary, OfNothingButSuccessesIsNotCertain) {
  const Summary summary = summarise(MetricKind::kNumber, Samples(10, {10.0, 10, 10}));
  EXPECT_EQ(summary.interval, IntervalKind::kKornGraubard);
  EXPECT_NEAR(*summary.ci95_low, 9.5205, 1e-3);
  EXPECT_EQ(summary.ci95_high, 10.0);
}

// Shares of 0.2 and 0.4 in turn: mean 0.3, s^2 = 0.1^2 x 10/9, so that 0.21 / (s^2 / 10) = 189 trials of 1,000 count;
// divided by 1.33214 x 1.5 that is 94.58. Clopper and Pearson's interval of 28.37 events among these.
TEST(Summary, OfSharesIsKornAndGraubards) {
  const Summary summary =
      summarise(MetricKind::kShare, samples({0.2, 0.4, 0.2, 0.4, 0.2, 0.4, 0.2, 0.4, 0.2, 0.4}, 100, 100));
  EXPECT_EQ(summary.interval, IntervalKind::kKornGraubard);
  EXPECT_DOUBLE_EQ(*summary.mean, 0.3);
  EXPECT_NEAR(*summary.ci95_low, 0.2101, 0.001);
  EXPECT_NEAR(*summary.ci95_high, 0.4028, 0.001);
}

// Where clusters are few, more may be of a kind that none of them showed than the spread of those says:
// 30 clusters, 0.3 x 0.8489.
TEST(Summary, OfSharesLeavesRoomForWhatNoClusterShowed) {
  Samples all;
  for (int run = 0; run < 10; ++run) all.push_back({run % 2 == 0 ? 0.3 : 0.301, 3'000'000, 3});
  const Summary summary = summarise(MetricKind::kShare, all);
  EXPECT_NEAR(*summary.ci95_low, 0.3005 * 0.8489, 1e-4);
  EXPECT_NEAR(*summary.ci95_high, 0.3005 + 0.6995 * 0.1511, 1e-4);
}

// Ten equal shares of 0.5 of 100 trials: at least their spread is that of 1,000 independent trials.
TEST(Summary, OfEqualSharesHasTheSpreadOfItsTrials) {
  const Summary summary = summarise(MetricKind::kShare, Samples(10, {0.5, 100, 100}));
  EXPECT_LT(*summary.ci95_low, 0.47);
  EXPECT_GT(*summary.ci95_high, 0.53);
  EXPECT_GT(*summary.ci95_low, 0.44);
}

// Every item of a run is complete, and runs have 8 to 12 of them: the mean number of complete items is not known better
// than the number of items is.
TEST(Summary, OfNumbersKnowsThatTrialsDiffer) {
  Samples all;
  for (const double items : {8.0, 12.0, 9.0, 11.0, 10.0}) all.push_back({items, items, items});
  const Summary summary = summarise(MetricKind::kNumber, all);
  EXPECT_LT(*summary.ci95_low, 9);
  EXPECT_GT(*summary.ci95_high, 11);
}

// Garwood's upper limit of no event is 3.6889; over 4 runs a fourth of it.
TEST(Summary, OfNoCountsIsNotCertain) {
  const Summary summary = summarise(MetricKind::kCount, Samples(4, {0.0}));
  EXPECT_EQ(summary.interval, IntervalKind::kGarwood);
  EXPECT_EQ(summary.ci95_low, 0.0);
  EXPECT_NEAR(*summary.ci95_high, 3.6889 / 4, 1e-4);
}

// All eight events in one run of eight: variance 8 against a mean of 1, so there is at most one event in one run, and
// Garwood's upper limit of 1 event is 5.57164.
TEST(Summary, OfEventsInOneClusterIsWide) {
  Samples all(8, {0.0});
  all[2].value = 8;
  const Summary summary = summarise(MetricKind::kCount, all);
  EXPECT_EQ(summary.interval, IntervalKind::kGarwood);
  EXPECT_GT(*summary.ci95_high, 5.57164);
  EXPECT_LT(*summary.ci95_low, 0.03);
}

// A few kilobytes lost in a few runs: the scale makes no difference, and no loss at all says nothing of how much.
TEST(Summary, OfAmountsIsFreeOfScale) {
  const Summary bytes = summarise(MetricKind::kAmount, samples({0, 3000, 0, 1000, 0}, 0, 0));
  const Summary kilobytes = summarise(MetricKind::kAmount, samples({0, 3, 0, 1, 0}, 0, 0));
  EXPECT_NEAR(*bytes.ci95_high, 1000 * *kilobytes.ci95_high, 1e-6);
  EXPECT_GT(*bytes.ci95_low, 0);
  EXPECT_FALSE(summarise(MetricKind::kAmount, Samples(5, {0.0})).ci95_low);
}

TEST(Summary, OfMaximaHasNoInterval) {
  EXPECT_FALSE(summarise(MetricKind::kNoInterval, samples({1, 2, 3}, 0, 0)).ci95_low);
}

// Shares whose trials nobody counted, or that are none.
TEST(Summary, OfSharesWithoutTrialsIsStudents) {
  EXPECT_EQ(summarise(MetricKind::kShare, samples({0.3, 0.4}, 0, 0)).interval, IntervalKind::kStudentT);
  EXPECT_EQ(summarise(MetricKind::kShare, samples({3, 4}, 2, 2)).interval, IntervalKind::kStudentT);
}

}  // namespace
}  // namespace hearsay::analysis::analysis_summary_test
