// Membership through whole runs: when peers come and go, what the protocol is told, and what it costs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "protocols/flood.hpp"
#include "sim/membership/exchange.hpp"
#include "sim/membership/hyparview.hpp"
#include "sim/membership/registry.hpp"
#include "sim/simulation/payloads.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::membership_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::membership_params;
using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::run;
using hearsay::test::set_membership;
using membership::Exchange;
using membership::Hyparview;
using membership::Registry;
using network::FaultSpec;
using network::SelectBy;
using network::TopologyKind;
using ::testing::Contains;
using ::testing::Not;

// A message of the membership's must not make every message of a flood longer than a cache line.
static_assert(sizeof(simulation::Payload<protocols::Flood::Message>) == 64);

Registry::Params registry(Duration delay = milliseconds(100)) {
  Registry::Params p;
  p.registry_delay = delay;
  return p;
}

Exchange::Params exchange() {
  Exchange::Params p;
  p.active = 6;
  p.ping_interval = seconds(2);
  p.ping_timeout = milliseconds(500);
  p.suspect_after = 3;
  p.list_size = 8;
  p.rotate_interval = seconds(10);
  return p;
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

using Calls = std::vector<Probe::Call>;

/// Those of one node with one peer.
Calls between(const Calls& calls, unsigned node, unsigned peer) {
  Calls found;
  for (const auto& call : calls)
    if (call.node == node && call.peer == peer) found.push_back(call);
  return found;
}
SimTime at(Duration d) { return SimTime{} + d; }

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
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  set_membership<Exchange>(spec, exchange());
  spec.duration = SimTime{} + duration;
  spec.until = simulation::Until::kDuration;
  spec.workloads = {every(seconds(1), seconds(0), duration - seconds(5))};
  spec.output.series = seconds(1);
  return spec;
}

// ---------------------------------------------------------------------------------------- registry

ProbeNet& with_registry(ProbeNet& net, const Registry::Params& params = registry()) {
  net.spec.topology.kind = TopologyKind::kNone;
  set_membership<Registry>(net.spec, params);
  return net;
}

TEST(RegistryRun, MakesAFullMeshOnceTheAnswersAreThere) {
  ProbeNet net(5);
  with_registry(net).run();
  std::set<std::pair<unsigned, unsigned>> ends;
  for (const auto& call : net.log.peers_up) {
    // All ask all others. The request of the lower id makes the connection, which is up there when the yes arrives.
    EXPECT_EQ(call.time, at(milliseconds(call.node > call.peer ? 150 : 200)));
    EXPECT_TRUE(ends.emplace(call.node, call.peer).second) << "told twice";
  }
  EXPECT_EQ(ends.size(), 20u);
  EXPECT_TRUE(net.log.peers_down.empty());
  EXPECT_EQ(net.metric("view_size_p50"), 4);
  EXPECT_EQ(net.metric("messages_sent"), 0);
}

TEST(RegistryRun, ALateNodeAsksWhenItHasTheListAndTheOthersSayYes) {
  ProbeNet net(4);
  with_registry(net).spec.network.groups = {joiners({3}, seconds(7), seconds(7))};
  net.run();
  for (const auto& call : net.log.peers_up) {
    if (call.node == 3) {
      EXPECT_EQ(call.time, at(milliseconds(7'200)));
    }
    if (call.peer == 3) {
      EXPECT_EQ(call.time, at(milliseconds(7'150)));
    }
  }
  EXPECT_EQ(net.log.peers_up.size(), 12u);
  // The answer, and the way of its requests: then all others know it.
  EXPECT_DOUBLE_EQ(net.metric("join_known_s"), 0.150);
}

TEST(RegistryRun, WhoWentDownIsLetGoWithItsEntry) {
  ProbeNet net(4);
  Registry::Params params = registry();
  params.refresh = seconds(10);
  params.expire_after = seconds(25);
  with_registry(net, params).spec.faults = {crash({2}, seconds(12))};
  net.spec.duration = at(seconds(60));
  net.run();
  // Renewed at 10 s for the last time, gone at 35 s; the lists of 40.1 s are the first without it.
  EXPECT_EQ(net.log.peers_down.size(), 3u);
  for (const auto& call : net.log.peers_down) {
    EXPECT_EQ(call.peer, 2u);
    EXPECT_EQ(call.time, at(milliseconds(40'100) + nanoseconds(1)));
  }
  EXPECT_EQ(net.metric("view_size_p50"), 2);
  EXPECT_EQ(net.metric("stale_view_share"), 0);
}

TEST(RegistryRun, AFloodInTheMeshCostsWhatTheGraphSays) {
  // 2|E| - (N - 1) = (N - 1)^2 copies with exclude = sender (EX-01 on the complete graph).
  auto spec = basic_spec("flood", TopologyKind::kNone, 12);
  set_membership<Registry>(spec, registry());
  spec.workloads = {every(seconds(1), seconds(1), seconds(11))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "items_published"), 10);
  EXPECT_EQ(by_kind(result).at("item").count, 10u * 11 * 11);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_EQ(metric(result, "hops_max"), 1);
}

TEST(RegistryRun, AReliableConnectionThatBrokeComesBackWhenItIsMended) {
  ProbeNet net(2);
  with_registry(net).spec.network.transport = network::Transport::kReliable;
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

TEST(RegistryRun, WhoHasAcceptedAsManyAsItsCapRefusesMore) {
  ProbeNet net(4);
  with_registry(net).spec.network.inbound_cap = 2;
  for (unsigned n = 1; n < 4; ++n) {
    net.spec.network.groups.push_back(joiners({n}, seconds(5 * n), seconds(5 * n)));
    net.spec.network.groups.back().name += std::to_string(n);
  }
  net.spec.duration = at(seconds(200));  // 3 asks again every 30 s
  net.run();
  EXPECT_EQ(between(net.log.peers_up, 0, 1).size(), 1u);
  EXPECT_EQ(between(net.log.peers_up, 0, 2).size(), 1u);
  EXPECT_EQ(between(net.log.peers_up, 0, 3).size(), 0u);
  EXPECT_EQ(between(net.log.peers_up, 3, 0).size(), 0u);
  EXPECT_EQ(between(net.log.peers_up, 3, 1).size(), 1u);  // 1 has accepted 2 alone; 0 it has asked itself
  // A protocol that makes no connections hears nothing of those that never were.
  EXPECT_TRUE(net.log.peers_down.empty());
}

// ------------------------------------------------------------------------------------------ static

TEST(StaticRun, ACrashIsSeenAfterTheKeepAliveAndTheNodeComesBackByItself) {
  ProbeNet net(3);
  net.spec.topology.kind = TopologyKind::kLine;
  net.spec.network.keep_alive = seconds(2);
  net.spec.faults = {crash({1}, seconds(10), seconds(20))};
  net.spec.duration = at(seconds(30));
  net.run();
  for (const unsigned end : {0u, 2u}) {
    EXPECT_EQ(between(net.log.peers_down, end, 1), (Calls{{at(seconds(12)), end, 1}}));
    EXPECT_EQ(between(net.log.peers_up, end, 1), (Calls{{at(milliseconds(20'050)), end, 1}}));
    EXPECT_EQ(between(net.log.peers_up, 1, end), (Calls{{at(milliseconds(20'100)), 1, end}}));
  }
  EXPECT_EQ(net.log.peers_down.size(), 2u);
}

TEST(StaticRun, ARestartBeforeAnybodyNoticedShowsAsAnEndAndABeginning) {
  ProbeNet net(2);
  net.spec.network.keep_alive = seconds(5);
  net.spec.faults = {crash({1}, seconds(10), seconds(11))};
  net.spec.duration = at(seconds(60));
  net.run();
  EXPECT_EQ(between(net.log.peers_down, 0, 1), (Calls{{at(milliseconds(11'050)), 0, 1}}));
  EXPECT_EQ(between(net.log.peers_up, 0, 1), (Calls{{at(milliseconds(11'050)), 0, 1}}));
  EXPECT_EQ(net.log.peers_up.size(), 2u);
  EXPECT_EQ(net.log.peers_down.size(), 1u);
}

TEST(StaticRun, APartitionIsSeenIfItOutlastsTheKeepAlive) {
  for (const bool seen : {false, true}) {
    ProbeNet net(2);
    net.spec.network.keep_alive = seconds(5);
    net.spec.network.reconnect_delay = seconds(7);
    net.spec.faults = {halves(seconds(10), seconds(seen ? 16 : 15))};
    net.spec.duration = at(seconds(60));
    net.run();
    EXPECT_EQ(net.log.peers_down.size(), seen ? 2u : 0u);
    for (const auto& call : net.log.peers_down) EXPECT_EQ(call.time, at(seconds(15)));
    // Both ask at 22 s: the request of 0 is the connection.
    EXPECT_EQ(net.log.peers_up.size(), seen ? 2u : 0u);
    for (const auto& call : net.log.peers_up) EXPECT_EQ(call.time, at(milliseconds(call.node == 1 ? 22'050 : 22'100)));
  }
}

TEST(StaticRun, WithoutAnybodyWhoNoticesAConnectionSurvivesACrash) {
  ProbeNet net(2);
  net.spec.faults = {crash({1}, seconds(10), seconds(20))};
  const auto later = net.send(seconds(30), 0, {1}, 100);
  net.run();
  EXPECT_TRUE(net.log.peers_down.empty());
  EXPECT_TRUE(net.log.peers_up.empty());
  EXPECT_TRUE(net.arrived(later));
}

// ---------------------------------------------------------------------------------------- exchange

TEST(ExchangeRun, ACrashedNodeIsDroppedInTimeAndReplaced) {
  ProbeNet net(30);
  net.spec.topology.kind = TopologyKind::kRandomRegular;
  net.spec.topology.degree = 6;
  auto& params = set_membership<Exchange>(net.spec, exchange());
  params.rotate_interval = {};  // so that every change below is due to the crash
  params.expire_after = seconds(50);
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
  // Each that had no more than it wants has another in its place.
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
  membership_params<Exchange>(spec).expire_after = seconds(40);
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
  membership_params<Exchange>(spec).expire_after = seconds(40);
  membership_params<Exchange>(spec).rotate_interval = {};
  spec.faults = {halves(seconds(60), seconds(180))};
  spec.workloads = {every(seconds(1), seconds(220), seconds(290))};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

TEST(ExchangeRun, ViewsStayWithinTheirCapacity) {
  auto spec = hundred(seconds(120));
  membership_params<Exchange>(spec).view_capacity = 12;
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
  EXPECT_EQ(kinds.at("ping").bytes, kinds.at("ping").count * 16);
  EXPECT_GT(kinds.at("pong").count, kinds.at("ping").count / 2);
}

TEST(ExchangeRun, ASilentNodeIsDropped) {
  ProbeNet net(12);
  set_membership<Exchange>(net.spec, exchange()).active = 11;
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
  // Long enough to be dropped by all, and so short that nobody has noticed: its peers learn of it from its requests.
  for (const Duration down : {seconds(20), milliseconds(100)}) {
    ProbeNet net(12);
    net.spec.topology.kind = TopologyKind::kRing;
    auto& params = set_membership<Exchange>(net.spec, exchange());
    params.active = 2;
    params.rotate_interval = {};
    net.spec.duration = at(seconds(100));
    net.spec.faults = {crash({5}, seconds(40), seconds(40) + down)};
    net.run();
    const SimTime again = at(seconds(40) + down);
    for (const unsigned peer : {4u, 6u}) {  // it has lost its view: the bootstrap
      const Calls there = between(net.log.peers_up, peer, 5), here = between(net.log.peers_up, 5, peer);
      ASSERT_EQ(there.size(), 1u);
      ASSERT_EQ(here.size(), 1u);
      EXPECT_EQ(there[0].time, again + milliseconds(50));
      EXPECT_EQ(here[0].time, again + milliseconds(100));
      EXPECT_EQ(between(net.log.peers_down, peer, 5).size(), 1u);
    }
  }
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

// --------------------------------------------------------------------------------------- hyparview

/// The same hundred, with a failure detector.
simulation::RunSpec hyparview_hundred(Duration duration) {
  auto spec = hundred(duration);
  spec.topology.degree = 4;
  spec.network.keep_alive = seconds(1);
  set_membership<Hyparview>(spec).shuffle_interval = seconds(5);
  return spec;
}

TEST(HyparviewRun, RepairsTheOverlayAfterManyHaveCrashed) {
  auto spec = hyparview_hundred(seconds(200));
  FaultSpec many = crash({}, seconds(100));
  many.nodes.by = SelectBy::kCount;
  many.nodes.count = 50;
  spec.faults = {many};
  spec.workloads = {every(seconds(1), seconds(150), seconds(190))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_LT(metric(result, "stale_view_share"), 0.5);  // more than that were dead when it happened: half of all
  // Without anybody who notices, half of the four links of a node are dead for good: some nodes have none left.
  spec.network.keep_alive = {};
  EXPECT_LT(metric(run(spec), "coverage_min"), 1);
}

TEST(HyparviewRun, ItsOwnGaugesAreMetricsAndColumnsOfTheSeries) {
  auto spec = hyparview_hundred(seconds(100));
  spec.output.series = seconds(10);
  const auto result = run(spec);
  const auto column = [&](std::string_view name) {
    const auto& all = result.series_columns;
    return static_cast<std::size_t>(std::find(all.begin(), all.end(), name) - all.begin());
  };
  const std::size_t active = column("active_view"), peers = column("peers"), known = column("view_size_mean");
  ASSERT_LT(active, result.series_columns.size());
  ASSERT_LT(column("passive_view"), result.series_columns.size());
  double passive = 0;
  for (const auto& sample : result.series) {
    EXPECT_DOUBLE_EQ(sample.values.at(active), sample.values.at(peers));  // the active view is the connections
    EXPECT_DOUBLE_EQ(sample.values.at(active) + sample.values.at(column("passive_view")), sample.values.at(known));
    passive += sample.values.at(column("passive_view"));
  }
  EXPECT_DOUBLE_EQ(metric(result, "passive_view_mean"), passive / static_cast<double>(result.series.size()));
  EXPECT_EQ(metric(result, "active_view_max"), 5);
}

TEST(HyparviewRun, ANodeHasNoMorePeersThanItWantsButForANanosecond) {
  constexpr unsigned kNodes = 40, kActive = 5;
  ProbeNet net(kNodes);
  net.spec.topology.kind = TopologyKind::kRing;
  net.spec.network.keep_alive = seconds(1);
  set_membership<Hyparview>(net.spec).shuffle_interval = seconds(5);
  net.spec.network.groups = {joiners({1, 2, 3, 4, 5, 6, 7, 8}, seconds(10), seconds(40))};
  net.spec.faults = {crash({20, 21, 22, 23}, seconds(60), seconds(80))};
  net.spec.duration = at(seconds(200));
  net.run();
  std::vector<int> peers(kNodes);
  const auto there = [](unsigned n) { return n == 0 || n > 8; };
  for (unsigned n = 0; n < kNodes; ++n)
    if (there(n)) peers[n] = there((n + 1) % kNodes) + there((n + kNodes - 1) % kNodes);
  std::map<SimTime, std::vector<std::pair<unsigned, int>>> changes;
  for (const auto& call : net.log.peers_up) changes[call.time].emplace_back(call.node, 1);
  for (const auto& call : net.log.peers_down) changes[call.time].emplace_back(call.node, -1);
  EXPECT_GT(net.log.peers_up.size(), 100u);
  bool crashed = false;
  for (auto at_once = changes.begin(); at_once != changes.end(); ++at_once) {
    if (!crashed && at_once->first >= at(seconds(60))) {
      for (unsigned n = 20; n < 24; ++n) peers[n] = 0;  // nobody tells them
      crashed = true;
    }
    for (const auto& [node, by] : at_once->second) peers[node] += by;
    const auto next = std::next(at_once);
    if (next != changes.end() && next->first <= at_once->first + nanoseconds(1)) continue;
    for (unsigned n = 0; n < kNodes; ++n) EXPECT_LE(peers[n], static_cast<int>(kActive)) << "node " << n;
  }
  for (unsigned n = 0; n < kNodes; ++n) EXPECT_GE(peers[n], 3) << "node " << n;
  EXPECT_EQ(net.metric("stale_view_share"), 0);
}

TEST(HyparviewRun, AJoinerBecomesAPeerAndGetsTheItemsThatFollow) {
  auto spec = hyparview_hundred(seconds(120));
  spec.network.groups = {joiners({11, 42, 77}, seconds(20), seconds(30))};
  spec.workloads = {every(seconds(1), seconds(40), seconds(110))};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  const auto kinds = by_kind(result);
  EXPECT_EQ(kinds.at("joined").count, 3u);
  EXPECT_GE(kinds.at("forward-join").count, 3u);
  EXPECT_EQ(kinds.at("forward-join").bytes, kinds.at("forward-join").count * (16 + 18));
}

TEST(HyparviewRun, TheReliableTransportSeesFailuresToo) {
  auto spec = hyparview_hundred(seconds(200));
  spec.network.keep_alive = {};
  spec.network.transport = network::Transport::kReliable;
  spec.network.max_retries = 2;
  FaultSpec many = crash({}, seconds(50));
  many.nodes.by = SelectBy::kCount;
  many.nodes.count = 30;
  spec.faults = {many};
  // Until then the shuffles find the dead ends: one misses a connection in 14 rounds with probability (4/5)^14 = 4 %.
  spec.workloads = {every(seconds(1), seconds(120), seconds(190))};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

// ----------------------------------------------------------------------------------------- figures

TEST(MembershipFigures, CountTheViewsOfLiveNodesAndWhatIsStaleInThem) {
  const auto figures = [](std::vector<std::uint32_t> down) {
    ProbeNet net(3);
    with_registry(net).spec.faults = {crash(std::move(down), seconds(10))};
    net.spec.output.series = seconds(1);
    net.spec.duration = at(seconds(20));
    net.run();
    const auto sizes = column(net.result, "view_size_mean"), stale = column(net.result, "stale_view_share");
    EXPECT_EQ(sizes.at(0), 0);
    EXPECT_TRUE(std::isnan(stale.at(0)));  // nobody knows anybody
    EXPECT_EQ(sizes.at(5), 2);
    EXPECT_EQ(stale.at(5), 0);
    return std::tuple(net.metric("view_size_p50"), net.metric("stale_view_share"), sizes.at(20), stale.at(20));
  };
  // 0 and 1 know each other, and 2, which is down.
  EXPECT_EQ(figures({2}), std::tuple(2.0, 0.5, 2.0, 0.5));
  EXPECT_EQ(figures({1, 2}), std::tuple(2.0, 1.0, 2.0, 1.0));
  const auto [median, stale, mean, sampled] = figures({0, 1, 2});
  for (const double nothing : {median, stale, mean, sampled}) EXPECT_TRUE(std::isnan(nothing));
}

TEST(MembershipFigures, TheMedianOfAnEvenNumberOfViewsIsBetweenTheTwo) {
  ProbeNet net(4);
  net.spec.topology.kind = TopologyKind::kLine;
  auto& params = set_membership<Exchange>(net.spec, exchange());
  params.active = 1;
  params.ping_interval = seconds(100);
  params.rotate_interval = {};
  net.spec.duration = at(milliseconds(1));
  net.run();
  EXPECT_EQ(net.metric("view_size_p50"), 1.5);  // 1 2 2 1
}

TEST(MembershipFigures, AJoinerIsKnownOnceHalfOfTheOthersThatAreUpKnowIt) {
  const auto known_after = [](std::vector<FaultSpec> faults) {
    ProbeNet net(5);
    with_registry(net).spec.network.groups = {joiners({4}, seconds(10), seconds(10))};
    net.spec.faults = std::move(faults);
    net.spec.duration = at(seconds(20));
    net.run();
    return net.metric("join_known_s");
  };
  EXPECT_DOUBLE_EQ(known_after({}), 0.150);
  // Cut off from 2 and 3: 0 and 1 are half of the four others.
  FaultSpec cut = halves(seconds(5), seconds(15));
  cut.nodes.by = SelectBy::kIds;
  cut.nodes.ids = {2, 3};
  EXPECT_DOUBLE_EQ(known_after({cut}), 0.150);
  // Cut off from three it is known to one, until two of the others have crashed.
  cut.nodes.ids = {1, 2, 3};
  EXPECT_TRUE(std::isnan(known_after({cut})));
  EXPECT_DOUBLE_EQ(known_after({cut, crash({2, 3}, seconds(13))}), 3);
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
  for (const char* kind : {"item", "ping", "pong"}) EXPECT_GT(sink.kinds[kind], 0) << kind;
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
  test::set_static_membership(spec);
  const auto result = run(spec);
  EXPECT_EQ(result.messages_by_kind.size(), 1u);
  EXPECT_THAT(result.series_columns, Not(Contains("view_size_mean")));
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_FALSE(has_metric(result, name)) << name;
  set_membership<Exchange>(spec, exchange());
  const auto with = run(spec);
  for (const char* name : {"view_size_p50", "stale_view_share", "join_known_s"})
    EXPECT_TRUE(has_metric(with, name)) << name;
  EXPECT_THAT(with.series_columns, Contains("stale_view_share"));
}

TEST(MembershipRun, ExtraLatencyByKindAppliesToItsMessages) {
  struct Ways : simulation::TraceSink {
    std::map<std::tuple<std::int64_t, std::int64_t, std::uint32_t>, SimTime> sent;
    std::map<std::string, std::set<std::int64_t>> took_ns;
    void record(const simulation::TraceRecord& r) override {
      if (r.event == simulation::TraceEvent::kSend) sent[{r.node, r.peer, r.sequence}] = r.time;
      if (r.event == simulation::TraceEvent::kReceive)
        took_ns[std::string(r.message_kind)].insert((r.time - sent.at({r.peer, r.node, r.sequence})).ns);
    }
  } ways;
  ProbeNet net(2);
  set_membership<Exchange>(net.spec, exchange()).active = 1;
  net.spec.network.latency_by_kind = {{"pong", milliseconds(30)}};
  net.spec.duration = at(seconds(20));
  net.run(&ways);
  EXPECT_THAT(ways.took_ns["ping"], ::testing::ElementsAre(milliseconds(50).ns));
  EXPECT_THAT(ways.took_ns["pong"], ::testing::ElementsAre(milliseconds(80).ns));
}

}  // namespace
}  // namespace hearsay::membership_test
