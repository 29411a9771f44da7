// Hybrid over random networks, faults and workloads, with random phases, shares and parameters of its parts. A failure
// names the scenario's number. The simulation checks conservation itself and aborts with the number, too.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "protocols/hybrid.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::hybrid_swarm_test {
namespace {

using hearsay::test::metric;
using hearsay::test::params;
using hearsay::test::random_spec;
using protocols::Flood;
using protocols::Hybrid;
using protocols::PushPull;
using simulation::RunSpec;

metrics::RunResult run_scenario(const RunSpec& spec, std::uint64_t number, simulation::TraceSink* trace = nullptr) {
  simulation::RunOptions options;
  options.trace = trace;
  options.replay = "random hybrid scenario " + std::to_string(number);
  return simulation::run(spec, options);
}

PushPull::Params random_gossip(KeyedDraws& draws) {
  PushPull::Params p;
  p.interval = milliseconds(200 + static_cast<std::int64_t>(draws.below(800)));
  p.phase = static_cast<protocol::Phase>(draws.below(3));
  p.fanout = 1 + static_cast<std::uint32_t>(draws.below(4));
  p.adaptive_fanout = draws.chance(0.2);
  p.mode = static_cast<PushPull::Mode>(draws.below(4));
  p.exchange = static_cast<PushPull::Exchange>(draws.below(2));
  p.digest = static_cast<PushPull::DigestKind>(draws.below(2));
  p.track_peers = draws.chance(0.7);
  p.max_message_age = milliseconds(1000 + static_cast<std::int64_t>(draws.below(10'000)));
  p.prune_interval = seconds(1 + static_cast<std::int64_t>(draws.below(5)));
  if (draws.chance(0.3)) p.priority = {"tx"};
  if (draws.chance(0.3)) p.prefer_same_region = 0.4;
  if (draws.chance(0.3)) p.prefer_low_latency = 0.4;
  if (draws.chance(0.3)) {
    p.compress_above = 2000;
    p.compression_ratio = 0.5;
    p.compression_delay_per_byte = nanoseconds(100);
  }
  return p;
}

protocol::Ramp random_ramp(KeyedDraws& draws) {
  if (draws.chance(0.5)) return protocol::Ramp(draws.chance(0.5) ? 1 : draws.uniform());
  const SimTime start{static_cast<std::int64_t>(draws.below(5'000'000'000))};
  return {draws.uniform(), draws.uniform(), start,
          start + nanoseconds(1 + static_cast<std::int64_t>(draws.below(5'000'000'000)))};
}

/// The random scenario of that number with a hybrid instead of its flood, whose parameters the flood part takes.
RunSpec random_hybrid(std::uint64_t number) {
  RunSpec spec = random_spec(number);
  Flood::Params flood = params<Flood>(spec);
  // What expires is flooded anew, and the gossip brings it back again and again: no end.
  flood.seen_ttl.reset();
  flood.seen_capacity.reset();
  spec.protocol = simulation::find_protocol("hybrid");
  spec.params = spec.protocol->make_params();
  spec.network.latency_by_kind.clear();
  KeyedDraws draws(number, Stream::kProperty, 1);
  auto& p = params<Hybrid>(spec);
  p.flood = flood;
  p.gossip = random_gossip(draws);
  p.phase = static_cast<Hybrid::Phase>(draws.below(4));
  Duration at;
  for (std::uint64_t switches = draws.below(4); switches > 0; --switches) {
    at = at + nanoseconds(1 + static_cast<std::int64_t>(draws.below(4'000'000'000)));
    p.phases.push_back({at, static_cast<Hybrid::Phase>(draws.below(4))});
  }
  if (draws.chance(0.5)) p.critical = {"tx"};
  p.gossip_share = random_ramp(draws);
  p.migrated_share = random_ramp(draws);
  return spec;
}

/// Counts from the event log, independent of the recorder.
struct Tally final : simulation::TraceSink {
  std::uint64_t sent = 0, received = 0, dropped = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> receipts, deliveries;  // (item, node)
  std::map<std::int64_t, std::int64_t> published;                                      // item -> node
  bool delivered_without = false;
  void record(const simulation::TraceRecord& r) override {
    sent += r.event == simulation::TraceEvent::kSend;
    received += r.event == simulation::TraceEvent::kReceive;
    dropped += r.event == simulation::TraceEvent::kDrop;
    if (r.event == simulation::TraceEvent::kPublish) published[r.item] = r.node;
    if (r.event == simulation::TraceEvent::kReceive && r.item >= 0) ++receipts[{r.item, r.node}];
    if (r.event == simulation::TraceEvent::kDeliver) {
      ++deliveries[{r.item, r.node}];
      delivered_without |= !published.contains(r.item);
    }
  }
};

bool loses_state(const RunSpec& spec) {
  return std::any_of(spec.faults.begin(), spec.faults.end(),
                     [](const network::FaultSpec& f) { return network::loses_state(f.kind); });
}

void check_scenario(std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random hybrid scenario " << number);
  const RunSpec spec = random_hybrid(number);
  const auto plain = run_scenario(spec, number);
  ASSERT_FALSE(plain.failed) << plain.failure;
  Tally tally;
  const auto traced = run_scenario(spec, number, &tally);
  EXPECT_EQ(plain.digest, traced.digest);
  EXPECT_EQ(plain.metrics, traced.metrics);
  EXPECT_EQ(metric(plain, "messages_sent"), static_cast<double>(tally.sent));
  EXPECT_EQ(metric(plain, "messages_received"), static_cast<double>(tally.received));
  EXPECT_EQ(metric(plain, "messages_lost"), static_cast<double>(tally.dropped));
  EXPECT_EQ(metric(plain, "messages_sent"),
            metric(plain, "messages_received") + metric(plain, "messages_lost") + metric(plain, "messages_in_flight"));
  EXPECT_FALSE(tally.delivered_without);
  EXPECT_EQ(metric(plain, "redelivered"), 0);
  if (loses_state(spec)) return;
  for (const auto& [key, count] : tally.deliveries) EXPECT_EQ(count, 1) << "item " << key.first;
}

TEST(HybridSwarm, EveryScenarioConservesRepeatsAndDeliversOnce) {
  for (std::uint64_t number = 0; number < 400 && !HasFailure(); ++number) check_scenario(number);
}

TEST(NightlyHybridSwarm, EveryScenarioConservesRepeatsAndDeliversOnce) {
  for (std::uint64_t number = 1'000'000; number < 1'010'000 && !HasFailure(); ++number) check_scenario(number);
}

/// In phase flood it gives the results of flood in every scenario, seen-set limits included; in gossip-only, those of
/// push-pull.
void check_parts(std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random scenario " << number);
  RunSpec spec = random_spec(number);
  const Flood::Params flood = params<Flood>(spec);
  const auto become = [&](const char* name) {
    spec.protocol = simulation::find_protocol(name);
    spec.params = spec.protocol->make_params();
  };
  const auto as_flood = run_scenario(spec, number);
  become("hybrid");
  params<Hybrid>(spec).phase = Hybrid::Phase::kFlood;
  params<Hybrid>(spec).flood = flood;
  EXPECT_EQ(run_scenario(spec, number).metrics, as_flood.metrics);

  KeyedDraws draws(number, Stream::kProperty, 1);
  const PushPull::Params gossip = random_gossip(draws);
  spec.network.latency_by_kind.clear();
  params<Hybrid>(spec).phase = Hybrid::Phase::kGossipOnly;
  params<Hybrid>(spec).gossip = gossip;
  const auto as_part = run_scenario(spec, number);
  become("push-pull");
  params<PushPull>(spec) = gossip;
  EXPECT_EQ(run_scenario(spec, number).metrics, as_part.metrics);
}

TEST(HybridSwarm, EachPartAloneIsTheProtocolOfItsName) {
  for (std::uint64_t number = 0; number < 300 && !HasFailure(); ++number) check_parts(number);
}

}  // namespace
}  // namespace hearsay::hybrid_swarm_test
