// Random scenarios with a membership: what must hold whatever the network does. A failure names the scenario's number.
// The simulation checks conservation itself, the membership's messages included.

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "sim/simulation/registry.hpp"
#include "tests/support/random_specs.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::membership_swarm_test {
namespace {

using hearsay::test::add_random_membership;
using hearsay::test::random_spec;
using simulation::RunSpec;

/// Each end of a connection goes up and down in turn, and not while its node is down. With a crash the ends of a node
/// are gone, where they die with it at all.
struct Ends final : simulation::TraceSink {
  std::map<std::pair<std::int64_t, std::int64_t>, bool> up;  // unknown at first: the topology's
  std::set<std::int64_t> down_nodes;
  bool ends_die = true;
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
        if (ends_die && ends.first == r.node) is_up = false;
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
  std::map<std::string, int> kinds;
  for (std::uint64_t number = 0; number < 150; ++number) {
    SCOPED_TRACE("random scenario " + std::to_string(number));
    RunSpec spec = random_spec(number);
    const double capacity = add_random_membership(spec, number);
    SCOPED_TRACE(spec.membership->name);
    Ends ends;
    ends.ends_die = !spec.static_peers() || spec.network.keep_alive.ns > 0;
    simulation::RunOptions options;
    options.replay = "random scenario " + std::to_string(number);
    const auto quiet = simulation::run(spec, options);
    options.trace = &ends;
    const auto traced = simulation::run(spec, options);
    if (quiet.failed) continue;  // a disconnected draw
    ++kinds[spec.membership->name];
    EXPECT_EQ(quiet.digest, traced.digest);
    EXPECT_EQ(quiet.metrics, traced.metrics);
    EXPECT_EQ(static_cast<double>(ends.sent), test::metric(traced, "messages_sent"));
    EXPECT_EQ(static_cast<double>(ends.received), test::metric(traced, "messages_received"));
    EXPECT_EQ(static_cast<double>(ends.dropped), test::metric(traced, "messages_lost"));
    EXPECT_EQ(static_cast<double>(ends.bytes), test::metric(traced, "bytes_sent"));
    EXPECT_EQ(ends.contradictions, 0u);
    EXPECT_EQ(ends.told_while_down, 0u);
    if (!spec.static_peers()) {
      const double median = test::metric(traced, "view_size_p50");
      EXPECT_TRUE(std::isnan(median) || median <= capacity) << median;
    }
    changes += ends.changes;
  }
  EXPECT_GT(changes, 1000u);
  for (const auto* entry : simulation::all_memberships()) EXPECT_GT(kinds[entry->name], 10) << entry->name;
}

}  // namespace
}  // namespace hearsay::membership_swarm_test
