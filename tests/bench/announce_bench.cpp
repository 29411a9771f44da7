// Speed of announcing 10 items of 300 B on a random 8-regular graph: hashes and requests, hashes that wait for clocks,
// a quarter of the peers full, and a mempool that holds half of the items. Recorder and digest on; the label shows the
// digest.

#include <benchmark/benchmark.h>

#include "protocols/announce.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/memory.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using protocols::Announce;

void announce(benchmark::State& state, auto change, std::uint32_t items = 10) {
  auto spec =
      test::basic_spec("announce", network::TopologyKind::kRandomRegular, static_cast<std::uint32_t>(state.range(0)));
  spec.topology.degree = 8;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.network.contention = network::Contention::kUplink;
  spec.network.uplink_bit_per_s = 20'000'000;
  spec.workloads = {test::burst(items, std::nullopt, 300)};
  spec.until = simulation::Until::kQuiet;
  change(test::params<Announce>(spec));
  const auto [result, wall_s] = bench::measure(state, spec);
  const auto nodes = static_cast<double>(state.range(0));
  state.counters["coverage"] = test::metric(result, "coverage_mean");
  state.counters["own_bytes/node"] = static_cast<double>(result.performance.memory.nodes) / nodes;
  state.counters["bytes/node"] = bench::peak_rss_bytes() / nodes;
}

void Announce_hashes(benchmark::State& state) {
  announce(state, [](Announce::Params&) {});
}
void Announce_timeout(benchmark::State& state) {
  announce(state, [](Announce::Params& p) { p.request_timeout = seconds(60); });
}
void Announce_trickle(benchmark::State& state) {
  announce(state, [](Announce::Params& p) { p.trickle = seconds(2); });
}
void Announce_quarterFull(benchmark::State& state) {
  announce(state, [](Announce::Params& p) { p.full_peers = 0.25; });
}
void Announce_fullMempool(benchmark::State& state) {
  announce(state, [](Announce::Params& p) { p.mempool_bytes = 5 * 300; });
}
/// 1,000 items at once.
void Announce_burst(benchmark::State& state) {
  announce(
      state, [](Announce::Params&) {}, 1'000);
}

BENCHMARK(Announce_hashes)->Name("Smoke/Announce_hashes")->Arg(1'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_hashes)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_timeout)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_trickle)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_quarterFull)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_fullMempool)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Announce_burst)->Arg(1'000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
