// Membership through whole runs: when peers come and go, what the protocol is told, and what it costs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocols/flood.hpp"
#include "sim/simulation/payloads.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using hearsay::testing::basic_spec;
using hearsay::testing::burst;
using hearsay::testing::metric;
using hearsay::testing::Probe;
using hearsay::testing::ProbeNet;
using hearsay::testing::run;
using membership::Kind;
using membership::MembershipSpec;
using network::FaultSpec;
using network::SelectBy;
using network::TopologyKind;
using ::testing::Contains;
using ::testing::IsSupersetOf;
using ::testing::Not;

// A message of the membership's must not make every message of a flood longer than a cache line.
static_assert(sizeof(simulation::Payload<protocols::Flood::Message>) == 64);

MembershipSpec registry(Duration delay = milliseconds(100)) {
  MembershipSpec spec;
  spec.kind = Kind::kRegistry;
  spec.registry_delay = delay;
  return spec;
}

MembershipSpec exchange() {
  MembershipSpec spec;
  spec.kind = Kind::kExchange;
  spec.active = 6;
  spec.ping_interval = seconds(2);
  spec.ping_timeout = milliseconds(500);
  spec.suspect_after = 3;
  spec.list_size = 8;
  spec.rotate_interval = seconds(10);
  return spec;
}

FaultSpec crash(std::vector<std::uint32_t> ids, Duration at, Duration until = kNever - SimTime{}) {
  FaultSpec f;
  f.kind = network::Crash{};
  f.nodes.by = SelectBy::kIds;
  f.nodes.ids = std::move(ids);
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

FaultSpec halves(Duration at, Duration until) {
  FaultSpec f;
  f.kind = network::Partition{};
  f.nodes.by = SelectBy::kShare;
  f.nodes.share = 0.5;
  f.at = SimTime{} + at;
  f.until = SimTime{} + until;
  return f;
}

network::GroupSpec joiners(std::vector<std::uint32_t> ids, Duration from, Duration to) {
  network::GroupSpec group;
  group.name = "late";
  group.by = SelectBy::kIds;
  group.ids = std::move(ids);
  group.joins = true;
  group.joins_from = SimTime{} + from;
  group.joins_to = SimTime{} + to;
  return group;
}

/// Items at random nodes, one every `interval` from `start` to `stop`.
workload::WorkloadSpec every(Duration interval, Duration start, Duration stop) {
  workload::WorkloadSpec w = burst(1, std::nullopt);
  w.arrivals = workload::Arrivals::kInterval;
  w.gap_ns = Distribution::constant(static_cast<double>(interval.ns));
  w.start = SimTime{} + start;
  w.stop = SimTime{} + stop;
  return w;
}

std::map<std::string, metrics::NamedCount> by_kind(const metrics::RunResult& result) {
  std::map<std::string, metrics::NamedCount> counts;
  for (const auto& kind : result.messages_by_kind) counts[kind.name] = kind;
  return counts;
}

std::vector<double> column(const metrics::RunResult& result, const std::string& name) {
  const auto found = std::find(result.series_columns.begin(), result.series_columns.end(), name);
  EXPECT_NE(found, result.series_columns.end()) << name;
  std::vector<double> values;
  for (const auto& sample : result.series)
    values.push_back(sample.values.at(static_cast<std::size_t>(found - result.series_columns.begin())));
  return values;
}

bool has_metric(const metrics::RunResult& result, const std::string& name) {
  return std::any_of(result.metrics.begin(), result.metrics.end(), [&](const auto& m) { return m.first == name; });
}

/// Flood on 100 nodes of degree 6, ten to a hundred ms apart.
simulation::RunSpec hundred(Duration duration) {
  auto spec = basic_spec("flood", TopologyKind::kRandomRegular, 100);
  spec.topology.degree = 6;
  spec.network.latency = testing::latency(Distribution::uniform(10e6, 100e6));
  spec.membership = exchange();
  spec.duration = SimTime{} + duration;
  spec.until = simulation::Until::kDuration;
  spec.workloads = {every(seconds(1), seconds(0), duration - seconds(5))};
  spec.output.series = seconds(1);
  return spec;
}

// ---------------------------------------------------------------------------------------- registry

TEST(RegistryRun, MakesAFullMeshOnceTheAnswersAreThere) {
  ProbeNet net(5);
  net.spec.topology.kind = TopologyKind::kNone;
  net.spec.membership = registry();
  net.run();
  std::set<std::pair<unsigned, unsigned>> ends;
  for (const auto& call : net.log.peers_up) {
    EXPECT_EQ(call.time, SimTime{} + milliseconds(100) + nanoseconds(1));
    EXPECT_TRUE(ends.emplace(call.node, call.peer).second) << "told twice";
  }
  EXPECT_EQ(ends.size(), 20u);
  EXPECT_EQ(net.metric("view_size_p50"), 4);
  EXPECT_EQ(by_kind(net.result)["connect"].count, 20u);
  EXPECT_EQ(by_kind(net.result)["connect"].bytes, 20u * 16);
}

TEST(RegistryRun, ALateNodeConnectsAtOnceAndTheOthersOneLatencyLater) {
  ProbeNet net(4);
  net.spec.topology.kind = TopologyKind::kNone;
  net.spec.membership = registry();
  net.spec.network.groups = {joiners({3}, seconds(7), seconds(7))};
  net.run();
  const SimTime learned = SimTime{} + seconds(7) + milliseconds(100);
  for (const auto& call : net.log.peers_up) {
    if (call.node == 3) {
      EXPECT_EQ(call.time, learned + nanoseconds(1));
    }
    if (call.peer == 3) {
      EXPECT_EQ(call.time, learned + milliseconds(50) + nanoseconds(1));
    }
  }
  EXPECT_EQ(net.log.peers_up.size(), 12u);
  // The answer, and the way of its connects: then all others know it.
  EXPECT_DOUBLE_EQ(net.metric("join_known_s"), 0.150);
}

TEST(RegistryRun, WhoWentDownIsLetGoWithItsEntry) {
  ProbeNet net(4);
  net.spec.topology.kind = TopologyKind::kNone;
  net.spec.membership = registry();
  net.spec.membership.refresh = seconds(10);
  net.spec.membership.expire_after = seconds(25);
  net.spec.faults = {crash({2}, seconds(12))};
  net.spec.duration = SimTime{} + seconds(60);
  net.run();
  // Renewed at 10 s for the last time, gone at 35 s; the lists of 40.1 s are the first without it.
  EXPECT_EQ(net.log.peers_down.size(), 3u);
  for (const auto& call : net.log.peers_down) {
    EXPECT_EQ(call.peer, 2u);
    EXPECT_EQ(call.time, SimTime{} + seconds(40) + milliseconds(100) + nanoseconds(1));
  }
  EXPECT_EQ(net.metric("view_size_p50"), 2);
  EXPECT_EQ(net.metric("stale_view_share"), 0);
}

TEST(RegistryRun, AFloodInTheMeshCostsWhatTheGraphSays) {
  // 2|E| - (N - 1) = (N - 1)^2 copies with exclude = sender (EX-01 on the complete graph).
  auto spec = basic_spec("flood", TopologyKind::kNone, 12);
  spec.membership = registry();
  spec.workloads = {every(seconds(1), seconds(1), seconds(11))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "items_published"), 10);
  EXPECT_EQ(by_kind(result).at("item").count, 10u * 11 * 11);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_EQ(metric(result, "hops_max"), 1);
}

TEST(RegistryRun, AReliableConnectionThatBrokeComesBackWhenItIsMended) {
  ProbeNet net(2);
  net.spec.topology.kind = TopologyKind::kNone;
  net.spec.membership = registry();
  net.spec.network.transport = network::Transport::kReliable;
  net.spec.network.max_retries = 1;
  net.spec.faults = {halves(seconds(5), seconds(20))};
  const auto lost = net.send(seconds(6), 0, {1}, 100);
  const auto late = net.send(seconds(60), 0, {1}, 100);
  net.run();
  EXPECT_FALSE(net.arrived(lost));
  EXPECT_TRUE(net.arrived(late));
  EXPECT_EQ(net.log.peers_down.size(), 2u);
  EXPECT_EQ(net.log.peers_up.size(), 4u);
}

// ---------------------------------------------------------------------------------------- exchange

TEST(ExchangeRun, ACrashedNodeIsDroppedInTimeAndReplaced) {
  ProbeNet net(30);
  net.spec.topology.kind = TopologyKind::kRandomRegular;
  net.spec.topology.degree = 6;
  net.spec.membership = exchange();
  net.spec.membership.rotate_interval = {};  // so that every change below is due to the crash
  net.spec.membership.expire_after = seconds(50);
  net.spec.faults = {crash({7}, seconds(100))};
  net.spec.duration = SimTime{} + seconds(200);
  net.run();
  // Its last pong may have been asked for just before: suspect_after pings from the next round on, and the timeout.
  const SimTime last = SimTime{} + seconds(100) + seconds(2) * 3 + milliseconds(500) + nanoseconds(1);
  std::set<unsigned> told;
  for (const auto& call : net.log.peers_down) {
    if (call.time < SimTime{} + seconds(100)) continue;
    EXPECT_EQ(call.peer, 7u);
    EXPECT_LE(call.time, last);
    told.insert(call.node);
  }
  EXPECT_GE(told.size(), 6u);
  // Each that had no more than it wants has another in its place, at the same instant.
  std::map<unsigned, int> degree;
  for (const auto& call : net.log.peers_up) ++degree[call.node];
  for (const auto& call : net.log.peers_down) --degree[call.node];
  for (const unsigned node : told) EXPECT_GE(6 + degree[node], 6) << node;
  EXPECT_EQ(net.metric("stale_view_share"), 0);
}

TEST(ExchangeRun, AJoinerBecomesKnownAndGetsTheItemsThatFollow) {
  auto spec = hundred(seconds(120));
  spec.network.groups = {joiners({11, 42, 77}, seconds(20), seconds(30))};
  spec.workloads = {every(seconds(1), seconds(60), seconds(110))};
  const auto result = run(spec);
  EXPECT_GT(metric(result, "join_known_s"), 0);
  // Each node's lists renew 6 x 8 of 100 entries in each 2 s: known to n nodes after about (100 / 48) ln n rounds.
  EXPECT_LT(metric(result, "join_known_s"), 2 * 2 * 100.0 / 48 * std::log(50));
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

TEST(ExchangeRun, OnlyNodesThatJoinCountAsJoiners) {
  EXPECT_TRUE(std::isnan(metric(run(hundred(seconds(20))), "join_known_s")));
}

TEST(ExchangeRun, ViewsMendAfterAPartitionLongerThanAnyMemory) {
  auto spec = hundred(seconds(300));
  spec.membership.expire_after = seconds(40);
  spec.faults = {halves(seconds(60), seconds(180))};
  spec.workloads = {every(seconds(1), seconds(220), seconds(290))};
  const auto result = run(spec);
  const auto size = column(result, "view_size_mean");
  EXPECT_GT(size.at(59), 90);
  EXPECT_LT(size.at(175), 51);  // nothing but the own half
  EXPECT_GT(size.at(230), 90);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

TEST(ExchangeRun, HalvesFindEachOtherWithoutRotationToo) {
  auto spec = hundred(seconds(300));
  spec.membership.expire_after = seconds(40);
  spec.membership.rotate_interval = {};
  spec.faults = {halves(seconds(60), seconds(180))};
  spec.workloads = {every(seconds(1), seconds(220), seconds(290))};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

TEST(ExchangeRun, ViewsStayWithinTheirCapacity) {
  auto spec = hundred(seconds(120));
  spec.membership.view_capacity = 12;
  const auto result = run(spec);
  for (const double size : column(result, "view_size_mean")) EXPECT_LE(size, 12);
  EXPECT_EQ(metric(result, "view_size_p50"), 12);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
}

FaultSpec churn() {
  FaultSpec f;
  f.kind = network::Churn{.session = Distribution::exponential(60e9), .downtime = Distribution::exponential(10e9)};
  f.at = SimTime{} + seconds(10);
  return f;
}

TEST(ExchangeRun, KeepsNodesConnectedUnderChurnAndLoss) {
  auto spec = hundred(seconds(200));
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.02;
  spec.faults = {churn()};
  const auto with = run(spec);
  // Views know who is there: down is a share of 10 / 70 of the time, and what is known of them is old at the most
  // expire_after = 100 s. So more than a random node's share is hardly stale.
  EXPECT_LT(metric(with, "stale_view_share"), 0.25);
  EXPECT_GT(metric(with, "view_size_p50"), 50);
  const auto kinds = by_kind(with);
  EXPECT_GT(kinds.at("disconnect").count, 0u);
  EXPECT_EQ(kinds.at("ping").bytes, kinds.at("ping").count * 16);
}

TEST(ExchangeRun, ASilentNodeIsDropped) {
  ProbeNet net(12);
  net.spec.membership = exchange();
  net.spec.membership.active = 11;
  net.spec.duration = SimTime{} + seconds(60);
  FaultSpec silent = crash({4}, seconds(20));
  silent.kind = network::Silent{};
  net.spec.faults = {silent};
  net.run();
  std::set<unsigned> told;
  for (const auto& call : net.log.peers_down)
    if (call.peer == 4) told.insert(call.node);
  EXPECT_EQ(told.size(), 11u);
}

TEST(ExchangeRun, ARestartedNodeFindsPeersAgain) {
  ProbeNet net(12);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.membership = exchange();
  net.spec.membership.active = 3;
  net.spec.duration = SimTime{} + seconds(100);
  net.spec.faults = {crash({5}, seconds(40), seconds(60))};
  net.run();
  const SimTime again = SimTime{} + seconds(60);
  std::set<unsigned> peers;
  for (const auto& call : net.log.peers_up)
    if (call.node == 5 && call.time == again + nanoseconds(1)) peers.insert(call.peer);
  EXPECT_THAT(peers, IsSupersetOf({4u, 6u}));  // it has lost its view: the bootstrap
}

TEST(ExchangeRun, WorksOverAReliableTransport) {
  auto spec = hundred(seconds(150));
  spec.network.transport = network::Transport::kReliable;
  spec.network.max_retries = 2;
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = 0.05;
  spec.faults = {halves(seconds(30), seconds(60))};
  spec.workloads = {every(seconds(1), seconds(100), seconds(130))};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

// ------------------------------------------------------------------------------------------- runs

TEST(MembershipRun, IsTheSameTwiceAndUnderATrace) {
  struct Count : simulation::TraceSink {
    std::map<std::string, int> events, kinds;
    void record(const simulation::TraceRecord& r) override {
      ++events[std::string(simulation::trace_event_name(r.event))];
      if (r.event == simulation::TraceEvent::kReceive) ++kinds[std::string(r.message_kind)];
    }
  };
  auto spec = hundred(seconds(60));
  spec.faults = {churn(), halves(seconds(30), seconds(40))};
  const auto once = run(spec), twice = run(spec);
  EXPECT_EQ(once.digest, twice.digest);
  Count sink;
  simulation::RunOptions options;
  options.trace = &sink;
  const auto traced = simulation::run(spec, options);
  EXPECT_EQ(traced.digest, once.digest);
  EXPECT_EQ(traced.metrics, once.metrics);
  for (const char* kind : {"item", "ping", "pong", "connect", "disconnect"}) EXPECT_GT(sink.kinds[kind], 0) << kind;
  for (const char* event : {"peer-up", "peer-down", "timer"}) EXPECT_GT(sink.events[event], 0) << event;
}

TEST(MembershipRun, AnotherSeedIsAnotherRun) {
  auto spec = hundred(seconds(30));
  EXPECT_NE(run(spec, 0).digest, run(spec, 1).digest);
}

TEST(MembershipRun, EndsWhenAllIsCoveredThoughPingsGoOn) {
  auto spec = hundred(seconds(600));
  spec.workloads = {burst(3, std::nullopt)};
  for (const auto until : {simulation::Until::kCovered, simulation::Until::kQuiet}) {
    spec.until = until;
    const auto result = run(spec);
    EXPECT_LT(result.simulated_s, 2);
    EXPECT_EQ(metric(result, "coverage_min"), 1);
  }
}

TEST(MembershipRun, AStaticRunHasNothingOfIt) {
  auto spec = hundred(seconds(20));
  spec.membership = {};
  const auto result = run(spec);
  EXPECT_EQ(result.messages_by_kind.size(), 1u);
  EXPECT_THAT(result.series_columns, Not(Contains("view_size_mean")));
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_FALSE(has_metric(result, name)) << name;
  spec.membership = exchange();
  const auto with = run(spec);
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_TRUE(has_metric(with, name)) << name;
  EXPECT_THAT(with.series_columns, Contains("stale_view_share"));
}

TEST(MembershipRun, ExtraLatencyByKindAppliesToItsMessages) {
  ProbeNet net(2);
  net.spec.topology.kind = TopologyKind::kNone;
  net.spec.membership = registry();
  net.spec.network.groups = {joiners({1}, seconds(7), seconds(7))};
  net.spec.network.latency_by_kind = {{"connect", milliseconds(30)}};
  net.run();
  std::vector<SimTime> at_0;
  for (const auto& call : net.log.peers_up)
    if (call.node == 0) at_0.push_back(call.time);
  EXPECT_THAT(at_0, ::testing::ElementsAre(SimTime{} + seconds(7) + milliseconds(180) + nanoseconds(1)));
}

}  // namespace
}  // namespace hearsay
