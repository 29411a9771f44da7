// Speed of flood over an overlay that HyParView keeps, and what the membership itself costs. Recorder and digest on;
// the label shows the digest. `messages/s` are of both; `membership` is the share of the messages that are HyParView's.

#include <benchmark/benchmark.h>

#include "sim/core/digest.hpp"
#include "sim/membership/hyparview.hpp"
#include "tests/bench/clock.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

void report(benchmark::State& state, const simulation::RunSpec& spec) {
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  double messages = 0, wall_s = 0, floods = 0;
  std::uint64_t digest = 0;
  for (auto _ : state) {
    const auto result = simulation::run(spec, options);
    state.SetIterationTime(result.performance.wall_s);
    wall_s += result.performance.wall_s;
    messages += testing::metric(result, "messages_sent");
    for (const auto& [name, count, bytes] : result.messages_by_kind)
      if (name == "item") floods += static_cast<double>(count);
    digest = result.digest;
  }
  state.counters["messages/s"] = messages / wall_s;
  state.counters["membership"] = 1 - floods / messages;
  state.SetLabel("digest " + to_hex(digest));
}

/// 20 s of shuffles each second, and a flood of ten items a second over active views of 5.
void Hyparview_underFlood(benchmark::State& state) {
  auto spec =
      testing::basic_spec("flood", network::TopologyKind::kRandomRegular, static_cast<std::uint32_t>(state.range(0)));
  spec.topology.degree = 4;
  spec.network.latency = testing::latency(Distribution::uniform(10e6, 100e6));
  spec.network.keep_alive = seconds(1);
  testing::set_membership<membership::Hyparview>(spec).shuffle_interval = seconds(1);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(20);
  workload::WorkloadSpec items;
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = 10;
  items.stop = SimTime{} + seconds(19);
  items.size_bytes = Distribution::constant(1000);
  spec.workloads = {items};
  report(state, spec);
}
BENCHMARK(Hyparview_underFlood)->Arg(1'000)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
