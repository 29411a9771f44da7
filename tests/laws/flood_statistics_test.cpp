// Statistical laws of flooding, against their exact finite-n means.

#include <gtest/gtest.h>

#include "protocols/flood.hpp"
#include "tests/laws/statistics.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws::flood_statistics_test {
namespace {

using network::TopologyKind;
using test::metric;

TEST(FloodStatistics, FirstPassageOnTheCompleteGraphWithExponentialTransmissions) {
  // ST-07: every transmission Exp(1 s), n = 100. One given other node: a group of its own.
  auto spec = test::basic_spec("flood", TopologyKind::kComplete, 100);
  spec.network.latency = test::latency(Distribution::exponential(1e9));
  spec.network.latency.per_message = true;
  network::GroupSpec one, rest;
  one.name = "one";
  one.by = network::SelectBy::kIds;
  one.ids = {1};
  rest.name = "rest";
  spec.network.groups = {one, rest};
  spec.output.by = {metrics::Label::kGroup};
  Mean last, given;
  for (std::uint64_t r = 0; r < 1500; ++r) {
    const auto result = test::run(spec, r);
    last.add(metric(result, "t100_s"));
    given.add(metric(result, "latency_mean_s[group=one]"));
  }
  expect_mean(last, 0.10354755, 0.01864635, "last node");
  expect_mean(given, 0.05229674, 0.02163492, "one given node");
  expect_sd(last, 0.01864635, "last node");
}

TEST(FloodStatistics, FirstPassageAtASizeThatIsNotListed) {
  // With k of n informed, k (n - k) transmissions race: the last is reached after sum 1 / (k (n - k)), variance
  // the sum of the squares; n = 40. Linked latencies are as good as fresh ones: each is used once in each direction
  // that matters.
  double mean = 0, variance = 0;
  for (int k = 1; k < 40; ++k) {
    const double rate = k * (40.0 - k);
    mean += 1 / rate;
    variance += 1 / (rate * rate);
  }
  auto spec = test::basic_spec("flood", TopologyKind::kComplete, 40);
  spec.network.latency = test::latency(Distribution::exponential(1e9));
  Mean last;
  for (std::uint64_t r = 0; r < 1500; ++r) last.add(metric(test::run(spec, r), "t100_s"));
  expect_mean(last, mean, std::sqrt(variance), "last of 40");
}

TEST(FloodStatistics, LastOfIndependentExponentials) {
  // ST-08: star25 from the hub, Exp(100 ms): the maximum of 24.
  auto spec = test::basic_spec("flood", TopologyKind::kStar, 25);
  spec.network.latency = test::latency(Distribution::exponential(100e6));
  Mean last;
  for (std::uint64_t r = 0; r < 4000; ++r) last.add(metric(test::run(spec, r), "t100_s"));
  expect_mean(last, 0.3775958, 0.1266540, "last leaf");
  expect_sd(last, 0.1266540, "last leaf");
}

TEST(FloodStatistics, CoverageUnderIndependentLoss) {
  // ST-14: q = 0.1.
  struct Case {
    const char* name;
    TopologyKind kind;
    std::uint32_t nodes, branching;
    double mean, sd;
  };
  // star10 is not listed: 1/10 + 9/10 x 0.9 = 0.91, SD sqrt(9 x 0.09) / 10.
  for (const Case& c : {Case{"line25", TopologyKind::kLine, 25, 0, 0.37128408, 0.294775},
                        {"star25", TopologyKind::kStar, 25, 0, 0.904, 0.058788},
                        {"tree4_25", TopologyKind::kTree, 25, 4, 0.81904, 0.152135},
                        {"ring25", TopologyKind::kRing, 25, 0, 0.63364995, 0.307711},
                        {"star10", TopologyKind::kStar, 10, 0, 0.91, 0.09}}) {
    auto spec = test::basic_spec("flood", c.kind, c.nodes);
    spec.topology.branching = c.branching;
    spec.until = simulation::Until::kQuiet;
    spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
    spec.network.loss.probability = 0.1;
    Mean coverage;
    for (std::uint64_t r = 0; r < 6000; ++r) coverage.add(metric(test::run(spec, r), "coverage_mean"));
    expect_mean(coverage, c.mean, c.sd, c.name);
    expect_sd(coverage, c.sd, c.name);
  }
}

TEST(FloodStatistics, ReachOfASparseRandomGraphUnderLoss) {
  // ST-15: G(1000, c/1000) with c (1 - q) = 3, here c = 4 and q = 1/4, so that the reached set is the origin's
  // component of G(1000, 3/1000).
  auto spec = test::basic_spec("flood", TopologyKind::kErdosRenyi, 1000);
  spec.topology.probability = 4.0 / 1000;
  spec.topology.connected = false;
  spec.until = simulation::Until::kQuiet;
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.25;
  Mean reach, giant;
  std::size_t extinct = 0;
  constexpr std::size_t kRuns = 3000;
  for (std::uint64_t r = 0; r < kRuns; ++r) {
    const double share = metric(test::run(spec, r), "coverage_mean");
    reach.add(share);
    if (share < 0.1)
      ++extinct;
    else
      giant.add(share);
  }
  expect_mean(reach, 0.884715, 0.222375, "reach");
  expect_mean(giant, 0.940599, 0.009106, "reach given 10 %");
  expect_proportion(extinct, kRuns, 0.059490, "extinction");
}

}  // namespace
}  // namespace hearsay::laws::flood_statistics_test
