// Faults through whole runs: what each does to messages and nodes, at which instants, and what it reports.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "protocols/flood.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::faults_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::Tag;
using network::FaultSpec;
using network::NodeSelector;
using network::SelectBy;
using network::TopologyKind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kMbit = 1'000'000;
constexpr std::uint64_t kMB = 1'000'000;

NodeSelector ids(std::vector<std::uint32_t> list) {
  NodeSelector s;
  s.by = SelectBy::kIds;
  s.ids = std::move(list);
  return s;
}

FaultSpec fault(network::FaultKind kind, NodeSelector nodes, Duration at, Duration until = kNever - SimTime{}) {
  FaultSpec f;
  f.kind = std::move(kind);
  f.nodes = std::move(nodes);
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

/// dropped, delayed, nodes hit
auto report(const metrics::RunResult& result, std::size_t fault = 0) {
  const auto& r = result.faults.at(fault);
  return std::tuple(r.dropped, r.delayed, r.nodes_hit);
}

// --------------------------------------------------------------------------------------- partition

// In force in [100, 200) ms; each message is 50 ms on its way, send and delivery both belong to it.
TEST(Partition, LosesWhatIsCutAtAnyInstantOfItsWay) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Partition{}, ids({0}), milliseconds(100), milliseconds(200))};
  const Tag before = net.send(milliseconds(50) - nanoseconds(1), 0, {1}, 10);
  const Tag arrives_at_cut = net.send(milliseconds(50), 0, {1}, 10);
  const Tag inside = net.send(milliseconds(120), 1, {0}, 10);
  const Tag sent_before_healing = net.send(milliseconds(200) - nanoseconds(1), 0, {1}, 10);
  const Tag sent_at_healing = net.send(milliseconds(200), 0, {1}, 10);
  net.run();
  EXPECT_TRUE(net.arrived(before));
  EXPECT_FALSE(net.arrived(arrives_at_cut));
  EXPECT_FALSE(net.arrived(inside));
  EXPECT_FALSE(net.arrived(sent_before_healing));
  EXPECT_TRUE(net.arrived(sent_at_healing));
  EXPECT_EQ(net.dropped("partition"), 3u);
  EXPECT_EQ(report(net.result), std::tuple(3u, 0u, 1u));
}

// A transfer of 2 s that lives through a whole partition of 1 ms is lost all the same.
TEST(Partition, LosesALongTransferThatItMerelyInterrupts) {
  ProbeNet net(2);
  net.spec.network.uplink_bit_per_s = 4 * kMbit;
  net.spec.faults = {fault(network::Partition{}, ids({0}), seconds(1), milliseconds(1001))};
  const Tag a = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_FALSE(net.arrived(a));
}

TEST(Partition, LostMessagesHaveUsedTheBandwidthOfBothEnds) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 8 * kMbit;
  net.spec.faults = {fault(network::Partition{}, ids({0}), {}, milliseconds(100))};
  const Tag lost = net.send({}, 0, {2}, kMB);
  const Tag other = net.send({}, 1, {2}, kMB), next = net.send(milliseconds(100), 0, {2}, kMB);
  net.run();
  EXPECT_FALSE(net.arrived(lost));
  EXPECT_EQ(net.arrival(other),
            milliseconds(2050));  // served after the lost one (1050 ms): same first bit, lower source first
  EXPECT_EQ(net.arrival(next), milliseconds(3050));  // leaves from 1 s on, first bit at 1050, downlink free at 2050
}

TEST(Partition, CutsOnlyBetweenTheSides) {
  ProbeNet net(4);
  net.spec.faults = {fault(network::Partition{}, ids({0, 1}), {})};
  const Tag within = net.send(seconds(1), 0, {1}, 10), rest = net.send(seconds(1), 2, {3}, 10);
  const Tag across = net.send(seconds(1), 0, {2}, 10), back = net.send(seconds(1), 3, {1}, 10);
  net.run();
  EXPECT_TRUE(net.arrived(within));
  EXPECT_TRUE(net.arrived(rest));
  EXPECT_FALSE(net.arrived(across));
  EXPECT_FALSE(net.arrived(back));
}

TEST(Partition, OneWayLetsTheOtherDirectionThrough) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Partition{.one_way = true}, ids({0}), {})};
  const Tag out = net.send(seconds(1), 0, {1}, 10), in = net.send(seconds(1), 1, {0}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(out));
  EXPECT_TRUE(net.arrived(in));
}

// Regions a, b, c and no side for d: a is cut from b and c, which are on one side; d talks to everybody.
TEST(Partition, HasTheSidesThatTheScenarioNames) {
  ProbeNet net(4);
  net.spec.network.regions = {{"a", 0.25}, {"b", 0.25}, {"c", 0.25}, {"d", 0.25}};
  for (std::uint32_t n = 0; n < 4; ++n) {
    network::GroupSpec group;
    group.by = SelectBy::kIds;
    group.ids = {n};
    group.region = RegionId{static_cast<std::uint16_t>(n)};
    net.spec.network.groups.push_back(group);
  }
  const auto region = [](std::uint16_t r) {
    NodeSelector s;
    s.by = SelectBy::kRegion;
    s.region = RegionId{r};
    return s;
  };
  net.spec.faults = {fault(network::Partition{.sides = {{region(0)}, {region(1), region(2)}}}, {}, {})};
  std::vector<std::vector<Tag>> tags(4, std::vector<Tag>(4));
  for (unsigned a = 0; a < 4; ++a)
    for (unsigned b = 0; b < 4; ++b)
      if (a != b) tags[a][b] = net.send(seconds(1), a, {b}, 10);
  net.run();
  for (unsigned a = 0; a < 4; ++a)
    for (unsigned b = 0; b < 4; ++b) {
      if (a == b) continue;
      const bool cut = (a == 0 && (b == 1 || b == 2)) || (b == 0 && (a == 1 || a == 2));
      EXPECT_EQ(net.arrived(tags[a][b]), !cut) << a << " to " << b;
    }
}

// 200 groups of one node, each a side of its own: every node is cut from every other.
TEST(Partition, HasAsManySidesAsTheScenarioNames) {
  ProbeNet net(200);
  network::Partition partition;
  for (std::uint16_t n = 0; n < 200; ++n) {
    network::GroupSpec group;
    group.by = SelectBy::kIds;
    group.ids = {n};
    net.spec.network.groups.push_back(group);
    NodeSelector side;
    side.by = SelectBy::kGroup;
    side.group = GroupId{n};
    partition.sides.push_back({side});
  }
  net.spec.faults = {fault(partition, {}, {})};
  for (unsigned n = 1; n < 200; ++n) net.send(seconds(1), 0, {n}, 10);
  for (unsigned n = 0; n < 199; ++n) net.send(seconds(1), 199, {n}, 10);
  net.run();
  EXPECT_EQ(net.dropped("partition"), 398u);
  EXPECT_EQ(net.result.faults[0].nodes, 200u);
}

TEST(Partition, OfAShareTakesExactlyRoundedMany) {
  auto spec = basic_spec("flood", TopologyKind::kComplete, 5);
  NodeSelector half;
  half.by = SelectBy::kShare;
  half.share = 0.5;  // 2.5: halves up, 3 of 5
  spec.faults = {fault(network::Partition{}, half, {})};
  spec.until = simulation::Until::kQuiet;
  const double coverage = metric(run(spec), "coverage_mean");
  EXPECT_TRUE(coverage == 0.6 || coverage == 0.4) << coverage;  // the origin's side
}

// ------------------------------------------------------------------------------------------- crash

TEST(Crash, DiscardsWhatHasNotLeftAndLetsTheRestArrive) {
  for (const auto contention : {network::Contention::kUplink, network::Contention::kBoth}) {
    ProbeNet net(2);
    net.spec.network.contention = contention;
    net.spec.network.uplink_bit_per_s = 8 * kMbit;
    net.spec.network.downlink_bit_per_s = 80 * kMbit;
    net.spec.faults = {fault(network::Crash{}, ids({0}), seconds(2), seconds(5))};
    const Tag left = net.send(milliseconds(500), 0, {1}, kMB);             // last bit at 1.5 s
    const Tag to_the_brim = net.send(milliseconds(600), 0, {1}, kMB / 2);  // last bit at 2 s: it has just left
    const Tag half = net.send(milliseconds(700), 0, {1}, kMB);
    net.run();
    EXPECT_EQ(net.arrival(left), milliseconds(1550));
    EXPECT_EQ(net.arrival(to_the_brim), milliseconds(2050));
    EXPECT_FALSE(net.arrived(half));
    EXPECT_EQ(net.dropped("crash"), 1u);
    EXPECT_EQ(report(net.result), std::tuple(1u, 0u, 1u));
  }
}

// The transfer in progress at the crash would have held the uplink until 10 s.
TEST(Crash, EmptiesTheUplink) {
  ProbeNet net(2);
  net.params().plan_after_restart = true;
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.faults = {fault(network::Crash{}, ids({0}), seconds(1), seconds(2))};
  const Tag long_one = net.send({}, 0, {1}, 10 * kMB), after = net.send(seconds(3), 0, {1}, kMB);
  net.run();
  EXPECT_FALSE(net.arrived(long_one));
  EXPECT_EQ(net.arrival(after), milliseconds(4050));
}

// Down in [1, 2) s: what arrives then is lost, also at the very instant of the crash; at the restart's instant it is
// received, because a restart comes before the messages of its instant.
TEST(Crash, LosesWhatArrivesAtANodeThatIsDown) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Crash{}, ids({1}), seconds(1), seconds(2))};
  const Tag before = net.send(milliseconds(950) - nanoseconds(1), 0, {1}, 10);
  const Tag at_crash = net.send(milliseconds(950), 0, {1}, 10);
  const Tag down = net.send(milliseconds(1500), 0, {1}, 10);
  const Tag at_restart = net.send(milliseconds(1950), 0, {1}, 10);
  net.run();
  EXPECT_TRUE(net.arrived(before));
  EXPECT_FALSE(net.arrived(at_crash));
  EXPECT_FALSE(net.arrived(down));
  EXPECT_EQ(net.arrival(at_restart), seconds(2));
  EXPECT_EQ(report(net.result), std::tuple(2u, 0u, 1u));
}

TEST(Crash, KillsTimersAndKeepsOrLosesState) {
  for (const bool lose_state : {true, false}) {
    ProbeNet net(2);
    net.spec.faults = {fault(network::Crash{.lose_state = lose_state}, ids({0}), seconds(1), seconds(2))};
    const Tag timer = net.send(seconds(3), 0, {1}, 10);
    net.run();
    EXPECT_FALSE(net.arrived(timer));  // set before the crash, due after the restart
    ASSERT_EQ(net.log.restarts.size(), 1u);
    EXPECT_EQ(net.log.restarts[0], (Probe::Call{SimTime{} + seconds(2), 0, 0, !lose_state}));
    EXPECT_EQ(net.log.starts.size(), 2u);
    EXPECT_EQ(net.metric("messages_sent"), 0);
  }
}

TEST(Crash, WithoutAnEndIsForGood) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Crash{}, ids({1}), seconds(1))};
  const Tag late = net.send(seconds(900), 0, {1}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(late));
  EXPECT_THAT(net.log.restarts, IsEmpty());
}

// Two crashes of one node overlap, [1, 3) and [2, 4) s: it is down until both are over, and restarts once.
TEST(Crash, OverlappingCrashesHoldANodeDownUntilBothAreOver) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Crash{}, ids({1}), seconds(1), seconds(3)),
                     fault(network::Crash{.lose_state = false}, ids({1}), seconds(2), seconds(4))};
  const Tag between = net.send(milliseconds(3500), 0, {1}, 10), after = net.send(seconds(4), 0, {1}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(between));
  EXPECT_TRUE(net.arrived(after));
  ASSERT_EQ(net.log.restarts.size(), 1u);
  EXPECT_FALSE(net.log.restarts[0].kept_state);  // the first crash lost it
  EXPECT_EQ(report(net.result, 0), std::tuple(0u, 0u, 1u));
  EXPECT_EQ(report(net.result, 1), std::tuple(1u, 0u, 1u));  // 3.55 s is its time, not the first one's
}

TEST(Crash, AtTheStartPutsTheStartOff) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Crash{}, ids({1}), {}, seconds(2))};
  const Tag lost = net.send({}, 0, {1}, 10), after = net.send(seconds(3), 1, {0}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(lost));
  EXPECT_TRUE(net.arrived(after));
  EXPECT_THAT(net.log.restarts, IsEmpty());
  ASSERT_EQ(net.log.starts.size(), 2u);
  EXPECT_EQ(net.log.starts[1].time, SimTime{} + seconds(2));
}

TEST(Crash, SkipsPublicationsAtANodeThatIsDown) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.workloads.push_back(burst(3, 1));
  spec.workloads[1].at = SimTime{} + seconds(2);
  spec.faults = {fault(network::Crash{}, ids({1}), seconds(1), seconds(5))};
  spec.until = simulation::Until::kDuration;
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "publications_skipped"), 3);
  EXPECT_EQ(metric(result, "items_published"), 1);
  EXPECT_EQ(metric(result, "messages_sent"), 1);
}

// Node 1 has the item, loses it, and nobody tells it again: 1 of 2 live nodes has it at the end. The latency of its
// delivery stands.
TEST(Crash, WithLossOfStateTakesAnItemFromCoverageButNotFromLatency) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  spec.until = simulation::Until::kDuration;
  spec.faults = {fault(network::Crash{}, ids({1}), seconds(1), seconds(5))};
  const auto lost = run(spec);
  EXPECT_EQ(metric(lost, "coverage_mean"), 0.5);
  EXPECT_EQ(metric(lost, "latency_mean_s"), 0.01);
  EXPECT_TRUE(std::isnan(metric(lost, "t100_s")));
  EXPECT_EQ(metric(lost, "t50_s"), 0);
  spec.faults[0].kind = network::Crash{.lose_state = false};
  const auto kept = run(spec);
  EXPECT_EQ(metric(kept, "coverage_mean"), 1);
  EXPECT_EQ(metric(kept, "t100_s"), 0.01);
}

// After the loss of state node 1 gets the item again (from node 2, which got it late): in coverage again, but it counts
// neither as redelivered nor in the latency.
TEST(Crash, ADeliveryAfterLossOfStateCountsInCoverageAlone) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 2);
  hearsay::test::params<protocols::Flood>(spec).exclude = protocols::Flood::Exclude::kNone;
  hearsay::test::params<protocols::Flood>(spec).forward_delay = seconds(3);
  spec.topology = hearsay::test::edges(3, {{0, 1, -1, 0}, {1, 2, -1, 0}, {0, 2, -1, 0}});
  spec.until = simulation::Until::kDuration;
  spec.faults = {fault(network::Crash{}, ids({1}), seconds(1), seconds(2))};
  const auto result = run(spec);
  // 0 sends to 1 and 2 (10 ms); 2 sends to 0 and 1 at 3.01 s; 1, which is new to it, sends to 0 and 2 at 6.02 s.
  EXPECT_EQ(metric(result, "messages_sent"), 6);
  EXPECT_EQ(metric(result, "coverage_mean"), 1);
  EXPECT_EQ(metric(result, "redelivered"), 0);
  EXPECT_EQ(metric(result, "latency_max_s"), 0.01);
  EXPECT_EQ(metric(result, "payload_receipts"), 6);
  EXPECT_EQ(metric(result, "duplicates"), 4);  // the first receipts of 1 and 2 stay the only ones
}

// ------------------------------------------------------------------------------------------- churn

FaultSpec churn(NodeSelector nodes, Distribution session, Distribution downtime, Duration at = {},
                Duration until = kNever - SimTime{}) {
  return fault(network::Churn{.session = session, .downtime = downtime}, std::move(nodes), at, until);
}

// Constant sessions of 10 s and downtimes of 5 s: restarts of a node come every 15 s, the first after a residual
// session, uniform in (0, 10), and 5 s of downtime.
TEST(Churn, StartsWithAResidualSession) {
  ProbeNet net(400);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.duration = SimTime{} + seconds(100);
  net.spec.faults = {churn({}, Distribution::constant(10e9), Distribution::constant(5e9))};
  net.run();
  std::vector<std::vector<double>> restarts(400);
  for (const auto& call : net.log.restarts) restarts[call.node].push_back(to_seconds(call.time));
  double sum = 0;
  for (const auto& times : restarts) {
    ASSERT_GE(times.size(), 6u);
    EXPECT_GT(times[0], 5);
    EXPECT_LE(times[0], 15);
    sum += times[0] - 5;
    for (std::size_t i = 1; i < times.size(); ++i) EXPECT_NEAR(times[i] - times[i - 1], 15, 1e-6);
  }
  EXPECT_NEAR(sum / 400, 5, 3.89 * 2.887 / 20);  // uniform: SD 10 / sqrt(12)
  EXPECT_EQ(net.log.starts.size(), 400u);        // everybody up at the start
  EXPECT_EQ(std::get<2>(report(net.result)), 400u);
}

// Exponential sessions (20 s) and downtimes (5 s) over 1000 s and 100 nodes: about 100 x 1000 / 25 = 4000 restarts; the
// number of cycles of a renewal process in T has SD sqrt(T x var / mean^3), var = 20^2 + 5^2: sqrt(1000 x 425 / 15,625)
// = 5.2 a node, 52 for 100; half a cycle a node of bias is allowed for the start.
TEST(Churn, HasTheMeanSessionAndDowntime) {
  ProbeNet net(100);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.faults = {churn({}, Distribution::exponential(20e9), Distribution::exponential(5e9))};
  net.spec.output.series = seconds(1);
  net.run();
  EXPECT_NEAR(static_cast<double>(net.log.restarts.size()), 4000, 3.89 * 52 + 50);
  // Live nodes: 100 at the start, 80 on average once the start is forgotten (after some multiples of 4 s).
  double live = 0;
  for (std::size_t i = 50; i < net.result.series.size(); ++i) live += net.result.series[i].values[0];
  // 950 samples, correlated over 4 s: about 119 independent ones of SD 4: SD of the mean about 0.37.
  EXPECT_NEAR(live / static_cast<double>(net.result.series.size() - 50), 80, 3.89 * 0.37);
  EXPECT_EQ(net.result.series[0].values[0], 100);
}

TEST(Churn, EndsWithEverybodyUp) {
  ProbeNet net(50);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.duration = SimTime{} + seconds(300);
  net.spec.faults = {
      churn({}, Distribution::exponential(10e9), Distribution::constant(1000e9), seconds(20), seconds(200))};
  net.spec.output.series = seconds(1);
  net.run();
  EXPECT_EQ(net.result.series[19].values[0], 50);
  EXPECT_EQ(net.result.series[199].values[0], 0);  // nobody gets through 180 s of sessions of 10 s
  EXPECT_EQ(net.result.series[200].values[0], 50);
  EXPECT_EQ(net.result.series[300].values[0], 50);
  for (const auto& call : net.log.restarts) EXPECT_EQ(call.time, SimTime{} + seconds(200));
}

TEST(Churn, CanKeepState) {
  ProbeNet net(10);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.duration = SimTime{} + seconds(100);
  net.spec.faults = {churn(ids({3}), Distribution::constant(10e9), Distribution::constant(1e9))};
  std::get<network::Churn>(net.spec.faults[0].kind).lose_state = false;
  net.run();
  ASSERT_GE(net.log.restarts.size(), 8u);
  for (const auto& call : net.log.restarts) {
    EXPECT_TRUE(call.kept_state);
    EXPECT_EQ(call.node, 3u);
  }
}

// ------------------------------------------------------------------------------------------- joins

TEST(Joins, ANodeIsDownUntilItJoins) {
  ProbeNet net(3);
  network::GroupSpec late;
  late.by = SelectBy::kIds;
  late.ids = {1, 2};
  late.joins = true;
  late.joins_from = SimTime{} + seconds(1);
  late.joins_to = SimTime{} + seconds(3);
  net.spec.network.groups = {late};
  net.spec.output.series = seconds(1);
  net.spec.duration = SimTime{} + seconds(10);
  const Tag early = net.send({}, 0, {1}, 10), then = net.send(seconds(3), 0, {1, 2}, 10);
  net.run();
  EXPECT_FALSE(net.arrived(early));
  EXPECT_EQ(net.receipts(then), 2u);
  ASSERT_EQ(net.log.starts.size(), 3u);
  EXPECT_EQ(net.log.starts[1].time, SimTime{} + seconds(1));
  EXPECT_EQ(net.log.starts[2].time, SimTime{} + seconds(3));
  EXPECT_THAT(net.log.restarts, IsEmpty());
  std::vector<double> live;
  for (int i = 0; i < 5; ++i) live.push_back(net.result.series[static_cast<std::size_t>(i)].values[0]);
  EXPECT_THAT(live, ElementsAre(1, 2, 2, 3, 3));
}

TEST(Joins, CoverageIsOfTheNodesThatAreUpAtTheEnd) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  network::GroupSpec late;
  late.by = SelectBy::kIds;
  late.ids = {2};
  late.joins = true;
  late.joins_from = late.joins_to = SimTime{} + seconds(5);
  spec.network.groups = {late};
  spec.duration = SimTime{} + seconds(4);
  spec.until = simulation::Until::kDuration;
  EXPECT_EQ(metric(run(spec), "coverage_mean"), 1);  // of two
  spec.duration = SimTime{} + seconds(6);
  EXPECT_NEAR(metric(run(spec), "coverage_mean"), 2.0 / 3, 1e-12);
}

// ----------------------------------------------------------------------- loss bursts, spikes, drops

// Two bursts in force are two independent draws on top of the base loss: 1 - 0.9 x 0.8 x 0.7 = 0.496. 10,000 messages:
// SD 50; each burst gets what reached it: 0.1 base, then 0.9 x 0.2, then 0.72 x 0.3.
TEST(LossBurst, EachIsOneMoreIndependentDraw) {
  ProbeNet net(2);
  net.spec.network.loss = {network::LossSpec::Kind::kIndependent, 0.1, {}, {}, 0, 1};
  net.spec.faults = {fault(network::LossBurst{.loss = 0.2}, {}, {}), fault(network::LossBurst{.loss = 0.3}, {}, {})};
  for (int i = 0; i < 10'000; ++i) net.send(milliseconds(i), 0, {1}, 10);
  net.run();
  EXPECT_NEAR(net.metric("messages_lost"), 4960, 3.89 * 50);
  EXPECT_NEAR(static_cast<double>(net.result.faults[0].dropped), 1800, 3.89 * 38.5);
  EXPECT_NEAR(static_cast<double>(net.result.faults[1].dropped), 2160, 3.89 * 41.2);
  EXPECT_EQ(static_cast<double>(net.dropped("loss")), net.metric("messages_lost"));
}

// In force in [1, 2) s, judged when the transmission starts: a second transfer that waits for the uplink starts in it.
TEST(LossBurst, IsJudgedWhenTheTransmissionStarts) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.faults = {fault(network::LossBurst{.loss = 1}, ids({1}), seconds(1), seconds(2))};
  const Tag before = net.send({}, 0, {1}, kMB);        // starts at 0, arrives at 1.05
  const Tag queued = net.send({}, 0, {1}, kMB);        // starts at 1
  const Tag other = net.send(seconds(1), 2, {0}, 10);  // between nodes that it does not touch
  const Tag from_it = net.send(milliseconds(1500), 1, {2}, 10);
  const Tag after = net.send({}, 0, {1}, kMB);  // starts at 2
  net.run();
  EXPECT_TRUE(net.arrived(before));
  EXPECT_FALSE(net.arrived(queued));
  EXPECT_TRUE(net.arrived(other));
  EXPECT_FALSE(net.arrived(from_it));
  EXPECT_TRUE(net.arrived(after));
  EXPECT_EQ(std::get<0>(report(net.result)), 2u);
}

TEST(LatencySpike, MultipliesAndAddsWhatStartsDuringIt) {
  ProbeNet net(3);
  net.spec.faults = {
      fault(network::LatencySpike{.factor = 3, .add = milliseconds(7)}, ids({1}), seconds(1), seconds(2))};
  const Tag before = net.send(seconds(1) - nanoseconds(1), 0, {1}, 10), at = net.send(seconds(1), 0, {1}, 10);
  const Tag from_it = net.send(milliseconds(1500), 1, {2}, 10), other = net.send(milliseconds(1500), 0, {2}, 10);
  const Tag after = net.send(seconds(2), 0, {1}, 10);
  net.run();
  EXPECT_EQ(net.arrival(before), milliseconds(1050) - nanoseconds(1));
  EXPECT_EQ(net.arrival(at), milliseconds(1000 + 157));
  EXPECT_EQ(net.arrival(from_it), milliseconds(1500 + 157));
  EXPECT_EQ(net.arrival(other), milliseconds(1550));
  EXPECT_EQ(net.arrival(after), milliseconds(2050));
  EXPECT_EQ(report(net.result), std::tuple(0u, 2u, 1u));
}

// 8 Mbit/s become 2 in [1, 2) s: a transfer that starts before keeps its rate, one that starts inside keeps the lower
// one.
TEST(BandwidthDrop, HoldsForTransmissionsThatStartDuringIt) {
  for (const auto contention : {network::Contention::kUplink, network::Contention::kBoth}) {
    ProbeNet net(2);
    net.spec.network.contention = contention;
    net.spec.network.uplink_bit_per_s = 8 * kMbit;
    net.spec.faults = {fault(network::BandwidthDrop{.factor = 0.25}, ids({0}), seconds(1), seconds(2))};
    const Tag before = net.send(milliseconds(500), 0, {1}, kMB), inside = net.send(milliseconds(1500), 0, {1}, kMB);
    const Tag after = net.send(milliseconds(1600), 0, {1}, kMB);
    net.run();
    EXPECT_EQ(net.arrival(before), milliseconds(1550));
    EXPECT_EQ(net.arrival(inside), milliseconds(1500 + 4000 + 50));
    EXPECT_EQ(net.arrival(after), milliseconds(5500 + 1000 + 50));
    EXPECT_EQ(report(net.result), std::tuple(0u, 1u, 1u));
  }
}

TEST(BandwidthDrop, SlowsTheDownlinkToo) {
  for (const auto contention : {network::Contention::kUplink, network::Contention::kBoth}) {
    ProbeNet net(2);
    net.spec.network.contention = contention;
    net.spec.network.downlink_bit_per_s = 8 * kMbit;
    net.spec.faults = {fault(network::BandwidthDrop{.factor = 0.25}, ids({1}), seconds(1), seconds(2))};
    const Tag inside = net.send(milliseconds(1500), 0, {1}, kMB), after = net.send(seconds(10), 0, {1}, kMB);
    net.run();
    EXPECT_EQ(net.arrival(inside), milliseconds(5550));
    EXPECT_EQ(net.arrival(after), milliseconds(11'050));
  }
}

// A drop that hits both ends of a transfer delays one message, not two.
TEST(BandwidthDrop, ReportsAMessageOnce) {
  ProbeNet net(2);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.network.downlink_bit_per_s = 8 * kMbit;
  net.spec.faults = {fault(network::BandwidthDrop{.factor = 0.5}, {}, {})};
  const Tag a = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(2050));
  EXPECT_EQ(std::get<1>(report(net.result)), 1u);
}

TEST(BandwidthDrop, LeavesUnlimitedBandwidthUnlimited) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::BandwidthDrop{.factor = 0.5}, {}, {})};
  const Tag a = net.send({}, 0, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(a), milliseconds(50));
  EXPECT_TRUE(net.result.faults[0].touched_nothing());
}

// ------------------------------------------------------------------------------------- silent, slow

// The ring 0-1-2-3 with 1 silent: 0's item comes round the other way, and 1 does not pass on what it hears, but
// publishes its own item to both sides.
TEST(Silent, SendsOnlyWhatTheNodeItselfPublished) {
  auto spec = basic_spec("flood", TopologyKind::kRing, 4);
  spec.workloads.push_back(burst(1, 1));
  spec.workloads[1].at = SimTime{} + seconds(1);
  spec.faults = {fault(network::Silent{}, ids({1}), {})};
  spec.output.ledger = true;
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "coverage_mean"), 1);
  for (const auto& row : result.ledger) EXPECT_FALSE(row.item == 0 && row.from == 1);
  // Of item 0 node 1 keeps back one copy; item 1 it sends to both peers.
  EXPECT_EQ(report(result), std::tuple(1u, 0u, 1u));
  EXPECT_EQ(metric(result, "messages_sent"), 4 + 5);  // 2|E| - (N-1) = 5, less the one kept back
}

TEST(Silent, EndsWithItsTime) {
  auto spec = basic_spec("flood", TopologyKind::kLine, 3);
  spec.faults = {fault(network::Silent{}, ids({1}), {}, milliseconds(10))};  // the item reaches 1 at 10 ms
  EXPECT_EQ(metric(run(spec), "coverage_mean"), 1);
  spec.faults[0].until.ns += 1;
  spec.until = simulation::Until::kQuiet;
  EXPECT_NEAR(metric(run(spec), "coverage_mean"), 2.0 / 3, 1e-12);
}

TEST(Slow, WaitsBeforeEverySend) {
  ProbeNet net(3);
  net.spec.network.uplink_bit_per_s = 8 * kMbit;
  net.spec.faults = {fault(network::Slow{.delay = milliseconds(300)}, ids({0}), seconds(1), seconds(2))};
  const Tag before = net.send({}, 0, {1}, 1), inside = net.send(seconds(1), 0, {1}, kMB),
            other = net.send(seconds(1), 2, {1}, kMB);
  net.run();
  EXPECT_EQ(net.arrival(before), milliseconds(50) + microseconds(1));
  EXPECT_EQ(net.arrival(inside), milliseconds(1000 + 300 + 1000 + 50));
  EXPECT_EQ(net.arrival(other), milliseconds(2050));
  EXPECT_EQ(report(net.result), std::tuple(0u, 1u, 1u));
}

// Unlimited bandwidth: nothing waits for the wire, whatever the sender waits for.
TEST(Slow, IsNoQueueing) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Slow{.delay = milliseconds(300)}, ids({0}), {})};
  const Tag message = net.send(seconds(1), 0, {1}, 1000);
  net.run();
  EXPECT_EQ(net.arrival(message), milliseconds(1350));
  EXPECT_EQ(net.metric("queue_delay_mean_s"), 0);
  EXPECT_EQ(net.metric("queue_delay_p99_s"), 0);
}

// Two chosen nodes of five, 0 and 1; 0 sends to 2 and 3 sends to 4. So every kind has two nodes and hits 0 alone, but
// for those that take nodes down, which hit both.
TEST(Faults, CountTheNodesChosenAndThoseHitAlikeForEveryKind) {
  for (network::FaultKind kind : network::fault_kinds()) {
    if (auto* burst = std::get_if<network::LossBurst>(&kind)) burst->loss = 1;
    if (auto* spike = std::get_if<network::LatencySpike>(&kind)) spike->factor = 2;
    if (auto* drop = std::get_if<network::BandwidthDrop>(&kind)) drop->factor = 0.5;
    if (auto* slow = std::get_if<network::Slow>(&kind)) slow->delay = milliseconds(1);
    if (auto* churn = std::get_if<network::Churn>(&kind)) churn->session = Distribution::constant(1e9);
    ProbeNet net(5);
    net.spec.network.uplink_bit_per_s = kMbit;
    net.spec.faults = {fault(kind, ids({0, 1}), {})};
    net.send({}, 0, {2}, 10);
    net.send({}, 3, {4}, 10);
    net.run();
    EXPECT_EQ(net.result.faults[0].nodes, 2u) << network::fault_kind_name(kind);
    EXPECT_EQ(net.result.faults[0].nodes_hit, network::takes_down(kind) ? 2u : 1u) << network::fault_kind_name(kind);
  }
}

// Both ends of the only message are chosen, by every kind that hits messages: both are hit.
TEST(Faults, HitEachChosenEndOfAMessage) {
  for (const network::FaultKind& kind :
       {network::FaultKind(network::LossBurst{.loss = 1}), network::FaultKind(network::LatencySpike{.factor = 2})}) {
    ProbeNet net(3);
    net.spec.faults = {fault(kind, {}, {})};
    net.send({}, 0, {1}, 10);
    net.run();
    EXPECT_EQ(net.result.faults[0].nodes, 3u);
    EXPECT_EQ(net.result.faults[0].nodes_hit, 2u) << network::fault_kind_name(kind);
  }
}

TEST(Faults, ThatTouchNothingSaySo) {
  ProbeNet net(2);
  net.spec.faults = {fault(network::Partition{}, ids({0}), seconds(500), seconds(600))};
  net.send({}, 0, {1}, 10);
  net.run();
  EXPECT_TRUE(net.result.faults[0].touched_nothing());
  EXPECT_EQ(net.result.faults[0].kind, "partition");
}

}  // namespace
}  // namespace hearsay::faults_test
