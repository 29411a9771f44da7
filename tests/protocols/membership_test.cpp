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
#include "tests/protocols/membership_runs.hpp"
#include "tests/support/probe.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::membership_test {
namespace {

using hearsay::test::at;
using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::by_kind;
using hearsay::test::churn;
using hearsay::test::column;
using hearsay::test::crash;
using hearsay::test::every;
using hearsay::test::exchange;
using hearsay::test::halves;
using hearsay::test::hundred;
using hearsay::test::joiners;
using hearsay::test::membership_params;
using hearsay::test::metric;
using hearsay::test::Probe;
using hearsay::test::ProbeNet;
using hearsay::test::registry;
using hearsay::test::run;
using hearsay::test::set_membership;
using hearsay::test::with_registry;
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

using Calls = std::vector<Probe::Call>;

/// Those of one node with one peer.
Calls between(const Calls& calls, unsigned node, unsigned peer) {
  Calls found;
  for (const auto& call : calls)
    if (call.node == node && call.peer == peer) found.push_back(call);
  return found;
}
// ---------------------------------------------------------------------------------------- registry

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

}  // namespace
}  // namespace hearsay::membership_test
