// What nodes hold: the formulas of the protocols, samples over time, metrics, and the simulator's own memory beside
// them.

#include "sim/protocol/statistics.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "protocols/flood.hpp"
#include "protocols/push_pull.hpp"
#include "protocols/rumor.hpp"
#include "sim/metrics/catalogue.hpp"
#include "sim/simulation/registry.hpp"
#include "tests/protocols/push_pull_script.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::statistics_test {
namespace {

using network::TopologyKind;
using protocols::DigestKind;
using protocols::Flood;
using protocols::GossipScript;
using protocols::in_mode;
using protocols::Mode;
using protocols::PushPull;
using protocols::Rumor;
using test::basic_spec;
using test::burst;
using test::metric;
using test::params;
using test::peers_of_line;
using test::peers_of_star;
using test::run;
using test::Script;
using ::testing::ElementsAre;

/// items_held, ids_seen, state_bytes.
auto is(std::uint64_t held, std::uint64_t seen, std::uint64_t bytes) { return ElementsAre(held, seen, bytes); }

// ------------------------------------------------------------------------------------------ formulas

TEST(Statistics, AFloodHoldsWhatWaitsForItsForwardingDelay) {
  Flood::Params p;
  p.forward_delay = milliseconds(100);
  Script<Flood> s(p, peers_of_line(3));
  s.publish(0, {.bytes = 500});
  EXPECT_THAT(s.gauges(0), is(0, 1, 16 + 16));  // one peer, one id; the publisher sends at once
  s.deliver(0, 1);
  EXPECT_THAT(s.gauges(1), is(1, 1, 2 * 16 + 16 + 500 + 24));
  s.advance(milliseconds(100));
  EXPECT_THAT(s.gauges(1), is(0, 1, 2 * 16 + 16));
}

TEST(Statistics, AFloodThatExcludesWhoeverKnowsMarksThem) {
  Flood::Params p;
  p.forward_delay = milliseconds(100);
  p.exclude = Flood::Exclude::kKnown;
  Script<Flood> s(p, {{1, 2}, {0, 2}, {0, 1}});
  s.publish(0, {.bytes = 500});
  s.deliver(0, 1);
  EXPECT_THAT(s.gauges(1), is(1, 1, 2 * 16 + 16 + 500 + 24 + 8));
  s.restart(1, false);  // its timers die, and nothing waits any more
  EXPECT_THAT(s.gauges(1), is(0, 1, 2 * 16 + 16));
}

TEST(Statistics, ARumorIsHeldUntilItDies) {
  Rumor::Params p;
  p.propagation_delay = milliseconds(100);
  p.fanout = 2;
  p.rounds = 2;
  p.track_peers = true;
  Script<Rumor> s(p, peers_of_star(6));
  s.publish(0, {.bytes = 500});
  EXPECT_THAT(s.gauges(0), is(1, 1, 5 * 16 + 16 + 500 + 24 + 8));
  s.advance(milliseconds(100));
  EXPECT_THAT(s.gauges(0), is(1, 1, 5 * 16 + 16 + 500 + 24 + 8 + 2 * 8));  // two peers have it now
  s.advance(milliseconds(100));
  EXPECT_THAT(s.gauges(0), is(0, 1, 5 * 16 + 16));
}

TEST(Statistics, PushPullHoldsItemsUntilAPruneAndMarksWhatPeersHave) {
  GossipScript s(in_mode(Mode::kPush,
                         [](auto& p) {
                           p.phase = protocol::Phase::kSynchronous;
                           p.max_message_age = seconds(10);
                           p.prune_interval = seconds(15);
                           p.seen_ttl = seconds(20);
                         }),
                 peers_of_line(2));
  s.publish(0, {.bytes = 100});
  s.publish(0, {.bytes = 200});
  const std::uint64_t two = 16 + 2 * 16 + 100 + 200 + 2 * 24;  // one peer, two ids, two items
  EXPECT_THAT(s.gauges(0), is(2, 2, two));
  s.advance(seconds(1));
  EXPECT_THAT(s.gauges(0), is(2, 2, two + 24 + 2 * 8));  // what was sent to the peer is marked
  s.deliver(0, 1);
  EXPECT_THAT(s.gauges(1), is(2, 2, two + 24 + 2 * 8));  // what came from it likewise
  s.advance(seconds(13));                                // expired, but not pruned; marks are of recent items
  EXPECT_THAT(s.gauges(0), is(2, 2, two + 24));
  s.advance(seconds(1));
  EXPECT_THAT(s.gauges(0), is(0, 2, 16 + 2 * 16 + 24));
  s.advance(seconds(15));  // the ids are forgotten too
  EXPECT_THAT(s.gauges(0), is(0, 0, 16 + 24));
}

TEST(Statistics, WithoutTrackingPushPullKeepsNothingOfPeers) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.track_peers = false; }), peers_of_line(2));
  s.publish(0, {.bytes = 100});
  s.advance(seconds(1));
  EXPECT_THAT(s.gauges(0), is(1, 1, 16 + 16 + 100 + 24));
}

TEST(Statistics, ADeltaListsWhatThePeerSaidAndWhatItWasTold) {
  GossipScript s(in_mode(Mode::kPull,
                         [](auto& p) {
                           p.digest = DigestKind::kDelta;
                           p.phase = protocol::Phase::kSynchronous;
                         }),
                 peers_of_line(2));
  s.publish(0, {.bytes = 100});
  s.advance(seconds(1));
  const std::uint64_t one = 16 + 16 + 100 + 24;
  EXPECT_THAT(s.gauges(0), is(1, 1, one + 24 + 8));  // the digest of the exchange that it began
  s.deliver(0, 1);
  s.deliver(1, 0);
  s.deliver(0, 1);  // the reply, with the item: its sender has it
  EXPECT_THAT(s.gauges(1), is(1, 1, one + 24 + 8));
}

TEST(Statistics, AdaptiveFanoutKeepsASketch) {
  GossipScript s(in_mode(Mode::kPush, [](auto& p) { p.adaptive_fanout = true; }), peers_of_line(2));
  s.start();
  EXPECT_THAT(s.gauges(0), is(0, 0, 16 + 256));
}

// ------------------------------------------------------------------------------------- over a run

simulation::RunSpec sampled(std::string_view protocol, TopologyKind kind, std::uint32_t nodes, Duration duration) {
  auto spec = basic_spec(protocol, kind, nodes);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + duration;
  spec.output.series = seconds(1);
  return spec;
}

std::vector<double> column(const metrics::RunResult& result, std::string_view name) {
  const auto& columns = result.series_columns;
  const auto at = std::find(columns.begin(), columns.end(), name) - columns.begin();
  std::vector<double> values;
  for (const auto& sample : result.series) values.push_back(sample.values.at(static_cast<std::size_t>(at)));
  return values;
}

TEST(StatisticsRun, SamplesMeansOverTheNodesAndSumsThemUp) {
  // A line of three, 10 ms a link, item at 0 from node 0. Node 1 hears from 0, node 2 from 1, nobody answers. A flood
  // has no interval, so a peer is active for two samples: at 1 s and 2 s, not at 3 s.
  const auto result = run(sampled("flood", TopologyKind::kLine, 3, seconds(5)));
  EXPECT_THAT(column(result, "items_held"), ElementsAre(0, 0, 0, 0, 0, 0));
  EXPECT_THAT(column(result, "ids_seen"), ElementsAre(1.0 / 3, 1, 1, 1, 1, 1));
  EXPECT_THAT(column(result, "peers"), ElementsAre(4.0 / 3, 4.0 / 3, 4.0 / 3, 4.0 / 3, 4.0 / 3, 4.0 / 3));
  EXPECT_THAT(column(result, "active_peers"), ElementsAre(0, 2.0 / 3, 2.0 / 3, 0, 0, 0));
  // 16 B a peer and an id; the mean over six samples, the end, which is one of them, once. Node 1 holds the most.
  EXPECT_NEAR(metric(result, "state_bytes_mean"), 16 * 4.0 / 3 + 16 * (1.0 / 3 + 5) / 6, 1e-9);
  EXPECT_EQ(metric(result, "state_bytes_max"), 2 * 16 + 16);
}

TEST(StatisticsRun, TheEndCountsWhereNoSampleFallsOnIt) {
  auto spec = sampled("flood", TopologyKind::kLine, 3, milliseconds(1500));
  EXPECT_NEAR(metric(run(spec), "state_bytes_mean"), 16 * 4.0 / 3 + 16 * (1.0 / 3 + 1 + 1) / 3, 1e-9);
  EXPECT_EQ(run(spec).series.size(), 2u);
  spec.output.series = {};  // without samples the end alone
  EXPECT_NEAR(metric(run(spec), "state_bytes_mean"), 16 * 4.0 / 3 + 16, 1e-9);
}

TEST(StatisticsRun, ActivePeersFollowTheIntervalOfTheRounds) {
  // Every node asks all 4 others at each tick, every 3 s, and none answers an empty digest. Calls arrive at 3.01 s and
  // every 3 s; two intervals are 6 s, so all are active from 4 s on until the last call, at 9.01 s, is 6 s old.
  auto spec = sampled("push-pull", TopologyKind::kComplete, 5, seconds(17));
  spec.workloads = {burst(1, 0)};
  auto& p = params<PushPull>(spec);
  p.mode = Mode::kPull;
  p.phase = protocol::Phase::kSynchronous;
  p.interval = seconds(3);
  network::FaultSpec silent;
  silent.kind = network::Silent{};
  silent.at = SimTime{} + seconds(10);
  silent.until = SimTime{} + seconds(17);
  silent.nodes.by = network::SelectBy::kShare;
  silent.nodes.share = 1;
  spec.faults = {silent};
  EXPECT_THAT(column(run(spec), "active_peers"), ElementsAre(0, 0, 0, 0, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 0, 0));
}

TEST(StatisticsRun, NodesThatAreDownAreLeftOut) {
  // Node 1, the hub of the line, is down from 1.5 s on: what is left has one peer each and the id. A crash that loses
  // its state forgets whom it heard from.
  auto spec = sampled("flood", TopologyKind::kLine, 3, seconds(3));
  network::FaultSpec crash;
  crash.kind = network::Crash{};
  crash.at = SimTime{} + milliseconds(1500);
  crash.nodes.by = network::SelectBy::kIds;
  crash.nodes.ids = {1};
  crash.until = SimTime{} + seconds(100);
  spec.faults = {crash};
  EXPECT_THAT(column(run(spec), "peers"), ElementsAre(4.0 / 3, 4.0 / 3, 1, 1));
  spec.faults[0].until = SimTime{} + milliseconds(1600);
  const auto back = run(spec);
  EXPECT_THAT(column(back, "ids_seen"), ElementsAre(1.0 / 3, 1, 2.0 / 3, 2.0 / 3));
  EXPECT_THAT(column(back, "active_peers"), ElementsAre(0, 2.0 / 3, 1.0 / 3, 0));
}

TEST(StatisticsRun, SamplingChangesNothingElse) {
  auto spec = sampled("push-pull", TopologyKind::kRandomRegular, 40, seconds(10));
  spec.topology.degree = 5;
  const auto with = run(spec);
  spec.output.series = {};
  const auto without = run(spec);
  EXPECT_EQ(with.digest, without.digest);
  EXPECT_TRUE(without.series.empty());
}

TEST(StatisticsRun, EveryProtocolGivesMetricsOfTheCatalogueInItsOrder) {
  const auto catalogue = metrics::metric_catalogue();
  for (const auto* entry : simulation::all_protocols()) {
    const auto result = run(sampled(entry->name, TopologyKind::kComplete, 10, seconds(3)));
    std::ptrdiff_t last = -1;
    for (const auto& [name, value] : result.metrics) {
      const auto* info = metrics::find_metric(name);
      ASSERT_NE(info, nullptr) << name << " of " << entry->name;
      EXPECT_GT(info - catalogue.data(), last) << name << " of " << entry->name;
      last = info - catalogue.data();
    }
    EXPECT_GT(metric(result, "state_bytes_max"), 0) << entry->name;
    EXPECT_GE(metric(result, "state_bytes_max"), metric(result, "state_bytes_mean")) << entry->name;
  }
}

TEST(StatisticsRun, TheSimulatorsOwnMemoryIsToldApartByWhatItIsFor) {
  // The recorder keeps two bytes for each node and item, as long as some node lacks the item.
  auto spec = basic_spec("flood", TopologyKind::kRing, 1000);
  spec.duration = SimTime{} + milliseconds(100);  // 10 hops: nothing is complete
  spec.workloads = {burst(10, std::nullopt)};
  const auto ten = run(spec).performance.memory;
  spec.workloads = {burst(30, std::nullopt)};
  const auto thirty = run(spec).performance.memory;
  EXPECT_GE(thirty.items, ten.items + 20 * 2 * 1000);
  EXPECT_LT(thirty.items, ten.items + 20 * 3 * 1000);
  EXPECT_EQ(thirty.nodes, ten.nodes);  // 64 items fit a seen-set's first word
  EXPECT_GE(ten.nodes, 1000 * sizeof(Flood));
  EXPECT_GT(ten.messages, 0u);
}

TEST(StatisticsRun, AnItemThatIsEverywhereGivesItsMemoryBack) {
  auto spec = basic_spec("flood", TopologyKind::kComplete, 100);
  spec.workloads = {burst(1000, std::nullopt)};
  const auto result = run(spec);
  EXPECT_EQ(metric(result, "items_complete"), 1000);
  EXPECT_LT(result.performance.memory.items, 1000u * 2 * 100);  // less than the two bytes a node
  EXPECT_EQ(metric(result, "duplicates"), metric(result, "payload_receipts") - 1000 * 99);
}

}  // namespace
}  // namespace hearsay::statistics_test
