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

}  // namespace
}  // namespace hearsay::analysis
