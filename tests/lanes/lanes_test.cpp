#include "sim/simulation/lanes.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <tuple>

#include "sim/membership/exchange.hpp"
#include "sim/membership/hyparview.hpp"
#include "sim/membership/registry.hpp"
#include "sim/network/latency.hpp"
#include "sim/simulation/registry.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::simulation::lanes_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::expect_same;
using hearsay::test::latency;
using hearsay::test::metric;
using hearsay::test::on_threads;
using hearsay::test::set_membership;
using membership::Exchange;
using membership::Hyparview;
using membership::Registry;
using network::least_latency;
using network::TopologyKind;

RunSpec many_nodes(const Distribution& latency_ns, std::uint32_t nodes = 100'000) {
  RunSpec spec = basic_spec("flood", TopologyKind::kRandomRegular, nodes);
  spec.topology.degree = 8;
  spec.network.latency = latency(latency_ns);
  return spec;
}

// ------------------------------------------------------------------------------- the least latency

TEST(LeastLatency, IsWhatNoDrawGoesBelow) {
  const auto of = [](const Distribution& d) { return least_latency(latency(d), {}).ns; };
  EXPECT_EQ(of(Distribution::constant(5e6)), 5'000'000);
  EXPECT_EQ(of(Distribution::uniform(10e6, 100e6)), 10'000'000);
  EXPECT_EQ(of(Distribution::uniform(0, 100e6)), 0);
  EXPECT_EQ(of(Distribution::normal(10e6, 5e6)), 0);  // 8 SD below the mean is below 0
  const std::int64_t pareto = of(Distribution::pareto_scale(50e6, 20e6));
  EXPECT_LE(pareto, 20'000'000);
  EXPECT_GT(pareto, 19'999'000);
  for (const Distribution& d : {Distribution::lognormal(50e6, 10e6), Distribution::normal(50e6, 2e6),
                                Distribution::exponential(50e6), Distribution::pareto_shape(50e6, 3)}) {
    EXPECT_LE(static_cast<double>(of(d)), d.quantile(0x1.0p-53));
    EXPECT_LE(static_cast<double>(of(d)), d.quantile(0x1.8p-53));
  }
}

TEST(LeastLatency, OfAMatrixIsItsLeastEntryOrTheLeastBetweenRegions) {
  network::LatencySpec spec;
  spec.kind = network::LatencyKind::kMatrix;
  spec.regions = 2;
  spec.matrix_ns = {1e6, 60e6, 80e6, 2e6};
  EXPECT_EQ(least_latency(spec, {}).ns, 1'000'000);
  EXPECT_EQ(least_latency(spec, {}, true).ns, 60'000'000);
  spec.jitter.kind = network::Jitter::Kind::kFactor;
  spec.jitter.factor = Distribution::uniform(0.5, 1.5);
  EXPECT_EQ(least_latency(spec, {}, true).ns, 30'000'000);
}

// ----------------------------------------------------------------------------------------- the plan

TEST(LanePlan, WindowsAreAsLongAsTheLeastLatencyRoundedDownToAPowerOfTwo) {
  const LanePlan plan = plan_lanes(many_nodes(Distribution::uniform(10e6, 100e6)), on_threads(2));
  EXPECT_TRUE(plan.windows());
  EXPECT_EQ(plan.division.window_shift, 23);  // 8.4 ms
  EXPECT_EQ(plan.threads, 2u);
  EXPECT_EQ(plan.division.lanes, (100'000u - 1) / 1024 + 1);
  EXPECT_EQ(plan_lanes(many_nodes(Distribution::constant(1 << 23)), on_threads(2)).division.window_shift, 23);
}

TEST(LanePlan, ASpikeThatMakesMessagesFasterMakesWindowsShorter) {
  RunSpec spec = many_nodes(Distribution::constant(10e6));
  network::FaultSpec spike;
  spike.kind = network::LatencySpike{.factor = 0.1};
  spec.faults = {spike};
  EXPECT_EQ(plan_lanes(spec, on_threads(2)).division.window_shift, 19);  // 1 ms: 2^19 ns
}

TEST(LanePlan, SaysWhyThereIsOneLane) {
  const auto why = [](const RunSpec& spec) { return plan_lanes(spec, on_threads(4)).why_one_lane; };
  EXPECT_NE(why(many_nodes(Distribution::exponential(50e6))).find("no lower bound"), std::string::npos);
  RunSpec current = many_nodes(Distribution::constant(10e6));
  set_membership<Registry>(current).registry_delay = microseconds(16);
  EXPECT_NE(why(current).find("no lower bound"), std::string::npos);  // what one writes the others read too soon
  EXPECT_NE(why(many_nodes(Distribution::constant(10e6), 1)).find("one lane"), std::string::npos);
}

TEST(LanePlan, WindowsAreNoLongerThanThePublicListIsOld) {
  RunSpec spec = many_nodes(Distribution::constant(10e6));
  set_membership<Registry>(spec).registry_delay = milliseconds(1);
  EXPECT_EQ(plan_lanes(spec, on_threads(2)).division.window_shift, 19);
  test::membership_params<Registry>(spec).registry_delay = seconds(1);
  EXPECT_EQ(plan_lanes(spec, on_threads(2)).division.window_shift, 23);
}

TEST(LanePlan, ASmallRunIsDividedOnlyIfSomebodyAsks) {
  const RunSpec small = many_nodes(Distribution::constant(10e6), 200);
  RunOptions may;
  may.threads = 4;
  EXPECT_FALSE(plan_lanes(small, may).windows());
  EXPECT_EQ(plan_lanes(small, on_threads(4)).threads, 4u);
  EXPECT_LE(plan_lanes(many_nodes(Distribution::constant(10e6), 3), on_threads(7)).threads, 3u);
}

TEST(LanePlan, OneThreadGainsByLanesWhereTheNodesDoNotFitIntoItsCache) {
  RunSpec large = many_nodes(Distribution::uniform(10e6, 100e6), 1'000'000);
  large.workloads = {hearsay::test::burst(10, std::nullopt)};
  EXPECT_TRUE(plan_lanes(large, {}).windows());
  EXPECT_FALSE(plan_lanes(many_nodes(Distribution::uniform(10e6, 100e6), 10'000), {}).windows());
}

// Within a region messages take a fiftieth of the time between regions: lanes of whole regions have long windows.
TEST(LanePlan, RegionsAreLanesWhereThatMakesWindowsMuchLonger) {
  RunSpec spec = basic_spec("flood", TopologyKind::kRandomRegular, 120);
  spec.topology.degree = 6;
  spec.network.latency = {};
  spec.network.latency.kind = network::LatencyKind::kMatrix;
  spec.network.latency.regions = 3;
  spec.network.latency.matrix_ns = {1e6, 60e6, 50e6, 60e6, 1e6, 70e6, 50e6, 70e6, 1e6};
  for (const char* name : {"a", "b", "c"}) spec.network.regions.push_back({name, 1.0 / 3, 20'000'000, 20'000'000});
  spec.workloads = {hearsay::test::burst(20, std::nullopt)};
  spec.output.ledger = true;
  const auto nodes = network::draw_nodes(spec.network, spec.topology.nodes, 1);
  const LanePlan plan = plan_lanes(spec, on_threads(2), nodes);
  EXPECT_EQ(plan.division.lanes, 3u);
  EXPECT_EQ(plan.division.window_shift, 25);  // of 50 ms: 33.6 ms
  const auto one = run(spec, {});
  const auto many = run(spec, on_threads(2));
  EXPECT_EQ(one.digest, many.digest);
  EXPECT_EQ(one.metrics, many.metrics);
  ASSERT_EQ(one.ledger.size(), many.ledger.size());
  EXPECT_EQ(metric(one, "coverage_mean"), 1);
}

// ---------------------------------------------------------------------------- changing connections

/// 192 nodes of which some join, some crash, all churn, and half are cut off for a while.
RunSpec changing(TopologyKind kind) {
  RunSpec spec = basic_spec("flood", kind, 192);
  spec.topology.degree = 6;
  spec.network.latency = latency(Distribution::uniform(10e6, 100e6));
  spec.duration = SimTime{} + seconds(30);
  spec.until = Until::kDuration;
  spec.output.series = milliseconds(500);
  spec.output.ledger = true;
  workload::WorkloadSpec items = hearsay::test::burst(1, std::nullopt);
  items.arrivals = workload::Arrivals::kInterval;
  items.gap_ns = Distribution::constant(0.5e9);
  items.stop = SimTime{} + seconds(28);
  spec.workloads = {items};
  network::GroupSpec late;
  late.name = "late";
  late.by = network::SelectBy::kShare;
  late.share = 0.1;
  late.joins = true;
  late.joins_from = SimTime{} + seconds(2);
  late.joins_to = SimTime{} + seconds(12);
  spec.network.groups = {late};
  network::FaultSpec crash, churn, halves;
  crash.kind = network::Crash{};
  crash.nodes.by = network::SelectBy::kShare;
  crash.nodes.share = 0.2;
  crash.at = SimTime{} + seconds(6);
  crash.until = SimTime{} + seconds(14);
  churn.kind = network::Churn{
      .session = Distribution::exponential(15e9), .downtime = Distribution::exponential(2e9), .lose_state = false};
  churn.at = SimTime{} + seconds(3);
  halves.kind = network::Partition{};
  halves.nodes.by = network::SelectBy::kShare;
  halves.nodes.share = 0.5;
  halves.at = SimTime{} + seconds(16);
  halves.until = SimTime{} + seconds(21);
  spec.faults = {crash, churn, halves};
  spec.network.keep_alive = milliseconds(1'500);
  spec.network.reconnect_delay = seconds(2);
  return spec;
}
/// The same with blocks, of which many are stale, in the place of the items.
void make_mining(RunSpec& spec) {
  workload::WorkloadSpec blocks;
  blocks.arrivals = workload::Arrivals::kMining;
  blocks.gap_ns = Distribution::exponential(0.3e9);
  blocks.stop = SimTime{} + seconds(28);
  blocks.size_bytes = Distribution::constant(1000);
  blocks.settle = 2;
  spec.workloads = {blocks};
}
void make_reliable(RunSpec& spec) {
  spec.network.transport = network::Transport::kReliable;
  spec.network.rto = milliseconds(300);
  spec.network.max_retries = 2;
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.05;
}

/// The same in 2, 3 and 12 lanes, on one or more threads.
void expect_same_in_lanes(const RunSpec& spec) {
  RunOptions alone;
  const auto one = run(spec, alone);
  EXPECT_FALSE(one.failed) << one.failure;
  EXPECT_GT(metric(one, "items_published"), 30);
  for (const auto& [threads, lane_nodes, lanes] : {std::tuple(2u, 128u, 2u), {3u, 64u, 3u}, {1u, 16u, 12u}}) {
    SCOPED_TRACE(::testing::Message() << threads << " threads, lanes of " << lane_nodes << " nodes");
    const LanePlan plan = plan_lanes(spec, on_threads(threads, lane_nodes));
    ASSERT_EQ(plan.why_one_lane, "");
    EXPECT_EQ(plan.division.lanes, lanes);
    EXPECT_EQ(plan.threads, threads);
    expect_same(one, run(spec, on_threads(threads, lane_nodes)));
  }
}

TEST(Lanes, DoNotChangeARunWhoseConnectionsAreMended) {
  RunSpec spec = changing(TopologyKind::kRandomRegular);
  expect_same_in_lanes(spec);
  make_reliable(spec);
  expect_same_in_lanes(spec);
}

TEST(Lanes, DoNotChangeARunWithExchange) {
  RunSpec spec = changing(TopologyKind::kRandomRegular);
  auto& m = set_membership<Exchange>(spec);
  m.active = 6;
  m.ping_interval = seconds(2);
  m.ping_timeout = milliseconds(500);
  m.suspect_after = 2;
  m.list_size = 8;
  m.rotate_interval = seconds(3);
  m.view_capacity = 60;
  expect_same_in_lanes(spec);
  make_reliable(spec);
  expect_same_in_lanes(spec);
}

TEST(Lanes, DoNotChangeARunWithHyparview) {
  RunSpec spec = changing(TopologyKind::kRandomRegular);
  spec.topology.degree = 4;
  auto& m = set_membership<Hyparview>(spec);
  m.shuffle_interval = seconds(2);
  m.passive = 12;
  spec.network.inbound_cap = 5;
  expect_same_in_lanes(spec);
  make_reliable(spec);
  expect_same_in_lanes(spec);
}

// The list is as old as a window is long: what is read in a window was written before it began, up to its first
// instant.
TEST(Lanes, DoNotChangeARunWithARegistry) {
  RunSpec spec = changing(TopologyKind::kNone);
  auto& m = set_membership<Registry>(spec);
  m.registry_delay = nanoseconds(std::int64_t{1} << 23);
  m.refresh = seconds(1);
  m.expire_after = milliseconds(2'500);
  ASSERT_EQ(plan_lanes(spec, on_threads(2)).division.window_shift, 23);
  expect_same_in_lanes(spec);
  make_reliable(spec);
  expect_same_in_lanes(spec);
}

TEST(Lanes, DoNotChangeARunWithBlocks) {
  RunSpec spec = changing(TopologyKind::kRandomRegular);
  make_mining(spec);
  expect_same_in_lanes(spec);
  const auto result = run(spec, {});
  EXPECT_GT(metric(result, "blocks_stale"), 5);
  EXPECT_GT(metric(result, "reorgs"), 20);
  make_reliable(spec);
  expect_same_in_lanes(spec);
}

}  // namespace
}  // namespace hearsay::simulation::lanes_test
