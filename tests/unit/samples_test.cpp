#include "sim/metrics/samples.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/core/random.hpp"

namespace hearsay::metrics::samples_test {
namespace {

Samples of(std::initializer_list<std::int64_t> values) {
  Samples samples;
  for (const std::int64_t v : values) samples.add(v);
  return samples;
}

TEST(Samples, HaveNothingToSayWhenEmpty) {
  Samples samples;
  EXPECT_FALSE(samples.mean());
  EXPECT_FALSE(samples.max());
  EXPECT_FALSE(samples.quantile(0.5));
  EXPECT_EQ(samples.count(), 0u);
}

// Type 7: at (n - 1) p = 0.5 x 3 = 1.5, half way between the second and the third.
TEST(Samples, InterpolateQuantilesAsType7) {
  auto samples = of({40, 10, 30, 20});
  EXPECT_EQ(samples.quantile(0), 10);
  EXPECT_EQ(samples.quantile(0.5), 25);
  EXPECT_EQ(samples.quantile(0.25), 17.5);
  EXPECT_EQ(samples.quantile(0.9), 37);
  EXPECT_EQ(samples.quantile(1), 40);
  EXPECT_EQ(samples.mean(), 25);
  EXPECT_EQ(samples.max(), 40);
}

TEST(Samples, OfOneValueManyTimesAreAsIfAddedOneByOne) {
  for (const std::size_t distinct : {std::size_t{10}, Samples::kExact / 2}) {
    Samples one_by_one, at_once;
    for (std::size_t i = 0; i < distinct; ++i) {
      const auto value = static_cast<std::int64_t>(i * 1000);
      for (std::size_t k = 0; k < i % 7; ++k) one_by_one.add(value);
      at_once.add(value, i % 7);
    }
    EXPECT_EQ(at_once.count(), one_by_one.count());
    EXPECT_EQ(at_once.mean(), one_by_one.mean());
    EXPECT_EQ(at_once.max(), one_by_one.max());
    for (const double p : {0.1, 0.5, 0.99}) EXPECT_EQ(at_once.quantile(p), one_by_one.quantile(p)) << p;
  }
}

TEST(Samples, OfOneValueHaveItAtEveryQuantile) {
  auto samples = of({7});
  for (const double p : {0.0, 0.3, 1.0}) EXPECT_EQ(samples.quantile(p), 7);
}

TEST(Samples, AreExactUpToTheirBound) {
  Samples samples;
  for (std::size_t i = 0; i < Samples::kExact; ++i)
    samples.add(static_cast<std::int64_t>((i * 7919) % Samples::kExact));
  // 0 .. kExact - 1 in some order: the quantile p is p (kExact - 1).
  for (const double p : {0.5, 0.9, 0.99})
    EXPECT_DOUBLE_EQ(*samples.quantile(p), p * static_cast<double>(Samples::kExact - 1));
}

// Beyond the bound: within 0.2 % of the exact quantiles; count, mean and maximum stay exact.
TEST(Samples, BeyondTheirBoundKeepQuantilesWithinAFifthOfAPercent) {
  KeyedDraws draws(1, Stream::kProperty);
  Samples samples;
  std::vector<std::int64_t> all;
  double sum = 0;
  for (std::size_t i = 0; i < Samples::kExact + 500'000; ++i) {
    // From nanoseconds to hours: log-uniform over 12 decades.
    const auto v = static_cast<std::int64_t>(std::pow(10.0, 12.5 * draws.uniform()));
    samples.add(v);
    all.push_back(v);
    sum += static_cast<double>(v);
  }
  std::sort(all.begin(), all.end());
  EXPECT_EQ(samples.count(), all.size());
  EXPECT_NEAR(*samples.mean(), sum / static_cast<double>(all.size()), 1e-9 * sum / static_cast<double>(all.size()));
  EXPECT_EQ(*samples.max(), static_cast<double>(all.back()));
  for (const double p : {0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const double exact = quantile_of_sorted(all, p);
    EXPECT_NEAR(*samples.quantile(p), exact, 0.002 * exact + 1) << p;
  }
}

TEST(Samples, NeverShowAQuantileAboveTheMaximum) {
  Samples samples;
  for (std::size_t i = 0; i <= Samples::kExact; ++i) samples.add(1'000'003);
  EXPECT_LE(*samples.quantile(0.99), 1'000'003);
  EXPECT_NEAR(*samples.quantile(0.5), 1'000'003, 0.002 * 1'000'003);
}

TEST(Samples, KeepZerosAndTheLongestRun) {
  Samples samples;
  for (std::size_t i = 0; i <= Samples::kExact; ++i) samples.add(i % 4 == 0 ? 9'151'920'000'000'000'000 : 0);
  EXPECT_EQ(*samples.quantile(0.5), 0);
  EXPECT_NEAR(*samples.quantile(0.9), 9.15192e18, 0.002 * 9.15192e18);
}

}  // namespace
}  // namespace hearsay::metrics::samples_test
