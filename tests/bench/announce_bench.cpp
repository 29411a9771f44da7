// Speed of announcing 10 items of 300 B on a random 8-regular graph: hashes and requests, hashes that wait for clocks,
// a quarter of the peers full, and a mempool that holds half of the items. Recorder and digest on; the label shows the
// digest.

#include <benchmark/benchmark.h>

#include "protocols/announce.hpp"
#include "sim/core/digest.hpp"
#include "tests/bench/clock.hpp"
#include "tests/bench/memory.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using protocols::Announce;

void announce(benchmark::State& state, auto change, std::uint32_t items = 10) {
  auto spec = testing::basic_spec("announce", network::TopologyKind::kRandomRegular,
                                  static_cast<std::uint32_t>(state.range(0)));
  spec.topology.degree = 8;
  spec.network.latency = testing::latency(Distribution::uniform(10e6, 100e6));
  spec.network.contention = network::Contention::kUplink;
  spec.network.uplink_bit_per_s = 20'000'000;
  spec.workloads = {testing::burst(items, std::nullopt, 300)};
  spec.until = simulation::Until::kQuiet;
  change(testing::params<Announce>(spec));
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  std::uint64_t digest = 0;
  double messages = 0, wall_s = 0, covered = 0, own_bytes = 0;
  for (auto _ : state) {
    const auto result = simulation::run(spec, options);
    state.SetIterationTime(result.performance.wall_s);
    digest = result.digest;
    messages += testing::metric(result, "messages_sent");
    wall_s += result.performance.wall_s;
    covered = testing::metric(result, "coverage_mean");
    own_bytes = static_cast<double>(result.performance.memory.nodes);
  }
  state.counters["messages/s"] = messages / wall_s;
  state.counters["coverage"] = covered;
  state.counters["own_bytes/node"] = own_bytes / static_cast<double>(state.range(0));
  state.counters["bytes/node"] = bench::peak_rss_bytes() / static_cast<double>(state.range(0));
  state.SetLabel("digest " + to_hex(digest));
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
