// Blocks a second: the race alone, ten miners who hear of each block after the same delay, and the relay of whole
// histories through a network like Bitcoin's. Each prints its digest, so that nobody makes it faster by making it
// wrong.

#include <benchmark/benchmark.h>

#include <cstdint>
#include <string>

#include "protocols/block_relay.hpp"
#include "sim/core/check.hpp"
#include "tests/bench/measure.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using protocols::BlockRelay;

workload::WorkloadSpec mining(std::uint32_t blocks, double interval_s) {
  workload::WorkloadSpec workload;
  workload.arrivals = workload::Arrivals::kMining;
  workload.gap_ns = Distribution::exponential(interval_s * 1e9);
  workload.size_bytes = Distribution::constant(535'000);
  workload.count = blocks;
  workload.stop = kMaxSimTime;
  workload.transactions = 2000;
  return workload;
}

void report(benchmark::State& state, const simulation::RunSpec& spec, double blocks) {
  const auto [result, wall_s] = bench::measure(state, spec);
  HEARSAY_CHECK(test::metric(result, "blocks_found") == blocks, "all blocks were found");
  state.counters["blocks/s"] = blocks / wall_s;
  state.counters["stale_rate"] = test::metric(result, "stale_rate");
  state.counters["items_MB"] = static_cast<double>(result.performance.memory.items) / 1e6;
}

void Blocks_race(benchmark::State& state) {
  const auto blocks = static_cast<std::uint32_t>(state.range(0));
  auto spec = test::basic_spec("block-relay", network::TopologyKind::kComplete, 10);
  spec.network.latency = test::constant_latency(seconds(10));
  spec.duration = kMaxSimTime;
  spec.workloads = {mining(blocks, 600)};
  test::params<BlockRelay>(spec).mode = BlockRelay::Mode::kFull;
  test::params<BlockRelay>(spec).relay = BlockRelay::Relay::kNone;
  report(state, spec, blocks);
}
BENCHMARK(Blocks_race)->Arg(200'000)->UseManualTime()->Unit(benchmark::kMillisecond);

void Blocks_relay(benchmark::State& state, BlockRelay::Mode mode) {
  constexpr std::uint32_t kBlocks = 100;
  auto spec = test::basic_spec("block-relay", network::TopologyKind::kBitcoin, 6000);
  spec.topology.outbound = 8;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 200e6));
  spec.network.uplink_bit_per_s = 20'000'000;
  spec.network.downlink_bit_per_s = 50'000'000;
  spec.duration = kMaxSimTime;
  spec.workloads = {mining(kBlocks, 600)};
  test::params<BlockRelay>(spec).mode = mode;
  test::params<BlockRelay>(spec).hit_rate = 0.9999;
  report(state, spec, kBlocks);
}
BENCHMARK_CAPTURE(Blocks_relay, headers, BlockRelay::Mode::kHeaders)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Blocks_relay, compact_low, BlockRelay::Mode::kCompactLow)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(Blocks_relay, compact_high, BlockRelay::Mode::kCompactHigh)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
