// Exact laws of flooding: integers are equal, times within 1e-9 relative.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <vector>

#include "protocols/flood.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::laws::flood_exact_test {
namespace {

using network::TopologyKind;
using protocols::Flood;
using test::metric;

simulation::RunSpec graph(TopologyKind kind, std::uint32_t nodes, std::uint32_t branching = 0) {
  auto spec = test::basic_spec("flood", kind, nodes);
  spec.topology.branching = branching;
  return spec;
}

struct Counts {
  const char* name;
  TopologyKind kind;
  std::uint32_t nodes, branching;
  double with_sender, with_none;        // messages of one item
  double known_delayed, known_at_once;  // exclude = known with and without a forwarding delay
};

// EX-01: 2|E| - (N - 1). EX-02: 2|E|. EX-06: |E| + edges whose ends are equally far from the origin.
const Counts kGraphs[] = {
    {"line25", TopologyKind::kLine, 25, 0, 24, 48, 24, 24},
    {"ring25", TopologyKind::kRing, 25, 0, 26, 50, 26, 26},
    {"ring26", TopologyKind::kRing, 26, 0, 27, 52, 26, 27},
    {"star25", TopologyKind::kStar, 25, 0, 24, 48, 24, 24},
    {"grid5x5", TopologyKind::kGrid, 25, 0, 56, 80, 40, 56},
    {"tree4_25", TopologyKind::kTree, 25, 4, 24, 48, 24, 24},
    {"complete25", TopologyKind::kComplete, 25, 0, 576, 600, 576, 576},
    {"hypercube10", TopologyKind::kHypercube, 1024, 0, 9217, 10240, 5120, 9217},
    {"grid32x32", TopologyKind::kGrid, 1024, 0, 2945, 3968, 1984, 2945},
    // Not in the table: K7 has 21 edges (42 - 6 = 36; all pairs but the origin's are equally far: 21 + 15),
    // and a 4 x 3 grid 17 (34 - 11 = 23; a grid is bipartite, so no edge joins equals).
    {"complete7", TopologyKind::kComplete, 7, 0, 36, 42, 36, 36},
    {"grid4x3", TopologyKind::kGrid, 12, 0, 23, 34, 17, 23},
};

class FloodCounts : public ::testing::TestWithParam<Counts> {};

TEST_P(FloodCounts, SendsTwiceTheEdgesLessTheTreeOfFirstReceipts) {
  const Counts& g = GetParam();
  const auto result = test::run(graph(g.kind, g.nodes, g.branching));
  EXPECT_EQ(metric(result, "messages_sent"), g.with_sender);
  EXPECT_EQ(metric(result, "duplicates"), g.with_sender - (g.nodes - 1));
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

TEST_P(FloodCounts, SendsTwiceTheEdgesWhenTheSenderIsNotExcluded) {
  const Counts& g = GetParam();
  auto spec = graph(g.kind, g.nodes, g.branching);
  test::params<Flood>(spec).exclude = Flood::Exclude::kNone;
  EXPECT_EQ(metric(test::run(spec), "messages_sent"), g.with_none);
}

TEST_P(FloodCounts, SparesThePeersKnownToHaveTheItemWhenItWaits) {
  const Counts& g = GetParam();
  for (const std::int64_t delay_us : {1, 500, 10'000, 35'000}) {
    auto spec = graph(g.kind, g.nodes, g.branching);
    spec.until = simulation::Until::kQuiet;
    test::params<Flood>(spec).exclude = Flood::Exclude::kKnown;
    test::params<Flood>(spec).forward_delay = microseconds(delay_us);
    EXPECT_EQ(metric(test::run(spec), "messages_sent"), g.known_delayed) << "forward_delay " << delay_us << " us";
  }
  auto spec = graph(g.kind, g.nodes, g.branching);
  spec.until = simulation::Until::kQuiet;
  test::params<Flood>(spec).exclude = Flood::Exclude::kKnown;
  EXPECT_EQ(metric(test::run(spec), "messages_sent"), g.known_at_once);
}

INSTANTIATE_TEST_SUITE_P(Graphs, FloodCounts, ::testing::ValuesIn(kGraphs),
                         [](const auto& info) { return info.param.name; });

TEST(FloodExact, CountsDoNotDependOnLatenciesOrOrigin) {
  // EX-01 holds on any connected graph with any latencies.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    auto spec = test::basic_spec("flood", TopologyKind::kRandomRegular, 60);
    spec.seed = seed;
    spec.topology.degree = 6;
    spec.network.latency = test::latency(Distribution::lognormal(50e6, 80e6));
    spec.workloads = {test::burst(1, std::nullopt)};
    EXPECT_EQ(metric(test::run(spec), "messages_sent"), 2 * 180 - 59);
  }
}

TEST(FloodExact, ReproducesMaelstromsSendCounts) {
  // EX-03. The published figures are B x messages of one item: grid of 5 nodes (3 x 2 less one): 5 edges.
  struct Case {
    TopologyKind kind;
    std::uint32_t nodes, branching, broadcasts;
    bool sender;
    double messages;
  };
  for (const Case& c : {Case{TopologyKind::kGrid, 5, 0, 998, false, 9980},
                        {TopologyKind::kGrid, 5, 0, 986, true, 5916},
                        {TopologyKind::kGrid, 25, 0, 1005, true, 56280},
                        {TopologyKind::kLine, 25, 0, 1005, true, 24120},
                        {TopologyKind::kComplete, 25, 0, 1020, true, 587520},
                        {TopologyKind::kTree, 25, 4, 1031, true, 24744}}) {
    auto spec = graph(c.kind, c.nodes, c.branching);
    spec.workloads = {test::burst(c.broadcasts, std::nullopt)};
    if (!c.sender) test::params<Flood>(spec).exclude = Flood::Exclude::kNone;
    EXPECT_EQ(metric(test::run(spec), "messages_sent"), c.messages);
  }
}

TEST(FloodExact, CoversEverybodyAfterLatencyTimesEccentricity) {
  // EX-04: minimum, mean and maximum over origins of the eccentricity.
  struct Case {
    TopologyKind kind;
    std::uint32_t nodes, branching;
    double min, mean, max;
  };
  for (const Case& c : {Case{TopologyKind::kLine, 25, 0, 12, 18.24, 24},
                        {TopologyKind::kGrid, 25, 0, 4, 6.40, 8},
                        {TopologyKind::kTree, 25, 4, 3, 4.56, 5},
                        {TopologyKind::kHypercube, 1024, 0, 10, 10, 10}}) {
    double min = 1e9, max = 0, sum = 0;
    const std::uint32_t origins = c.nodes > 100 ? 16 : c.nodes;
    for (std::uint32_t origin = 0; origin < origins; ++origin) {
      auto spec = graph(c.kind, c.nodes, c.branching);
      spec.network.latency = test::constant_latency(milliseconds(100));
      spec.workloads = {test::burst(1, origin)};
      const auto result = test::run(spec);
      const double hops = metric(result, "t100_s") / 0.1;
      EXPECT_DOUBLE_EQ(metric(result, "hops_max"), std::round(hops));
      min = std::min(min, hops);
      max = std::max(max, hops);
      sum += hops;
    }
    EXPECT_NEAR(min, c.min, 1e-9 * c.min);
    EXPECT_NEAR(max, c.max, 1e-9 * c.max);
    EXPECT_NEAR(sum / origins, c.mean, 1e-9 * c.mean);
  }
}

TEST(FloodExact, ArrivesAlongShortestPathsOfUnequalLatencies) {
  // EX-05: nodes a..h = 0..7, latencies in ms.
  const auto ms = [](std::uint32_t a, std::uint32_t b, std::int64_t latency) {
    return network::FileEdge{a, b, latency * 1'000'000, 0};
  };
  auto spec = test::basic_spec("flood", TopologyKind::kFile, 8);
  spec.topology =
      test::edges(8, {ms(0, 1, 10), ms(0, 2, 40), ms(1, 2, 15), ms(1, 3, 50), ms(2, 3, 20), ms(2, 4, 100), ms(3, 4, 30),
                      ms(3, 5, 70), ms(4, 5, 25), ms(1, 6, 5), ms(5, 6, 150), ms(6, 7, 60), ms(4, 7, 12)});
  spec.network.latency.kind = network::LatencyKind::kFile;
  spec.output.ledger = true;
  spec.until = simulation::Until::kQuiet;
  const auto result = test::run(spec);
  EXPECT_EQ(metric(result, "messages_sent"), 19);
  const std::int64_t expected_ms[] = {0, 10, 25, 45, 75, 100, 15, 75};
  ASSERT_EQ(result.ledger.size(), 8u);
  for (const auto& row : result.ledger)
    EXPECT_EQ(row.time_ns, expected_ms[row.node] * 1'000'000) << "node " << row.node;
}

TEST(FloodExact, HasTheRedundancyOfARegularGraph) {
  // EX-08: rmr = 2|E| / (n - 1) - 2, here 8000 / 999 - 2; and 5 x 200 / 199 - 2 for a size that is not listed.
  auto spec = test::basic_spec("flood", TopologyKind::kRandomRegular, 1000);
  spec.topology.degree = 8;
  spec.until = simulation::Until::kQuiet;
  EXPECT_NEAR(metric(test::run(spec), "rmr"), 6.008008008, 1e-8);
  spec.topology.nodes = 200;
  spec.topology.degree = 5;
  EXPECT_NEAR(metric(test::run(spec), "rmr"), 1000.0 / 199 - 2, 1e-12);
}

std::vector<double> arrival_times(const metrics::RunResult& result) {
  std::vector<double> times;
  for (const auto& row : result.ledger)
    if (row.from >= 0) times.push_back(static_cast<double>(row.time_ns) / 1e9);
  std::sort(times.begin(), times.end());
  return times;
}

TEST(FloodExact, ServesEightPeersOneAfterTheOtherThroughOneUplink) {
  // EX-12: 1 MB over 10 Mbit/s takes 0.8 s; the k-th copy is there after 0.8 k + 0.05 s.
  for (const auto contention : {network::Contention::kUplink, network::Contention::kBoth}) {
    auto spec = graph(TopologyKind::kStar, 9);
    spec.network.latency = test::constant_latency(milliseconds(50));
    spec.network.contention = contention;
    spec.network.uplink_bit_per_s = spec.network.downlink_bit_per_s = 10'000'000;
    spec.workloads = {test::burst(1, 0, 1e6)};
    spec.output.ledger = true;
    const auto times = arrival_times(test::run(spec));
    ASSERT_EQ(times.size(), 8u);
    for (std::size_t k = 0; k < 8; ++k) EXPECT_NEAR(times[k], 0.85 + 0.8 * static_cast<double>(k), 1e-9);
  }
}

TEST(FloodExact, StoresAndForwardsWholeMessagesHopByHop) {
  // EX-13: four hops of 0.8 s + 50 ms.
  auto spec = graph(TopologyKind::kLine, 5);
  spec.network.latency = test::constant_latency(milliseconds(50));
  spec.network.uplink_bit_per_s = spec.network.downlink_bit_per_s = 10'000'000;
  spec.workloads = {test::burst(1, 0, 1e6)};
  EXPECT_NEAR(metric(test::run(spec), "t100_s"), 3.4, 3.4e-9);
}

TEST(FloodExact, CoversItsComponentAndHealingChangesNothing) {
  // EX-25: 30 of 100 nodes are cut off while the item spreads; nothing repairs it after the heal.
  auto spec = test::basic_spec("flood", TopologyKind::kComplete, 100);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(60);
  network::FaultSpec fault;
  fault.kind = network::Partition{};
  fault.at = SimTime{};
  fault.until = SimTime{} + seconds(30);
  fault.nodes.by = network::SelectBy::kIds;
  fault.nodes.ids.resize(30);
  std::iota(fault.nodes.ids.begin(), fault.nodes.ids.end(), 70);
  spec.faults = {fault};
  const auto result = test::run(spec);
  EXPECT_DOUBLE_EQ(metric(result, "coverage_mean"), 0.7);
  // 70 nodes send to 30 each across the cut: all but those from nodes that were never reached.
  EXPECT_EQ(result.faults[0].dropped, 70u * 30u);
}

TEST(FloodExact, ReachesNobodyWhenEverythingIsLost) {
  // EX-26: the origin alone; messages = its degree.
  auto spec = graph(TopologyKind::kStar, 25);
  spec.until = simulation::Until::kQuiet;
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 1;
  const auto result = test::run(spec);
  EXPECT_EQ(metric(result, "messages_sent"), 24);
  EXPECT_EQ(metric(result, "messages_lost"), 24);
  EXPECT_DOUBLE_EQ(metric(result, "coverage_mean"), 1.0 / 25);
}

TEST(FloodExact, ConservesMessagesBytesAndReceipts) {
  // EX-27, on a run that is cut off with messages still on their way.
  auto spec = test::basic_spec("flood", TopologyKind::kRandomRegular, 200);
  spec.topology.degree = 8;
  spec.duration = SimTime{} + milliseconds(180);
  spec.until = simulation::Until::kDuration;
  spec.network.latency = test::latency(Distribution::exponential(60e6));
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.1;
  const auto a = test::run(spec);
  EXPECT_GT(metric(a, "messages_in_flight"), 0);
  EXPECT_EQ(metric(a, "messages_sent"),
            metric(a, "messages_received") + metric(a, "messages_lost") + metric(a, "messages_in_flight"));
  EXPECT_EQ(metric(a, "bytes_sent"),
            metric(a, "bytes_received") + metric(a, "bytes_lost") + metric(a, "bytes_in_flight"));
  EXPECT_EQ(metric(a, "payload_receipts"), metric(a, "messages_received"));
  const auto b = test::run(spec);
  EXPECT_EQ(a.digest, b.digest);
  EXPECT_NE(a.digest, test::run(spec, 1).digest);
}

}  // namespace
}  // namespace hearsay::laws::flood_exact_test
