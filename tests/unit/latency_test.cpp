#include "sim/network/latency.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <vector>

#include "sim/network/position.hpp"

namespace hearsay::network::latency_test {
namespace {

constexpr double kMs = 1e6;

LatencySpec drawn(const Distribution& distribution) {
  LatencySpec spec;
  spec.distribution = distribution;
  return spec;
}

/// Two regions; 0 to 1 takes 20 ms, back 40 ms.
LatencySpec matrix(Jitter jitter = {}) {
  LatencySpec spec;
  spec.kind = LatencyKind::kMatrix;
  spec.regions = 2;
  spec.matrix_ns = {10 * kMs, 20 * kMs, 40 * kMs, 3 * kMs};
  spec.jitter = jitter;
  return spec;
}

std::vector<NodeAttributes> nodes(std::size_t n) { return std::vector<NodeAttributes>(n); }

std::vector<NodeAttributes> in_regions(const std::vector<std::uint16_t>& regions) {
  std::vector<NodeAttributes> all(regions.size());
  for (std::size_t i = 0; i < regions.size(); ++i) all[i].region = RegionId{regions[i]};
  return all;
}

TEST(Latency, AConstantIsTheSameForEveryPair) {
  const auto all = nodes(5);
  const LatencyModel model(drawn(Distribution::constant(50 * kMs)), all, {}, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{4}), milliseconds(50));
  EXPECT_EQ(model.message(NodeId{3}, NodeId{1}, 77), milliseconds(50));
}

TEST(Latency, ALinkHasOneLatencyInBothDirections) {
  const auto all = nodes(50);
  const LatencyModel model(drawn(Distribution::uniform(10 * kMs, 100 * kMs)), all, {}, 1);
  for (std::uint32_t a = 0; a < 50; ++a) {
    for (std::uint32_t b = a + 1; b < 50; ++b) {
      const Duration latency = model.link(NodeId{a}, NodeId{b});
      EXPECT_EQ(latency, model.link(NodeId{b}, NodeId{a}));
      EXPECT_GE(latency, milliseconds(10));
      EXPECT_LE(latency, milliseconds(100));
    }
  }
}

// The draw belongs to the pair: other seeds and other pairs differ, the size of the network does not matter, and
// another distribution takes the same quantile.
TEST(Latency, ALinkIsDrawnByItsPairAndSeedAlone) {
  const auto small = nodes(3);
  const auto large = nodes(1000);
  const auto spec = drawn(Distribution::uniform(0, 100 * kMs));
  const Duration latency = LatencyModel(spec, small, {}, 1).link(NodeId{0}, NodeId{2});
  EXPECT_EQ(latency, LatencyModel(spec, large, {}, 1).link(NodeId{0}, NodeId{2}));
  EXPECT_NE(latency, LatencyModel(spec, small, {}, 2).link(NodeId{0}, NodeId{2}));
  EXPECT_NE(latency, LatencyModel(spec, small, {}, 1).link(NodeId{0}, NodeId{1}));
  const auto twice = drawn(Distribution::uniform(0, 200 * kMs));
  EXPECT_NEAR(static_cast<double>(LatencyModel(twice, small, {}, 1).link(NodeId{0}, NodeId{2}).ns),
              2.0 * static_cast<double>(latency.ns), 2);
}

// Mean 100 ms; the mean of 10,000 exponential draws has standard deviation 1 ms; 3.89 of these.
TEST(Latency, LinksFollowTheDistribution) {
  const auto all = nodes(10'001);
  const LatencyModel model(drawn(Distribution::exponential(100 * kMs)), all, {}, 3);
  double sum = 0;
  for (std::uint32_t b = 1; b <= 10'000; ++b) sum += static_cast<double>(model.link(NodeId{0}, NodeId{b}).ns);
  EXPECT_NEAR(sum / 10'000, 100 * kMs, 3.89 * kMs);
}

// To the nanosecond, on every machine and compiler. A change here changes every stored result.
TEST(Latency, TheDrawsOfSeed42AreFixed) {
  const auto all = nodes(2);
  const auto ns = [&](const Distribution& distribution) {
    return LatencyModel(drawn(distribution), all, {}, 42).link(NodeId{0}, NodeId{1}).ns;
  };
  EXPECT_EQ(ns(Distribution::uniform(0, 100 * kMs)), 40'440'723);
  EXPECT_EQ(ns(Distribution::normal(100 * kMs, 10 * kMs)), 97'580'443);
  EXPECT_EQ(ns(Distribution::lognormal(100 * kMs, 50 * kMs)), 79'782'420);
  EXPECT_EQ(ns(Distribution::exponential(100 * kMs)), 51'819'812);
  EXPECT_EQ(ns(Distribution::pareto_shape(100 * kMs, 3)), 79'236'558);
}

TEST(Latency, AMessageIsDrawnByDirectionAndSequence) {
  const auto all = nodes(3);
  const LatencyModel model(drawn(Distribution::uniform(0, 100 * kMs)), all, {}, 1);
  const Duration first = model.message(NodeId{0}, NodeId{1}, 0);
  EXPECT_EQ(first, model.message(NodeId{0}, NodeId{1}, 0));
  EXPECT_NE(first, model.message(NodeId{0}, NodeId{1}, 1));
  EXPECT_NE(first, model.message(NodeId{1}, NodeId{0}, 0));
}

TEST(Latency, NegativeDrawsAreZero) {
  const auto all = nodes(200);
  const LatencyModel model(drawn(Distribution::normal(0, 10 * kMs)), all, {}, 1);
  int zeros = 0;
  for (std::uint32_t b = 1; b < 200; ++b) {
    EXPECT_GE(model.link(NodeId{0}, NodeId{b}).ns, 0);
    zeros += model.link(NodeId{0}, NodeId{b}).ns == 0;
  }
  EXPECT_NEAR(zeros, 99.5, 3.89 * 7.1);  // binomial(199, 1/2): sd 7.05
}

TEST(Latency, RoundsToTheNearestNanosecond) {
  const auto all = nodes(2);
  EXPECT_EQ(LatencyModel(drawn(Distribution::constant(1.4)), all, {}, 1).link(NodeId{0}, NodeId{1}).ns, 1);
  EXPECT_EQ(LatencyModel(drawn(Distribution::constant(1.5)), all, {}, 1).link(NodeId{0}, NodeId{1}).ns, 2);
}

TEST(Latency, ATailBeyondTheLongestRunIsCutThere) {
  auto all = nodes(2);
  all[0].extra_latency = Duration{kMaxSimTime.ns};
  all[1].extra_latency = Duration{kMaxSimTime.ns};
  EXPECT_EQ(LatencyModel(drawn(Distribution::constant(1e300)), all, {}, 1).link(NodeId{0}, NodeId{1}).ns,
            kMaxSimTime.ns);
}

TEST(Latency, BothEndsAddTheirExtraLatency) {
  auto all = nodes(3);
  all[0].extra_latency = milliseconds(7);
  all[1].extra_latency = milliseconds(100);
  const LatencyModel model(drawn(Distribution::constant(50 * kMs)), all, {}, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{1}), milliseconds(157));
  EXPECT_EQ(model.link(NodeId{2}, NodeId{0}), milliseconds(57));
  EXPECT_EQ(model.message(NodeId{1}, NodeId{2}, 0), milliseconds(150));
}

TEST(Latency, AMatrixIsReadByRegion) {
  const auto all = in_regions({0, 0, 1, 1});
  const LatencyModel model(matrix(), all, {}, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{1}), milliseconds(10));
  EXPECT_EQ(model.link(NodeId{2}, NodeId{3}), milliseconds(3));
}

TEST(Latency, AnEntryOfTheMatrixIsFromTheSendersRegionToTheReceivers) {
  const auto all = in_regions({0, 1, 0});
  const LatencyModel model(matrix(), all, {}, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{1}), milliseconds(20));
  EXPECT_EQ(model.link(NodeId{1}, NodeId{0}), milliseconds(40));
  EXPECT_EQ(model.link(NodeId{2}, NodeId{1}), milliseconds(20));
  EXPECT_EQ(model.message(NodeId{0}, NodeId{1}, 0), milliseconds(20));
  EXPECT_EQ(model.message(NodeId{1}, NodeId{0}, 0), milliseconds(40));
}

TEST(Latency, BothDirectionsOfAPairShareTheQuantileOfTheJitter) {
  Jitter jitter;
  jitter.kind = Jitter::Kind::kFactor;
  jitter.factor = Distribution::uniform(0.5, 1.5);
  const auto all = in_regions({0, 1});
  const LatencyModel model(matrix(jitter), all, {}, 1);
  const Duration there = model.link(NodeId{0}, NodeId{1}), back = model.link(NodeId{1}, NodeId{0});
  EXPECT_NEAR(static_cast<double>(back.ns), 2 * static_cast<double>(there.ns), 1);
}

TEST(Latency, JitterMultipliesTheMeanOfTheMatrix) {
  Jitter jitter;
  jitter.kind = Jitter::Kind::kFactor;
  jitter.factor = Distribution::uniform(0.5, 1.5);
  const auto all = in_regions(std::vector<std::uint16_t>(2000, 0));
  const LatencyModel model(matrix(jitter), all, {}, 1);
  double sum = 0;
  for (std::uint32_t b = 1; b < 2000; ++b) {
    const auto ns = static_cast<double>(model.link(NodeId{0}, NodeId{b}).ns);
    EXPECT_GE(ns, 5 * kMs);
    EXPECT_LE(ns, 15 * kMs);
    sum += ns;
  }
  // The mean of 1999 draws of sd 10 ms / sqrt(12) has sd 0.0646 ms; 3.89 of these.
  EXPECT_NEAR(sum / 1999, 10 * kMs, 0.252 * kMs);
}

// m = 10 ms, offset 5 ms: scale 5 ms, shape 2, so P(X > x) = (5 ms / x)^2: a quarter above 10 ms, sd of the share
// sqrt(3/16 / 1999) = 0.0097. The mean m itself converges too slowly (infinite variance) to be measured here.
TEST(Latency, ParetoJitterWithAnOffsetKeepsTheMeanOfTheMatrix) {
  Jitter jitter;
  jitter.kind = Jitter::Kind::kParetoOffset;
  jitter.offset_ns = 5 * kMs;
  const auto all = in_regions(std::vector<std::uint16_t>(2000, 0));
  const LatencyModel model(matrix(jitter), all, {}, 1);
  int above = 0;
  for (std::uint32_t b = 1; b < 2000; ++b) {
    EXPECT_GE(model.link(NodeId{0}, NodeId{b}), milliseconds(5));
    above += model.link(NodeId{0}, NodeId{b}) > milliseconds(10);
  }
  EXPECT_NEAR(above / 1999.0, 0.25, 3.89 * 0.0097);
}

// No scale m - offset > 0 exists there.
TEST(Latency, AMeanNotAboveTheOffsetHasNoJitter) {
  Jitter jitter;
  jitter.kind = Jitter::Kind::kParetoOffset;
  jitter.offset_ns = 5 * kMs;
  const auto all = in_regions({1, 1, 1});
  const LatencyModel model(matrix(jitter), all, {}, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{1}), milliseconds(3));
  EXPECT_EQ(model.link(NodeId{0}, NodeId{2}), milliseconds(3));
}

TEST(Latency, EuclideanIsProportionalToTheDistanceOfThePoints) {
  LatencySpec spec;
  spec.kind = LatencyKind::kEuclidean;
  spec.scale_ns = 100 * kMs;
  const auto all = nodes(20);
  const LatencyModel model(spec, all, {}, 9);
  for (std::uint32_t b = 1; b < 20; ++b) {
    const Position p = position_of(9, 0);
    const Position q = position_of(9, b);
    EXPECT_NEAR(static_cast<double>(model.link(NodeId{0}, NodeId{b}).ns), 100 * kMs * std::hypot(p.x - q.x, p.y - q.y),
                1);
  }
}

TEST(Latency, AFileGivesTheLatencyOfItsEdges) {
  LatencySpec spec;
  spec.kind = LatencyKind::kFile;
  const auto all = nodes(5);
  const std::vector<FileEdge> edges{{0, 1, 10, 0}, {0, 3, 30, 0}, {1, 2, 12, 0}, {3, 4, -1, 0}};
  const LatencyModel model(spec, all, edges, 1);
  EXPECT_EQ(model.link(NodeId{0}, NodeId{3}).ns, 30);
  EXPECT_EQ(model.link(NodeId{2}, NodeId{1}).ns, 12);
  EXPECT_EQ(model.message(NodeId{1}, NodeId{0}, 5).ns, 10);
  EXPECT_THROW(model.link(NodeId{0}, NodeId{2}), std::runtime_error);
  EXPECT_THROW(model.link(NodeId{3}, NodeId{4}), std::runtime_error);
}

}  // namespace
}  // namespace hearsay::network::latency_test
