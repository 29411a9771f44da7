// Speed of flood over an overlay that HyParView keeps, and what the membership itself costs. Recorder and digest on;
// the label shows the digest. `messages/s` are of both; `membership` is the share of the messages that are HyParView's.

#include <benchmark/benchmark.h>

#include "sim/membership/hyparview.hpp"
#include "tests/bench/measure.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

/// 20 s of shuffles each second, and a flood of ten items a second over active views of 5.
void Hyparview_underFlood(benchmark::State& state) {
  auto spec =
      test::basic_spec("flood", network::TopologyKind::kRandomRegular, static_cast<std::uint32_t>(state.range(0)));
  spec.topology.degree = 4;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.network.keep_alive = seconds(1);
  test::set_membership<membership::Hyparview>(spec).shuffle_interval = seconds(1);
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(20);
  workload::WorkloadSpec items;
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = 10;
  items.stop = SimTime{} + seconds(19);
  items.size_bytes = Distribution::constant(1000);
  spec.workloads = {items};
  const auto [result, wall_s] = bench::measure(state, spec);
  double floods = 0;
  for (const auto& [name, count, bytes] : result.messages_by_kind)
    if (name == "item") floods += static_cast<double>(count);
  state.counters["membership"] = 1 - floods / test::metric(result, "messages_sent");
}
BENCHMARK(Hyparview_underFlood)->Arg(1'000)->Arg(10'000)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
