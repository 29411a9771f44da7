// Random scenarios with a membership: what must hold whatever the network does. A failure names the scenario's number.
// The simulation checks conservation itself, the membership's messages included.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/core/random.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using hearsay::testing::random_spec;
using membership::Kind;
using simulation::RunSpec;

/// A random scenario, whose peers a random membership makes.
RunSpec with_membership(std::uint64_t number) {
  RunSpec spec = random_spec(number);
  KeyedDraws draws(number, Stream::kProperty, 1);
  auto& m = spec.membership;
  const auto up_to = [&](Duration d) {
    return nanoseconds(1 + static_cast<std::int64_t>(draws.below(static_cast<std::uint64_t>(d.ns))));
  };
  const bool links_exist =
      spec.topology.kind != network::TopologyKind::kNone && spec.network.latency.kind != network::LatencyKind::kFile;
  m.kind = links_exist && draws.chance(0.7) ? Kind::kExchange : Kind::kRegistry;
  if (m.kind == Kind::kRegistry) {
    spec.topology.kind = network::TopologyKind::kNone;
    if (spec.network.latency.kind == network::LatencyKind::kFile)
      spec.network.latency = testing::constant_latency(milliseconds(20));
    m.registry_delay = up_to(seconds(1));
    if (draws.chance(0.7)) m.refresh = up_to(seconds(5));
    if (draws.chance(0.7)) m.expire_after = m.refresh + up_to(seconds(5));
  } else {
    m.active = 1 + static_cast<std::uint32_t>(draws.below(8));
    m.ping_interval = milliseconds(100) + up_to(seconds(3));
    m.ping_timeout = draws.chance(0.2) ? m.ping_interval : up_to(m.ping_interval);
    m.suspect_after = 1 + static_cast<std::uint32_t>(draws.below(3));
    m.list_size = 1 + static_cast<std::uint32_t>(draws.below(10));
    if (draws.chance(0.7)) m.rotate_interval = milliseconds(100) + up_to(seconds(5));
    m.expire_after = m.ping_interval + up_to(seconds(20));
    m.view_capacity = m.active + static_cast<std::uint32_t>(draws.below(40));
  }
  spec.output.stretch = false;
  spec.until = simulation::Until::kDuration;
  return spec;
}

/// Each end of a connection goes up and down in turn, and not while its node is down.
struct Ends final : simulation::TraceSink {
  std::map<std::pair<std::int64_t, std::int64_t>, bool> up;  // unknown at first: the topology's
  std::set<std::int64_t> down_nodes;
  std::uint64_t sent = 0, received = 0, dropped = 0, bytes = 0;
  std::uint64_t changes = 0, contradictions = 0, told_while_down = 0;

  void record(const simulation::TraceRecord& r) override {
    if (r.event == simulation::TraceEvent::kSend) {
      ++sent;
      bytes += r.bytes;
    }
    if (r.event == simulation::TraceEvent::kReceive) ++received;
    if (r.event == simulation::TraceEvent::kDrop) ++dropped;
    if (r.event == simulation::TraceEvent::kRestart || r.event == simulation::TraceEvent::kStart)
      down_nodes.erase(r.node);
    if (r.event == simulation::TraceEvent::kCrash) {
      down_nodes.insert(r.node);
      for (auto& [ends, is_up] : up)
        if (ends.first == r.node) is_up = false;
    }
    if (r.event == simulation::TraceEvent::kPeerUp || r.event == simulation::TraceEvent::kPeerDown)
      change(r, r.event == simulation::TraceEvent::kPeerUp);
  }
  void change(const simulation::TraceRecord& r, bool is_up) {
    ++changes;
    if (down_nodes.contains(r.node)) ++told_while_down;
    const auto [end, first] = up.try_emplace({r.node, r.peer}, is_up);
    if (!first && end->second == is_up) ++contradictions;
    end->second = is_up;
  }
};

TEST(MembershipSwarm, KeepsItsPromisesInAnyNetwork) {
  std::uint64_t changes = 0;
  for (std::uint64_t number = 0; number < 150; ++number) {
    SCOPED_TRACE("random scenario " + std::to_string(number));
    const RunSpec spec = with_membership(number);
    Ends ends;
    simulation::RunOptions options;
    options.replay = "random scenario " + std::to_string(number);
    const auto quiet = simulation::run(spec, options);
    options.trace = &ends;
    const auto traced = simulation::run(spec, options);
    if (quiet.failed) continue;  // a disconnected draw
    EXPECT_EQ(quiet.digest, traced.digest);
    EXPECT_EQ(quiet.metrics, traced.metrics);
    EXPECT_EQ(static_cast<double>(ends.sent), testing::metric(traced, "messages_sent"));
    EXPECT_EQ(static_cast<double>(ends.received), testing::metric(traced, "messages_received"));
    EXPECT_EQ(static_cast<double>(ends.dropped), testing::metric(traced, "messages_lost"));
    EXPECT_EQ(static_cast<double>(ends.bytes), testing::metric(traced, "bytes_sent"));
    EXPECT_EQ(ends.contradictions, 0u);
    EXPECT_EQ(ends.told_while_down, 0u);
    if (spec.membership.kind == Kind::kExchange) {
      EXPECT_LE(testing::metric(traced, "view_size_p50"), spec.membership.view_capacity);
    }
    changes += ends.changes;
  }
  EXPECT_GT(changes, 1000u);
}

}  // namespace
}  // namespace hearsay
