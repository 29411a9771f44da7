#include "sim/core/distribution.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <utility>
#include <vector>

namespace hearsay::distribution_test {
namespace {

/// Mean of the quantile function over a midpoint grid; what it misses in the tails is for each test to bound.
double grid_mean(const Distribution& distribution, int points = 1'000'000) {
  double sum = 0;
  for (int i = 0; i < points; ++i) sum += distribution.quantile((i + 0.5) / points);
  return sum / points;
}

TEST(Distribution, ConstantHasOneValue) {
  const auto d = Distribution::constant(7);
  EXPECT_TRUE(d.is_constant());
  EXPECT_EQ(d.quantile(0.1), 7);
  EXPECT_EQ(d.mean(), 7);
  EXPECT_EQ(d.upper_bound(), 7);
}

TEST(Distribution, UniformRunsFromItsMinimumToItsMaximum) {
  const auto d = Distribution::uniform(10, 30);
  EXPECT_DOUBLE_EQ(d.quantile(0.25), 15);
  EXPECT_DOUBLE_EQ(d.mean(), 20);
  EXPECT_EQ(d.upper_bound(), 30);
  EXPECT_NEAR(grid_mean(d), 20, 1e-9);
}

TEST(Distribution, NormalHasItsMeanAndDeviation) {
  const auto d = Distribution::normal(100, 15);
  EXPECT_NEAR(d.quantile(0.5), 100, 1e-12);
  EXPECT_NEAR(d.quantile(0.8413447460685429), 115, 1e-9);  // Phi(1)
  EXPECT_EQ(d.mean(), 100);
  EXPECT_LT(Distribution::normal(1, 10).quantile(0.01), 0);
}

// The mean and the deviation are those of the value: the squares' mean is mean^2 + sd^2. Beyond the last of the 1e6
// points lies less than 1e-4 of the mean of the squares.
TEST(Distribution, LognormalHasTheMeanAndDeviationOfTheValueItself) {
  const auto d = Distribution::lognormal(50, 20);
  EXPECT_NEAR(grid_mean(d), 50, 0.005);
  double squares = 0;
  for (int i = 0; i < 1'000'000; ++i) squares += d.quantile((i + 0.5) / 1e6) * d.quantile((i + 0.5) / 1e6);
  EXPECT_NEAR(std::sqrt(squares / 1e6 - 50.0 * 50.0), 20, 0.02);
}

TEST(Distribution, ExponentialHasItsMeanAndItsMedianAtLn2) {
  const auto d = Distribution::exponential(1000);
  EXPECT_NEAR(d.quantile(0.5), 1000 * std::log(2.0), 1e-9);
  EXPECT_NEAR(grid_mean(d), 1000, 0.01);
}

// Quantile scale / (1-u)^(1/shape); mean = scale shape / (shape - 1).
TEST(Distribution, ParetoIsTheSameByShapeAndByScale) {
  const auto by_shape = Distribution::pareto_shape(100, 5);
  const auto by_scale = Distribution::pareto_scale(100, 80);
  for (const double u : {0.001, 0.3, 0.9, 0.9999}) {
    EXPECT_NEAR(by_shape.quantile(u), 80 * std::pow(1 - u, -0.2), 1e-10);
    EXPECT_NEAR(by_scale.quantile(u), by_shape.quantile(u), 1e-10);
  }
  EXPECT_NEAR(grid_mean(by_shape), 100, 0.01);
  EXPECT_EQ(by_shape.mean(), 100);
}

TEST(Distribution, UnboundedKindsSaySo) {
  for (const auto& d : {Distribution::normal(1, 1), Distribution::lognormal(1, 1), Distribution::exponential(1),
                        Distribution::pareto_shape(1, 2)}) {
    EXPECT_EQ(d.upper_bound(), std::numeric_limits<double>::infinity());
  }
}

TEST(Distribution, QuantilesNeverFall) {
  for (const auto& d : {Distribution::uniform(1, 2), Distribution::normal(1, 1), Distribution::lognormal(1, 1),
                        Distribution::exponential(1), Distribution::pareto_shape(1, 2)}) {
    double last = -std::numeric_limits<double>::infinity();
    for (int i = 0; i < 10'000; ++i) {
      const double value = d.quantile((i + 0.5) / 10'000);
      EXPECT_GE(value, last);
      last = value;
    }
  }
}

// So that a change of kind shifts no other draw.
TEST(Distribution, EveryKindButAConstantTakesOneDraw) {
  KeyedDraws draws(1, Stream::kProperty);
  for (const auto& d : {Distribution::uniform(1, 2), Distribution::normal(1, 1), Distribution::exponential(1)}) {
    const auto before = draws.position();
    d.sample(draws);
    EXPECT_EQ(draws.position(), before + 1);
  }
  const auto before = draws.position();
  EXPECT_EQ(Distribution::constant(3).sample(draws), 3);
  EXPECT_EQ(draws.position(), before);
}

}  // namespace
}  // namespace hearsay::distribution_test
