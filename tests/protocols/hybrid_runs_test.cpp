// Hybrid in whole runs: it is flood or push-pull in the phases of that name, repairs what a partition cut off, and
// migrates a network from one to the other.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocols/hybrid.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::protocols::hybrid_runs_test {
namespace {

using hearsay::test::basic_spec;
using hearsay::test::burst;
using hearsay::test::metric;
using hearsay::test::params;
using hearsay::test::run;
using network::TopologyKind;
using Phase = Hybrid::Phase;
using ::testing::IsEmpty;

/// The same run with another protocol, its parameters at their defaults.
void become(simulation::RunSpec& spec, std::string_view name) {
  spec.protocol = simulation::find_protocol(name);
  spec.params = spec.protocol->make_params();
}

std::map<std::string, std::uint64_t> messages(const metrics::RunResult& result) {
  std::map<std::string, std::uint64_t> out;
  for (const auto& kind : result.messages_by_kind)
    if (kind.count > 0) out[kind.name] = kind.count;
  return out;
}

std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>> deliveries(const metrics::RunResult& result) {
  std::vector<std::tuple<std::uint32_t, std::uint32_t, std::int64_t>> out;
  for (const auto& row : result.ledger) out.emplace_back(row.item, row.node, row.time_ns);
  return out;
}

// ------------------------------------------------------------------------------- one of its two parts

TEST(Hybrid, InPhaseFloodSendsAsManyMessagesAsTheLawOfFloodsSays) {
  // Each edge carries an item both ways, but for those of the first receipts: 2|E| - (N - 1).
  const auto sent = [](TopologyKind kind, std::uint32_t nodes, std::uint32_t branching = 0) {
    auto spec = basic_spec("hybrid", kind, nodes);
    spec.topology.branching = branching;
    params<Hybrid>(spec).phase = Phase::kFlood;
    const auto result = run(spec);
    EXPECT_EQ(metric(result, "coverage_min"), 1);
    EXPECT_EQ(metric(result, "duplicates"), metric(result, "messages_sent") - (nodes - 1));
    return metric(result, "messages_sent");
  };
  EXPECT_EQ(sent(TopologyKind::kLine, 25), 24);
  EXPECT_EQ(sent(TopologyKind::kRing, 25), 26);
  EXPECT_EQ(sent(TopologyKind::kStar, 25), 24);
  EXPECT_EQ(sent(TopologyKind::kGrid, 25), 56);
  EXPECT_EQ(sent(TopologyKind::kTree, 25, 4), 24);
  EXPECT_EQ(sent(TopologyKind::kComplete, 25), 576);
  EXPECT_EQ(sent(TopologyKind::kHypercube, 1024), 9217);
  EXPECT_EQ(sent(TopologyKind::kGrid, 1024), 2945);
}

simulation::RunSpec lossy_spec(std::string_view name) {
  auto spec = basic_spec(name, TopologyKind::kRandomRegular, 100);
  spec.topology.degree = 6;
  spec.duration = SimTime{} + seconds(20);
  spec.until = simulation::Until::kDuration;
  spec.network.latency = hearsay::test::latency(Distribution::uniform(10e6, 90e6));
  spec.network.uplink_bit_per_s = 5'000'000;
  spec.network.loss = {network::LossSpec::Kind::kIndependent, 0.05, {}, {}, 0, 1};
  spec.workloads = {burst(20, std::nullopt)};
  network::FaultSpec churn;
  churn.kind = network::Churn{.session = Distribution::exponential(4e9), .downtime = Distribution::exponential(1e9)};
  churn.nodes.by = network::SelectBy::kShare;
  churn.nodes.share = 0.3;
  churn.at = SimTime{} + seconds(1);
  churn.until = SimTime{} + seconds(15);
  spec.faults = {churn};
  spec.output.ledger = true;
  return spec;
}

TEST(Hybrid, InPhaseFloodIsFloodEventByEvent) {
  for (const auto exclude : {Flood::Exclude::kNone, Flood::Exclude::kSender, Flood::Exclude::kKnown})
    for (const auto policy : {Flood::Policy::kAll, Flood::Policy::kRandomSubset}) {
      auto spec = lossy_spec("flood");
      Flood::Params flood;
      flood.exclude = exclude;
      flood.policy = policy;
      if (policy == Flood::Policy::kRandomSubset) flood.fraction = 0.7;
      if (exclude == Flood::Exclude::kKnown) flood.forward_delay = milliseconds(30);
      params<Flood>(spec) = flood;
      const auto expected = run(spec);
      become(spec, "hybrid");
      params<Hybrid>(spec).phase = Phase::kFlood;
      params<Hybrid>(spec).flood = flood;
      const auto result = run(spec);
      EXPECT_EQ(result.metrics, expected.metrics);
      EXPECT_EQ(deliveries(result), deliveries(expected));
      EXPECT_EQ(messages(result), messages(expected));
      // Messages and timers of the flood come first in those of the whole; no timer, the same digest.
      if (flood.forward_delay.ns == 0) {
        EXPECT_EQ(result.digest, expected.digest);
      }
    }
}

TEST(Hybrid, InGossipOnlyIsPushPullMessageByMessage) {
  using protocol::Phase::kPoisson, protocol::Phase::kRandom, protocol::Phase::kSynchronous;
  for (const auto clock : {kSynchronous, kRandom, kPoisson})
    for (const auto mode : {PushPull::Mode::kMixed, PushPull::Mode::kPushPull})
      for (const auto digest : {PushPull::DigestKind::kFull, PushPull::DigestKind::kDelta}) {
        auto spec = lossy_spec("push-pull");
        PushPull::Params gossip;
        gossip.phase = clock;
        gossip.mode = mode;
        gossip.digest = digest;
        gossip.fanout = 2;
        gossip.prefer_low_latency = 0.2;
        params<PushPull>(spec) = gossip;
        const auto expected = run(spec);
        become(spec, "hybrid");
        params<Hybrid>(spec).phase = Phase::kGossipOnly;
        params<Hybrid>(spec).gossip = gossip;
        const auto result = run(spec);
        EXPECT_EQ(result.metrics, expected.metrics);
        EXPECT_EQ(deliveries(result), deliveries(expected));
        EXPECT_EQ(messages(result), messages(expected));
        EXPECT_GT(metric(result, "payload_messages"), 0);
      }
}

// ------------------------------------------------------------------------------------------ partition

/// Half of the network is cut off for 10 s while items are published; no loss.
simulation::RunSpec partition_spec(std::string_view name) {
  auto spec = basic_spec(name, TopologyKind::kRandomRegular, 200);
  spec.topology.degree = 8;
  spec.duration = SimTime{} + seconds(60);
  spec.until = simulation::Until::kDuration;
  spec.network.latency = hearsay::test::latency(Distribution::uniform(10e6, 100e6));
  workload::WorkloadSpec items;
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = 5;
  items.stop = SimTime{} + seconds(15);  // the heal
  items.size_bytes = Distribution::constant(1000);
  spec.workloads = {items};
  spec.output.ledger = true;
  network::FaultSpec partition;
  partition.kind = network::Partition{};
  partition.at = SimTime{} + seconds(5);
  partition.until = SimTime{} + seconds(15);
  partition.nodes.by = network::SelectBy::kShare;
  partition.nodes.share = 0.5;
  spec.faults = {partition};
  return spec;
}

TEST(Hybrid, RepairsWhatAPartitionCutOffAndAFloodDoesNot) {
  // max_message_age, 60 s, is longer than the partition, 10 s, and the spread by rounds of 1 s after it.
  for (std::uint64_t replication = 0; replication < 3; ++replication) {
    const auto flood = run(partition_spec("flood"), replication);
    EXPECT_LT(metric(flood, "coverage_min"), 0.6);
    const auto hybrid = run(partition_spec("hybrid"), replication);
    EXPECT_EQ(metric(hybrid, "coverage_min"), 1);
    EXPECT_EQ(metric(hybrid, "items_complete"), metric(hybrid, "items_published"));
    // Without limits of bandwidth nothing delays the flood: what it reaches, it reaches at the same time at the latest.
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> times;
    for (const auto& row : hybrid.ledger) times[{row.item, row.node}] = row.time_ns;
    for (const auto& row : flood.ledger) EXPECT_LE((times.at({row.item, row.node})), row.time_ns);
  }
}

TEST(Hybrid, RepairsByPushesOrByPullsAlone) {
  for (const auto mode : {PushPull::Mode::kPull, PushPull::Mode::kPushPull}) {
    auto spec = partition_spec("hybrid");
    params<Hybrid>(spec).gossip.mode = mode;
    EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
  }
  // A push that was lost at the cut is not sent again to a peer that is tracked.
  auto spec = partition_spec("hybrid");
  params<Hybrid>(spec).gossip.mode = PushPull::Mode::kPush;
  params<Hybrid>(spec).gossip.track_peers = false;
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

TEST(Hybrid, AHealFindsWhatWasFloodedBeforeTheNetworkGossiped) {
  // The network floods until 30 s, long after the heal; then the store offers what is not older than 60 s.
  auto spec = partition_spec("hybrid");
  params<Hybrid>(spec).phase = Phase::kFlood;
  params<Hybrid>(spec).phases = {{seconds(30), Phase::kGossipOnly}};
  EXPECT_EQ(metric(run(spec), "coverage_min"), 1);
}

TEST(Hybrid, MixedNodesLeaveNobodyOut) {
  // On a connected graph without loss, whatever the shares: every link is crossed by flood or gossip.
  for (const double migrated : {0.1, 0.5, 0.9})
    for (const double gossiped : {0.0, 0.5, 1.0}) {
      auto spec = basic_spec("hybrid", TopologyKind::kTree, 85);
      spec.topology.branching = 4;
      spec.workloads = {burst(30, std::nullopt)};
      spec.duration = SimTime{} + seconds(60);
      auto& p = params<Hybrid>(spec);
      p.phase = Phase::kGossipOnly;
      p.migrated_share = protocol::Ramp(migrated);
      p.gossip_share = protocol::Ramp(gossiped);
      EXPECT_EQ(metric(run(spec), "coverage_min"), 1) << migrated << " " << gossiped;
    }
}

// ------------------------------------------------------------------------------------------- migration

/// What every send was, from the trace.
struct Sends final : simulation::TraceSink {
  struct Send {
    SimTime time;
    std::uint32_t node;
    std::int64_t item;
    bool flood;
  };
  std::vector<Send> sends;
  std::map<std::int64_t, SimTime> published;
  void record(const simulation::TraceRecord& r) override {
    if (r.event == simulation::TraceEvent::kPublish) published[r.item] = r.time;
    if (r.event == simulation::TraceEvent::kSend)
      sends.push_back({r.time, static_cast<std::uint32_t>(r.node), r.item, r.message_kind == Flood::Item::kName});
  }
};

Sends sends_of(const simulation::RunSpec& spec) {
  Sends sends;
  simulation::RunOptions options;
  options.trace = &sends;
  simulation::run(spec, options);
  return sends;
}

simulation::RunSpec steady_spec() {
  auto spec = basic_spec("hybrid", TopologyKind::kRandomRegular, 200);
  spec.topology.degree = 6;
  spec.duration = SimTime{} + seconds(40);
  spec.until = simulation::Until::kDuration;
  workload::WorkloadSpec items;
  items.arrivals = workload::Arrivals::kInterval;
  items.gap_ns = Distribution::constant(50e6);
  items.stop = spec.duration;
  items.size_bytes = Distribution::constant(1000);
  spec.workloads = {items};
  return spec;
}

TEST(Hybrid, EachPhaseSendsItsMessagesFromItsTimeOn) {
  auto spec = steady_spec();
  auto& p = params<Hybrid>(spec);
  p.phase = Phase::kFlood;
  p.phases = {{seconds(10), Phase::kHybrid}, {seconds(20), Phase::kGossipOnly}, {seconds(30), Phase::kFlood}};
  std::map<std::int64_t, std::pair<int, int>> by_phase;  // flood, gossip
  for (const auto& send : sends_of(spec).sends) {
    // An exchange under way at 30 s ends within two latencies of 10 ms.
    if (!send.flood && send.time.ns >= 30'000'000'000 && send.time.ns <= 30'020'000'000) continue;
    auto& [flood, gossip] = by_phase[send.time.ns / 10'000'000'000];
    ++(send.flood ? flood : gossip);
  }
  EXPECT_GT(by_phase[0].first, 0);
  EXPECT_EQ(by_phase[0].second, 0);
  EXPECT_GT(by_phase[1].first, 0);
  EXPECT_GT(by_phase[1].second, 0);
  EXPECT_EQ(by_phase[2].first, 0);
  EXPECT_GT(by_phase[2].second, 0);
  EXPECT_GT(by_phase[3].first, 0);
  EXPECT_EQ(by_phase[3].second, 0);
}

TEST(Hybrid, ARisingShareOfItemsOnlyEverAddsItems) {
  // The same items, by their draws, at the constant shares; a set that grows, and its size is binomial.
  std::set<std::int64_t> before;
  for (const double share : {0.1, 0.4, 0.8}) {
    auto spec = steady_spec();
    params<Hybrid>(spec).phase = Phase::kGossipOnly;
    params<Hybrid>(spec).gossip_share = protocol::Ramp(share);
    const Sends sends = sends_of(spec);
    std::set<std::int64_t> gossiped;
    for (const auto& [item, time] : sends.published) gossiped.insert(item);
    for (const auto& send : sends.sends)
      if (send.flood) gossiped.erase(send.item);
    for (const std::int64_t item : before) EXPECT_TRUE(gossiped.contains(item)) << item;
    const double n = static_cast<double>(sends.published.size());
    EXPECT_NEAR(static_cast<double>(gossiped.size()) / n, share, 3.89 * std::sqrt(share * (1 - share) / n));
    before = std::move(gossiped);
  }
}

TEST(Hybrid, ARampOfItemsFollowsTheTimeOfPublication) {
  auto spec = steady_spec();
  params<Hybrid>(spec).phase = Phase::kGossipOnly;
  params<Hybrid>(spec).gossip_share = protocol::Ramp(0, 1, SimTime{} + seconds(10), SimTime{} + seconds(30));
  const Sends sends = sends_of(spec);
  std::set<std::int64_t> flooded;
  for (const auto& send : sends.sends)
    if (send.flood) flooded.insert(send.item);
  double early = 0, first_half = 0, second_half = 0, late = 0;
  for (const auto& [item, time] : sends.published) {
    if (!flooded.contains(item)) continue;
    const auto s = time.ns / 1'000'000'000;
    ++(s < 10 ? early : s < 20 ? first_half : s < 30 ? second_half : late);
  }
  EXPECT_EQ(early, 200);  // 20 items a second
  EXPECT_EQ(late, 0);
  // Means 150 and 50: variance sum of p (1 - p) over 200 items with p linear from 1 to 0.5 is 200 / 6 in both halves.
  EXPECT_NEAR(first_half, 150, 3.89 * std::sqrt(200.0 / 6));
  EXPECT_NEAR(second_half, 50, 3.89 * std::sqrt(200.0 / 6));
}

TEST(Hybrid, ARampOfNodesAddsNodesAndNeverDropsOne) {
  auto spec = steady_spec();
  params<Hybrid>(spec).phase = Phase::kGossipOnly;
  params<Hybrid>(spec).migrated_share = protocol::Ramp(0, 1, SimTime{} + seconds(5), SimTime{} + seconds(35));
  std::map<std::uint32_t, std::int64_t> first_gossip;
  std::map<std::uint32_t, std::set<std::int64_t>> seconds_of;  // in which the node sent gossip
  const Sends sends = sends_of(spec);
  for (const auto& send : sends.sends) {
    if (send.flood) continue;
    first_gossip.try_emplace(send.node, send.time.ns);
    seconds_of[send.node].insert(send.time.ns / 1'000'000'000);
  }
  // Half of the nodes at 20 s, of which the last to come tick within the next second: 200 draws, SD 7.1.
  int half = 0;
  for (const auto& [node, ns] : first_gossip) half += ns <= 20'500'000'000;
  EXPECT_NEAR(half, 100, 3.89 * std::sqrt(200 * 0.25) + 200 * 0.5 / 30);
  EXPECT_EQ(first_gossip.size(), 200u);
  for (const auto& [node, ns] : first_gossip) EXPECT_GE(ns, 5'000'000'000) << node;
  // By the end all tick: a pull each second at the least where the draw is a pull, and a push where there is news.
  for (const auto& [node, at] : seconds_of) EXPECT_GE(*at.rbegin(), 38) << node;
}

TEST(Hybrid, RunsOfOneSeedAreTheSame) {
  auto spec = lossy_spec("hybrid");
  auto& p = params<Hybrid>(spec);
  p.phases = {{seconds(5), Phase::kGossipPrimary}, {seconds(8), Phase::kFlood}, {seconds(12), Phase::kGossipOnly}};
  p.gossip_share = protocol::Ramp(0.2, 0.9, SimTime{} + seconds(1), SimTime{} + seconds(10));
  p.migrated_share = protocol::Ramp(0.9, 0.4, SimTime{} + seconds(2), SimTime{} + seconds(15));
  const auto once = run(spec), again = run(spec);
  EXPECT_EQ(once.digest, again.digest);
  EXPECT_EQ(once.metrics, again.metrics);
  EXPECT_EQ(deliveries(once), deliveries(again));
  EXPECT_NE(run(spec, 1).digest, once.digest);
}

}  // namespace
}  // namespace hearsay::protocols::hybrid_runs_test
