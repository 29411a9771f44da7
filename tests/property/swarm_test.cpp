// Random scenarios, and what must hold in every one of them. A failure names the scenario's number: run
// random_spec(number) alone to see it again. The simulation checks conservation itself and aborts with the number, too.

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocols/flood.hpp"
#include "sim/simulation/world.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::swarm_test {
namespace {

using hearsay::test::metric;
using hearsay::test::random_plain_spec;
using hearsay::test::random_spec;
using simulation::RunSpec;

/// Counts from the event log, independent of the recorder.
struct Tally final : simulation::TraceSink {
  std::uint64_t sent = 0, received = 0, dropped = 0, bytes_sent = 0;
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> first_receipt;  // (item, node) -> ns
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> first_delivery;
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> published;  // item -> (node, ns)
  std::int64_t last_ns = 0;
  bool in_order = true;

  void record(const simulation::TraceRecord& r) override {
    in_order &= r.time.ns >= last_ns;
    last_ns = r.time.ns;
    const std::pair key(r.item, r.node);
    if (r.event == simulation::TraceEvent::kPublish) published[r.item] = {r.node, r.time.ns};
    if (r.event == simulation::TraceEvent::kSend) {
      ++sent;
      bytes_sent += r.bytes;
    }
    if (r.event == simulation::TraceEvent::kReceive) {
      ++received;
      first_receipt.try_emplace(key, r.time.ns);
    }
    if (r.event == simulation::TraceEvent::kDrop) ++dropped;
    if (r.event == simulation::TraceEvent::kDeliver) first_delivery.try_emplace(key, r.time.ns);
  }
};

metrics::RunResult run_scenario(const RunSpec& spec, std::uint64_t number, simulation::TraceSink* trace = nullptr) {
  simulation::RunOptions options;
  options.trace = trace;
  options.replay = "random scenario " + std::to_string(number);
  return simulation::run(spec, options);
}

/// Shortest paths the simple way (Bellman-Ford), over the network of this run; -1: unreachable. No hop takes less than
/// the nanosecond that every message needs.
std::vector<std::int64_t> shortest(const simulation::World& world, std::uint32_t origin) {
  const auto n = world.overlay.nodes();
  std::vector<std::int64_t> distance(n, -1);
  distance[origin] = 0;
  for (bool changed = true; changed;) {
    changed = false;
    for (std::uint32_t a = 0; a < n; ++a) {
      if (distance[a] < 0) continue;
      for (const NodeId b : world.overlay.base_peers(NodeId{a})) {
        const std::int64_t through = distance[a] + std::max<std::int64_t>(1, world.latency.link(NodeId{a}, b).ns);
        std::int64_t& best = distance[index(b)];
        if (best >= 0 && best <= through) continue;
        best = through;
        changed = true;
      }
    }
  }
  return distance;
}

void check_counts(const metrics::RunResult& result, const Tally& tally, const RunSpec& spec) {
  EXPECT_TRUE(tally.in_order);
  EXPECT_EQ(metric(result, "messages_sent"), static_cast<double>(tally.sent));
  EXPECT_EQ(metric(result, "messages_received"), static_cast<double>(tally.received));
  EXPECT_EQ(metric(result, "messages_lost"), static_cast<double>(tally.dropped));
  EXPECT_EQ(metric(result, "bytes_sent"), static_cast<double>(tally.bytes_sent));
  for (const char* unit : {"messages", "bytes"}) {
    const std::string u(unit);
    EXPECT_EQ(metric(result, u + "_sent"),
              metric(result, u + "_received") + metric(result, u + "_lost") + metric(result, u + "_in_flight"))
        << u;
  }
  // Every message carries one item; a repeated attempt of the reliable transport is no receipt.
  const double receipts = metric(result, "payload_receipts");
  EXPECT_LE(receipts, metric(result, "messages_received"));
  if (spec.network.transport == network::Transport::kDatagram) {
    EXPECT_EQ(receipts, metric(result, "messages_received"));
  }
  std::uint64_t first = 0;
  for (const auto& [key, time] : tally.first_receipt) first += tally.published.at(key.first).first != key.second;
  EXPECT_EQ(static_cast<double>(first) + metric(result, "duplicates"), receipts);
  EXPECT_EQ(metric(result, "items_published"), static_cast<double>(tally.published.size()));
  std::uint64_t drops = 0;
  for (const auto& [reason, count] : result.drops) drops += count;
  EXPECT_EQ(drops, tally.dropped);
  for (const auto& [name, value] : result.metrics) EXPECT_TRUE(std::isfinite(value.value_or(0))) << name;
}

/// Nobody gets an item faster than the shortest path allows.
void check_bound(const Tally& tally, const simulation::World& world, const RunSpec& spec) {
  if (spec.network.latency.per_message) return;
  for (const auto& [item, publication] : tally.published) {
    const auto bound = shortest(world, static_cast<std::uint32_t>(publication.first));
    for (const auto& [key, time] : tally.first_receipt) {
      if (key.first != item || key.second == publication.first) continue;
      ASSERT_GE(bound[static_cast<std::size_t>(key.second)], 0)
          << "item " << item << " reached node " << key.second << ", which no path leads to";
      EXPECT_GE(time - publication.second, bound[static_cast<std::size_t>(key.second)])
          << "item " << item << " at node " << key.second;
    }
  }
}

/// The ledger has the first deliveries, and only those.
void check_ledger(const metrics::RunResult& result, const Tally& tally) {
  std::map<std::pair<std::int64_t, std::int64_t>, std::int64_t> rows;
  for (const auto& row : result.ledger)
    EXPECT_TRUE(rows.try_emplace({row.item, row.node}, row.time_ns).second)
        << "item " << row.item << " twice at node " << row.node;
  EXPECT_EQ(rows, tally.first_delivery);
  for (const auto& row : result.ledger) {
    const bool origin = tally.published.at(row.item).first == row.node;
    EXPECT_EQ(row.from < 0, origin);
    EXPECT_EQ(row.hops == 0, origin);
  }
}

bool is_gauge(const std::string& metric, std::string_view suffix) {
  const auto& figures = simulation::find_protocol("flood")->figures;
  return std::any_of(figures.begin(), figures.end(), [&](const protocol::Figure* figure) {
    return figure->kind == protocol::FigureKind::kGauge && metric == std::string(figure->name) + std::string(suffix);
  });
}

/// Both ways of computing delivery figures agree. `b` has samples, at which alone nodes are asked what they hold.
void check_same_figures(const metrics::RunResult& a, const metrics::RunResult& b) {
  std::map<std::string, std::optional<double>> of_b(b.metrics.begin(), b.metrics.end());
  for (const auto& [name, value] : a.metrics) {
    ASSERT_TRUE(of_b.contains(name)) << name;
    if (is_gauge(name, "_mean")) continue;
    if (is_gauge(name, "_max")) {  // the end counts in both
      EXPECT_GE(of_b[name].value_or(0), value.value_or(0));
      continue;
    }
    const auto& other = of_b[name];
    ASSERT_EQ(value.has_value(), other.has_value()) << name;
    EXPECT_NEAR(value.value_or(0), other.value_or(0), 1e-9 * std::max(1.0, std::abs(value.value_or(0)))) << name;
  }
  ASSERT_EQ(a.reach.size(), b.reach.size());
  for (std::size_t c = 0; c < a.reach.size(); ++c)
    for (std::size_t i = 0; i < a.reach[c].time_s.size(); ++i) {
      ASSERT_EQ(a.reach[c].time_s[i].has_value(), b.reach[c].time_s[i].has_value());
      EXPECT_NEAR(a.reach[c].time_s[i].value_or(0), b.reach[c].time_s[i].value_or(0), 1e-9);
    }
}

void check_scenario(std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random scenario " << number);
  RunSpec spec = random_spec(number);
  const auto plain = run_scenario(spec, number);
  ASSERT_FALSE(plain.failed) << plain.failure;
  const auto again = run_scenario(spec, number);
  EXPECT_EQ(plain.digest, again.digest);
  EXPECT_EQ(plain.metrics, again.metrics);

  Tally tally;
  const auto traced = run_scenario(spec, number, &tally);  // a trace takes the general path through the simulation
  EXPECT_EQ(plain.digest, traced.digest);
  EXPECT_EQ(plain.metrics, traced.metrics);
  check_counts(traced, tally, spec);

  simulation::World world(spec, {}, spec.protocol->message_kinds);
  check_bound(tally, world, spec);

  spec.output.by = {metrics::Label::kClass, metrics::Label::kRole, metrics::Label::kGroup, metrics::Label::kRegion};
  spec.output.ledger = true;
  spec.output.stretch = true;
  spec.output.series = milliseconds(500);
  const auto recorded = run_scenario(spec, number);
  EXPECT_EQ(plain.digest, recorded.digest);
  check_ledger(recorded, tally);
  check_same_figures(plain, recorded);
  if (!spec.network.latency.per_message) {
    EXPECT_FALSE(metric(recorded, "stretch_mean") < 1 - 1e-12);  // it may be missing
  }
  const std::size_t samples = static_cast<std::size_t>(recorded.simulated_s * 2 + 1e-9) + 1;
  EXPECT_EQ(recorded.series.size(), samples);
}

TEST(Swarm, EveryScenarioConservesRepeatsAndRespectsItsBounds) {
  for (std::uint64_t number = 0; number < 1000 && !HasFailure(); ++number) check_scenario(number);
}

TEST(NightlySwarm, EveryScenarioConservesRepeatsAndRespectsItsBounds) {
  for (std::uint64_t number = 1'000'000; number < 1'010'000 && !HasFailure(); ++number) check_scenario(number);
}

/// Without loss, faults and limits a flood is a shortest-path computation.
void check_plain(std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random plain scenario " << number);
  RunSpec spec = random_plain_spec(number);
  spec.output.ledger = true;
  spec.output.stretch = true;
  const auto result = run_scenario(spec, number);
  const simulation::World world(spec, {}, spec.protocol->message_kinds);
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> arrivals;
  for (const auto& row : result.ledger) arrivals[{row.item, row.node}] = row.time_ns;
  double coverage = 0, messages = 0;
  bool at_least_1_ns = true;
  for (std::uint32_t n = 0; n < world.overlay.nodes(); ++n)
    for (const NodeId peer : world.overlay.base_peers(NodeId{n}))
      at_least_1_ns &= world.latency.link(NodeId{n}, peer).ns >= 1;
  for (std::uint32_t item = 0; item < world.schedule.publications.size(); ++item) {
    const auto& publication = world.schedule.publications[item];
    const auto bound = shortest(world, static_cast<std::uint32_t>(publication.origin));
    double reached = 0;
    for (std::uint32_t n = 0; n < bound.size(); ++n) {
      ASSERT_EQ(arrivals.contains({item, n}), bound[n] >= 0) << "item " << item << ", node " << n;
      if (bound[n] < 0) continue;
      ++reached;
      messages += static_cast<double>(world.overlay.base_peers(NodeId{n}).size());
      EXPECT_EQ((arrivals[{item, n}] - publication.time.ns), bound[n]) << "item " << item << ", node " << n;
    }
    coverage += reached / static_cast<double>(bound.size());
    if (hearsay::test::params<protocols::Flood>(spec).exclude == protocols::Flood::Exclude::kSender)
      messages -= reached - 1;
  }
  EXPECT_NEAR(metric(result, "coverage_mean"), coverage / static_cast<double>(world.schedule.publications.size()),
              1e-12);
  const double stretch = metric(result, "stretch_mean");  // none where an item stays alone
  EXPECT_TRUE(std::isnan(stretch) || (at_least_1_ns ? std::abs(stretch - 1) < 1e-12 : stretch > 1 - 1e-12)) << stretch;
  EXPECT_EQ(metric(result, "messages_sent"), messages);  // 2|E|, or 2|E| - (N - 1), of the component
}

TEST(PlainSwarm, EveryNodeOfTheComponentIsReachedAlongAShortestPath) {
  for (std::uint64_t number = 0; number < 1000 && !HasFailure(); ++number) check_plain(number);
}

TEST(NightlyPlainSwarm, EveryNodeOfTheComponentIsReachedAlongAShortestPath) {
  for (std::uint64_t number = 1'000'000; number < 1'020'000 && !HasFailure(); ++number) check_plain(number);
}

}  // namespace
}  // namespace hearsay::swarm_test
