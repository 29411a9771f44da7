#include "analysis/summary.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <vector>

namespace hearsay::analysis {
namespace {

using Values = std::vector<std::optional<double>>;

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

// 1 2 3 4 5: mean 3, variance 10 / 4, half width 2.7764 sqrt(2.5) / sqrt(5) = 1.9632.
TEST(Summary, HasTheTextbookInterval) {
  const Summary summary = summarise(Values{1, 2, 3, 4, 5});
  EXPECT_EQ(summary.n, 5u);
  EXPECT_DOUBLE_EQ(*summary.mean, 3);
  EXPECT_DOUBLE_EQ(*summary.sd, std::sqrt(2.5));
  EXPECT_NEAR(*summary.ci95_low, 3 - 1.9632, 1e-4);
  EXPECT_NEAR(*summary.ci95_high, 3 + 1.9632, 1e-4);
}

TEST(Summary, CountsOnlyWhatIsThere) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), infinity = std::numeric_limits<double>::infinity();
  const Summary summary = summarise(Values{1, std::nullopt, 3, nan, infinity});
  EXPECT_EQ(summary.n, 2u);
  EXPECT_EQ(summary.mean, 2);
}

// 0.1 + 0.1 + 0.1 is not 0.3 in doubles, so a plain sum would show a spread that is not there.
TEST(Summary, OfEqualValuesHasNoSpread) {
  const Summary summary = summarise(Values(30, 0.1));
  EXPECT_EQ(summary.mean, 0.1);
  EXPECT_EQ(summary.sd, 0.0);
  EXPECT_EQ(summary.ci95_low, 0.1);
  EXPECT_EQ(summary.ci95_high, 0.1);
}

TEST(Summary, KeepsASmallSpreadOnALargeMean) {
  const Summary summary = summarise(Values{1e9, 1e9 + 1, 1e9 + 2});
  EXPECT_EQ(summary.mean, 1e9 + 1);
  EXPECT_DOUBLE_EQ(*summary.sd, 1);
}

// Clopper and Pearson's interval of 0 events in 1,000 trials: [0, 1 - 0.025^(1/1000)] = [0, 0.0036821].
TEST(Summary, OfNoEventsIsNotCertain) {
  const Summary summary = summarise_events(Values(10, 0.0), Values(10, 100.0), true);
  EXPECT_EQ(summary.interval, IntervalKind::kClopperPearson);
  EXPECT_EQ(summary.mean, 0.0);
  EXPECT_EQ(summary.ci95_low, 0.0);
  EXPECT_NEAR(*summary.ci95_high, 0.0036821, 1e-7);
}

// The same from the other side, as numbers: 10 of 10 items in each of 10 runs, [100 x 0.025^(1/100)] / 10 = 9.6378.
TEST(Summary, OfNothingButSuccessesIsNotCertain) {
  const Summary summary = summarise_events(Values(10, 10.0), Values(10, 10.0), false);
  EXPECT_EQ(summary.interval, IntervalKind::kClopperPearson);
  EXPECT_NEAR(*summary.ci95_low, 9.6378, 1e-4);
  EXPECT_EQ(summary.ci95_high, 10.0);
}

// Garwood's interval of 3 events is [0.61867, 8.76727]; over 4 runs a fourth of it. Student's, which it must hold, is
// 0.75 +- 3.1824 x 0.5 / 2 = [-0.046, 1.546].
TEST(Summary, OfAFewEventsIsExact) {
  const Summary summary = summarise_count(Values{1, 0, 1, 1});
  EXPECT_EQ(summary.interval, IntervalKind::kGarwood);
  EXPECT_EQ(summary.ci95_low, 0.0);
  EXPECT_NEAR(*summary.ci95_high, 8.76727 / 4, 1e-5);
}

// All eight events in one run of eight: variance 8 against a mean of 1, so there is effectively one event in one run,
// and Garwood's upper limit of 1 event is 5.57164.
TEST(Summary, OfEventsInOneClusterIsWide) {
  const Summary summary = summarise_count(Values{0, 0, 8, 0, 0, 0, 0, 0});
  EXPECT_EQ(summary.interval, IntervalKind::kGarwood);
  EXPECT_NEAR(*summary.ci95_high, 5.57164, 1e-5);
  EXPECT_EQ(summary.ci95_low, 0.0);
}

TEST(Summary, OfManyEventsIsStudents) {
  const Values events = {50, 60, 55, 45, 40};
  const Summary summary = summarise_count(events), plain = summarise(events);
  EXPECT_EQ(summary.interval, IntervalKind::kStudentT);
  EXPECT_EQ(summary.ci95_low, plain.ci95_low);
  EXPECT_EQ(summary.ci95_high, plain.ci95_high);
}

// Independent-looking counts, 40 in 10 runs: Jeffreys' prior adds half an event, so the interval is not centred.
TEST(Summary, OfSomeEventsIsJeffreys) {
  const Summary summary = summarise_count(Values{4, 6, 2, 5, 3, 4, 7, 2, 4, 3});
  EXPECT_EQ(summary.interval, IntervalKind::kJeffreys);
  EXPECT_GT(*summary.ci95_high - *summary.mean, *summary.mean - *summary.ci95_low);
}

// More events than trials cannot be: the metric counts something else, and only Student's interval makes sense.
TEST(Summary, OfEventsThatAreNoneOfTheTrialsIsStudents) {
  EXPECT_EQ(summarise_events(Values{3, 4}, Values{2.0, 9.0}, false).interval, IntervalKind::kStudentT);
  EXPECT_EQ(summarise_events(Values{3, 4}, Values{std::nullopt, 9.0}, false).interval, IntervalKind::kStudentT);
}

}  // namespace
}  // namespace hearsay::analysis
