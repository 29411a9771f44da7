#include "sim/core/math.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace hearsay::math_test {
namespace {

// The functions claim a few units in the last place: 1e-15 is 4.5 of them.
constexpr double kTolerance = 1e-15;

TEST(Math, LogAgreesWithTheCLibraryOverTheWholeRange) {
  for (double x = 1e-300; x < 1e300; x *= 1.37) {
    EXPECT_NEAR(det_log(x), std::log(x), kTolerance * std::max(1.0, std::abs(std::log(x)))) << x;
  }
}

TEST(Math, LogIsAccurateInRelativeTermsNearOne) {
  for (double d = 1e-15; d < 0.3; d *= 1.7) {
    const double above = 1.0 + d;
    const double below = 1.0 - d;
    EXPECT_NEAR(det_log(above), std::log(above), kTolerance * std::abs(std::log(above))) << d;
    EXPECT_NEAR(det_log(below), std::log(below), kTolerance * std::abs(std::log(below))) << d;
  }
  EXPECT_EQ(det_log(1.0), 0.0);
}

TEST(Math, LogTakesTheSmallestNumbers) {
  const double tiny = std::numeric_limits<double>::denorm_min();
  EXPECT_NEAR(det_log(tiny), std::log(tiny), 1e-12);
}

TEST(Math, ExpAgreesWithTheCLibraryOverTheWholeRange) {
  for (double x = -700; x < 709; x += 0.317) EXPECT_NEAR(det_exp(x) / std::exp(x), 1.0, kTolerance) << x;
  EXPECT_EQ(det_exp(0.0), 1.0);
}

TEST(Math, ExpUnderflowsToZeroAndOverflowsToInfinity) {
  EXPECT_EQ(det_exp(-1000.0), 0.0);
  EXPECT_EQ(det_exp(1000.0), std::numeric_limits<double>::infinity());
}

// x^y = exp(y ln x) multiplies the logarithm's relative error by |y ln x|, here at most 50.
TEST(Math, PowAgreesWithTheCLibrary) {
  for (double x = 0.01; x < 100; x *= 1.7) {
    for (double y = -10; y <= 10; y += 0.7) EXPECT_NEAR(det_pow(x, y) / std::pow(x, y), 1.0, 50 * kTolerance);
  }
}

// Values of the standard normal quantile function to 16 digits, from tables.
TEST(Math, NormalQuantileGivesTheTabulatedValues) {
  EXPECT_EQ(det_normal_quantile(0.5), 0.0);
  EXPECT_NEAR(det_normal_quantile(0.975), 1.959963984540054, 1e-14);
  EXPECT_NEAR(det_normal_quantile(0.75), 0.6744897501960817, 1e-14);
  EXPECT_NEAR(det_normal_quantile(0.999), 3.090232306167813, 1e-14);
  EXPECT_NEAR(det_normal_quantile(1e-10), -6.361340902404056, 1e-13);
}

// Phi(quantile(p)) = p. erfc has no cancellation in the lower tail; an error e of the quantile z changes p by a
// factor of about 1 + |z| e, |z| < 38.
TEST(Math, NormalQuantileInvertsTheDistributionFunction) {
  for (double p = 1e-300; p < 0.5; p *= 3.1) {
    const double back = 0.5 * std::erfc(-det_normal_quantile(p) / std::sqrt(2.0));
    EXPECT_NEAR(back / p, 1.0, 1e-12) << p;
  }
}

TEST(Math, NormalQuantileIsOddAroundOneHalf) {
  for (double p = 0.001; p < 0.5; p += 0.0317) {
    EXPECT_NEAR(det_normal_quantile(p), -det_normal_quantile(1.0 - p), 1e-12);
  }
}

}  // namespace
}  // namespace hearsay::math_test
