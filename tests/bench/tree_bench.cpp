// Speed of batched trees: 1,000 nodes with 1,000 publications a second for 30 s; and what a value costs when there have
// been 10^3 to 10^6 before it, which must not depend on how many. Recorder and digest on; the label shows the digest.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <optional>

#include "protocols/tree_batch.hpp"
#include "tests/bench/measure.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using protocols::TreeBatch;

simulation::RunSpec tree_stream(std::uint32_t nodes, double rate_per_s, Duration time) {
  auto spec = test::basic_spec("tree-batch", network::TopologyKind::kTree, nodes);
  spec.topology.branching = 4;
  spec.network.latency = test::constant_latency(milliseconds(20));
  auto& items = spec.workloads[0] = test::burst(1, std::nullopt, 100);
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = rate_per_s;
  items.stop = SimTime{} + time;
  spec.duration = SimTime{} + time + seconds(10);
  return spec;
}

void Tree_stream(benchmark::State& state, auto change) {
  const auto time = seconds(state.range(1));
  auto spec = tree_stream(static_cast<std::uint32_t>(state.range(0)), 1'000, time);
  change(test::params<TreeBatch>(spec));
  const auto [result, wall_s] = bench::measure(state, spec);
  state.counters["deliveries/s"] =
      test::metric(result, "items_published") * static_cast<double>(state.range(0)) / wall_s;
  state.counters["coverage"] = test::metric(result, "coverage_min");
  state.counters["s/simulated_s"] = wall_s / static_cast<double>(state.range(1));
}
void Tree_defaults(benchmark::State& state) {
  Tree_stream(state, [](TreeBatch::Params&) {});
}
void Tree_shortcuts(benchmark::State& state) {
  Tree_stream(state, [](TreeBatch::Params& p) { p.shortcuts = 2; });
}

/// So many values at 1,000 a second over 8 nodes: the time for one (of a node) stays the same if no flush looks at old
/// ones.
void Tree_values(benchmark::State& state) {
  const auto values = static_cast<double>(state.range(0));
  auto spec = tree_stream(8, 1'000, milliseconds(state.range(0)));
  const auto [result, wall_s] = bench::measure(state, spec);
  state.counters["ns/value"] = wall_s * 1e9 / values / 8;
}

BENCHMARK(Tree_defaults)->Name("Smoke/Tree_defaults")->Args({100, 1})->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Tree_defaults)->Args({1'000, 30})->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Tree_shortcuts)->Args({1'000, 30})->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Tree_values)->RangeMultiplier(10)->Range(1'000, 1'000'000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
