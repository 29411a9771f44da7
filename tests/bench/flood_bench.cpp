// Speed of the whole kernel: flood of 10 items of 1 kB on a random 8-regular graph, `queue` wire, link-drawn
// latency, no loss; recorder and digest on. The label shows the digest, so that nobody makes it faster by
// making it wrong, and the peak memory.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>

#include "sim/simulation/lanes.hpp"
#include "tests/bench/clock.hpp"
#include "tests/bench/flood_stream.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/memory.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

simulation::RunSpec flood_spec(std::uint32_t nodes, network::Contention contention, std::uint32_t items = 10) {
  auto spec = test::basic_spec("flood", network::TopologyKind::kRandomRegular, nodes);
  spec.topology.degree = 8;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.network.contention = contention;
  spec.network.uplink_bit_per_s = 20'000'000;
  if (contention == network::Contention::kBoth) spec.network.downlink_bit_per_s = 100'000'000;
  spec.workloads = {test::burst(items, std::nullopt)};
  return spec;
}

void flood(benchmark::State& state, const simulation::RunSpec& spec, const simulation::RunOptions& options) {
  const auto [result, wall_s] = bench::measure(state, spec, options);
  state.counters["setup_s"] = result.performance.setup_s;
  state.counters["bytes/node"] = bench::peak_rss_bytes() / static_cast<double>(state.range(0));
}

/// The kernel's speed in parts of the bare calendar's on the same stream of events, both in turn, so that a busy
/// machine slows both.
void Flood_perCalendar(benchmark::State& state) {
  const auto nodes = static_cast<std::uint32_t>(state.range(0));
  const auto spec = flood_spec(nodes, network::Contention::kUplink);
  const bench::FloodStream stream = bench::flood_stream(nodes);
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  double kernel_s = 0, calendar_s = 0, messages = 0;
  for (auto _ : state) {
    const auto result = simulation::run(spec, options);
    const std::uint64_t begin = bench::clock_ns();
    benchmark::DoNotOptimize(bench::replay(stream));
    calendar_s += static_cast<double>(bench::clock_ns() - begin) / 1e9;
    kernel_s += result.performance.wall_s;
    messages += test::metric(result, "messages_sent");
    state.SetIterationTime(result.performance.wall_s);
  }
  const double replayed = static_cast<double>(stream.after_pop.size()) * static_cast<double>(state.iterations());
  state.counters["kernel_messages/s"] = messages / kernel_s;
  state.counters["calendar_messages/s"] = replayed / calendar_s;
  state.counters["ratio"] = (messages / kernel_s) / (replayed / calendar_s);
}

void Flood_uplink(benchmark::State& state) {
  flood(state, flood_spec(static_cast<std::uint32_t>(state.range(0)), network::Contention::kUplink), {});
}
void Flood_both(benchmark::State& state) {
  flood(state, flood_spec(static_cast<std::uint32_t>(state.range(0)), network::Contention::kBoth), {});
}
/// Arguments: nodes, items, threads (0: one lane), nodes of a lane (0: as the program chooses).
void Flood_lanes(benchmark::State& state) {
  simulation::RunOptions options;
  options.threads = static_cast<unsigned>(std::max<std::int64_t>(1, state.range(2)));
  options.threads_asked = state.range(2) > 0;
  options.lane_nodes = static_cast<std::uint32_t>(state.range(2) > 0 ? state.range(3) : 0xffff'ffff);
  flood(state,
        flood_spec(static_cast<std::uint32_t>(state.range(0)), network::Contention::kUplink,
                   static_cast<std::uint32_t>(state.range(1))),
        options);
}
/// What a window costs, by the events in it. Arguments: items a second of simulated time, each 7,000 messages; threads.
void Flood_windows(benchmark::State& state) {
  auto spec = flood_spec(1'000, network::Contention::kUplink);
  spec.workloads[0].arrivals = workload::Arrivals::kInterval;
  spec.workloads[0].gap_ns = Distribution::constant(1e9 / static_cast<double>(state.range(0)));
  spec.network.uplink_bit_per_s = 0;
  spec.duration = SimTime{} + seconds(4);
  spec.until = simulation::Until::kDuration;
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  options.threads = static_cast<unsigned>(state.range(1));
  options.threads_asked = true;
  const double windows = std::ldexp(to_seconds(spec.duration - SimTime{}) * 1e9,
                                    -simulation::plan_lanes(spec, options).division.window_shift);
  double events = 0, wall_s = 0;
  for (auto _ : state) {
    const auto result = simulation::run(spec, options);
    state.SetIterationTime(result.performance.wall_s);
    events += static_cast<double>(result.performance.events);
    wall_s += result.performance.wall_s;
  }
  const double all = windows * static_cast<double>(state.iterations());
  state.counters["events/window"] = events / all;
  state.counters["us/window"] = wall_s * 1e6 / all;
}

BENCHMARK(Flood_uplink)->Name("Smoke/Flood_uplink")->Arg(1'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_perCalendar)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_uplink)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_both)->Arg(1'000)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_uplink)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_both)->Arg(1'000'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

BENCHMARK(Flood_lanes)
    ->Name("Smoke/Flood_lanes")
    ->Args({1'000, 10, 0, 0})
    ->Args({1'000, 10, 2, 0})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_lanes)
    ->ArgsProduct({{1'000, 10'000}, {100}, {0, 1, 2}, {0}})
    ->ArgsProduct({{100'000}, {30}, {0, 1, 2}, {0}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Flood_lanes)
    ->ArgsProduct({{1'000'000}, {10}, {0, 1, 2}, {0}})
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

BENCHMARK(Flood_windows)
    ->ArgsProduct({{1, 3, 10, 30, 100, 300}, {1, 2}})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
