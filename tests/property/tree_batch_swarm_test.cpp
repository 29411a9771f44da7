// tree-batch over random trees, parameters and faults: loss of a fifth of all messages, partitions, crashes that lose
// the state. Whatever happened, in the end all nodes have the same items: what a node that kept it had, all have. A
// failure names the scenario's number. The simulation checks conservation itself and aborts with the number, too.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "protocols/tree_batch.hpp"
#include "sim/simulation/trace.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::tree_batch_swarm_test {
namespace {

using protocols::TreeBatch;
using test::metric;

/// Anti-entropy or acknowledgements: without both, what is lost stays lost.
TreeBatch::Params random_params(KeyedDraws& draws, std::uint32_t nodes) {
  TreeBatch::Params p;
  p.tree = static_cast<TreeBatch::Shape>(draws.below(2));
  p.branching = 1 + static_cast<std::uint32_t>(draws.below(5));
  if (draws.chance(0.2)) p.max_depth = 1 + static_cast<std::uint32_t>(draws.below(3));
  p.root = static_cast<std::uint32_t>(draws.below(nodes));
  p.shortcuts = static_cast<std::uint32_t>(draws.below(3));
  p.window = draws.chance(0.2) ? Duration{} : milliseconds(1 + static_cast<std::int64_t>(draws.below(300)));
  if (draws.chance(0.2)) p.window_by_depth = {"200 ms", "0 s", "50 ms"};
  p.phase = draws.chance(0.5) ? protocol::Phase::kRandom : protocol::Phase::kSynchronous;
  if (draws.chance(0.3)) p.max_items = 1 + static_cast<std::uint32_t>(draws.below(10));
  p.delta = static_cast<TreeBatch::Delta>(draws.below(3));
  p.bloom_rate = 0.01 + 0.4 * draws.uniform();
  p.sync_interval = milliseconds(200 + static_cast<std::int64_t>(draws.below(800)));
  p.sync_payload = static_cast<TreeBatch::SyncPayload>(draws.below(3));
  p.acks = draws.chance(0.7);
  // The vector of acknowledgements alone finds it all again, too; a filter's errors it does not.
  if (p.acks && p.delta != TreeBatch::Delta::kBloom && draws.chance(0.3)) p.sync_interval = Duration{};
  if (draws.chance(0.5)) p.ack_delay = milliseconds(1 + static_cast<std::int64_t>(draws.below(150)));
  p.resend_after = milliseconds(100 + static_cast<std::int64_t>(draws.below(400)));
  p.suspect_after = p.resend_after + milliseconds(static_cast<std::int64_t>(draws.below(1000)));
  p.repair = draws.chance(0.5);
  return p;
}

network::FaultSpec fault(network::FaultKind kind, std::uint32_t at_ms, std::uint32_t until_ms, double share) {
  network::FaultSpec f;
  f.kind = std::move(kind);
  f.at = SimTime{} + milliseconds(at_ms);
  f.until = SimTime{} + milliseconds(until_ms);
  f.nodes.by = network::SelectBy::kShare;
  f.nodes.share = share;
  return f;
}

constexpr auto kTroubles = seconds(12);  ///< the faults are over
constexpr auto kEnd = seconds(90);       ///< time enough for the longest way by anti-entropy alone

simulation::RunSpec random_scenario(std::uint64_t number) {
  KeyedDraws draws(number, Stream::kProperty, 23);
  const auto nodes = 2 + static_cast<std::uint32_t>(draws.below(30));
  auto spec = test::basic_spec("tree-batch", network::TopologyKind::kComplete, nodes);
  spec.seed = number;
  test::params<TreeBatch>(spec) = random_params(draws, nodes);
  spec.network.latency = test::latency(Distribution::uniform(5e6, 60e6));
  spec.network.loss.kind = network::LossSpec::Kind::kIndependent;
  spec.network.loss.probability = draws.chance(0.8) ? 0.2 : 0;
  spec.duration = SimTime{} + kEnd;
  spec.until = simulation::Until::kDuration;
  auto& items = spec.workloads[0] = test::burst(1, std::nullopt, 100);
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = 1 + draws.uniform() * 30;
  items.stop = SimTime{} + seconds(10);
  const bool lose_state = draws.chance(0.7);  // all crashes alike, as the event log does not say which
  for (std::uint64_t faults = draws.below(4); faults > 0; --faults) {
    const auto at = static_cast<std::uint32_t>(draws.below(9'000));
    const auto until = at + 1 + static_cast<std::uint32_t>(draws.below(3'000));
    if (draws.chance(0.5)) {
      spec.faults.push_back(fault(network::Partition{}, at, until, draws.uniform()));
    } else {
      network::Crash crash;
      crash.lose_state = lose_state;
      spec.faults.push_back(fault(crash, at, until, 0.5 * draws.uniform()));
    }
  }
  spec.output.ledger = true;
  return spec;
}

/// Who has what, from the event log: a restart without state takes all.
struct Sets final : simulation::TraceSink {
  Sets(std::size_t nodes, bool crashes_lose) : of(nodes), lose(crashes_lose) {}
  std::vector<std::set<std::int64_t>> of;
  bool lose;
  void record(const simulation::TraceRecord& r) override {
    if (r.event == simulation::TraceEvent::kDeliver) of[static_cast<std::size_t>(r.node)].insert(r.item);
    if (r.event == simulation::TraceEvent::kRestart && lose) of[static_cast<std::size_t>(r.node)].clear();
  }
};

void check_scenario(std::uint64_t number) {
  SCOPED_TRACE(::testing::Message() << "random tree-batch scenario " << number);
  const auto spec = random_scenario(number);
  const bool lose = std::any_of(spec.faults.begin(), spec.faults.end(),
                                [](const network::FaultSpec& f) { return network::loses_state(f.kind); });
  Sets sets(spec.topology.nodes, lose);
  simulation::RunOptions options;
  options.trace = &sets;
  options.replay = "random tree-batch scenario " + std::to_string(number);
  const auto result = simulation::run(spec, options);
  ASSERT_FALSE(result.failed) << result.failure;
  for (std::size_t n = 1; n < sets.of.size(); ++n) EXPECT_EQ(sets.of[n], sets.of[0]) << "node " << n;
  // Without crashes nobody forgets, so all that was published is everywhere.
  if (!lose) {
    EXPECT_EQ(static_cast<double>(sets.of[0].size()), metric(result, "items_published"));
  }
}

TEST(TreeBatchSwarm, EndsWithTheSameItemsEverywhere) {
  for (std::uint64_t number = 0; number < 200 && !HasFailure(); ++number) check_scenario(number);
}
TEST(NightlyTreeBatchSwarm, EndsWithTheSameItemsEverywhere) {
  for (std::uint64_t number = 1'000'000; number < 1'010'000 && !HasFailure(); ++number) check_scenario(number);
}

}  // namespace
}  // namespace hearsay::tree_batch_swarm_test
