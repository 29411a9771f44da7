// Speed of push-pull gossip on a random 8-regular graph: items to full coverage, a steady load, and the cost of one
// exchange when 1, 10 and 100 times as many items have been seen. Recorder and digest on; the label shows the digest.
// bytes/node is the peak of the process, own_bytes the simulator's at the end, modelled_bytes what real nodes would
// hold.

#include <benchmark/benchmark.h>

#include <algorithm>

#include "protocols/push_pull.hpp"
#include "sim/core/digest.hpp"
#include "tests/bench/measure.hpp"
#include "tests/bench/memory.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using protocols::PushPull;

simulation::RunSpec regular(std::uint32_t nodes) {
  auto spec = test::basic_spec("push-pull", network::TopologyKind::kRandomRegular, nodes);
  spec.topology.degree = 8;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  return spec;
}

workload::WorkloadSpec load(double items_per_s, Duration stop) {
  workload::WorkloadSpec items;
  items.arrivals = workload::Arrivals::kPoisson;
  items.rate_per_s = items_per_s;
  items.stop = SimTime{} + stop;
  items.size_bytes = Distribution::constant(1000);
  return items;
}

/// Rounds' calls: an exchange is one of them and what it causes.
double exchanges(const metrics::RunResult& result) {
  double calls = 0;
  for (const auto& [name, count, bytes] : result.messages_by_kind)
    if (name == "push" || name == "pull" || name == "exchange-digest" || name == "eager-request")
      calls += static_cast<double>(count);
  return calls;
}

void report(benchmark::State& state, const simulation::RunSpec& spec) {
  const auto [result, wall_s] = bench::measure(state, spec);
  const auto messages = test::metric(result, "messages_sent");
  const metrics::OwnMemory& memory = result.performance.memory;
  state.counters["events/s"] = static_cast<double>(result.performance.events) / wall_s;
  state.counters["ns/message"] = 1e9 * wall_s / messages;
  state.counters["ns/exchange"] = 1e9 * wall_s / exchanges(result);
  state.counters["items/message"] = test::metric(result, "payload_receipts") / messages;
  state.counters["coverage"] = test::metric(result, "coverage_mean");
  state.counters["t100_s"] = test::metric(result, "t100_s");
  state.counters["bytes/node"] = bench::peak_rss_bytes() / spec.topology.nodes;
  state.counters["own_bytes/node"] = static_cast<double>(memory.nodes) / spec.topology.nodes;
  state.counters["own_bytes/item"] = static_cast<double>(memory.items) / test::metric(result, "items_published");
  state.counters["modelled_bytes/node"] = test::metric(result, "state_bytes_mean");
}

/// One item to full coverage, with the defaults; 15 rounds are enough for 100,000 nodes.
void PushPull_oneItem(benchmark::State& state) {
  auto spec = regular(static_cast<std::uint32_t>(state.range(0)));
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(15);
  report(state, spec);
}

/// The defaults under 100 items/s for 60 s.
void PushPull_load(benchmark::State& state) {
  auto spec = regular(static_cast<std::uint32_t>(state.range(0)));
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + seconds(60);
  spec.workloads = {load(100, seconds(60))};
  report(state, spec);
}

PushPull::Params& exchange_params(simulation::RunSpec& spec, PushPull::DigestKind digest) {
  auto& p = test::params<PushPull>(spec);
  p.mode = PushPull::Mode::kPushPull;
  p.digest = digest;
  return p;
}

/// Items ever seen grow, those that are recent do not: 10 items/s for 1, 10 and 100 minutes.
void PushPull_seen(benchmark::State& state, PushPull::DigestKind digest) {
  auto spec = regular(100);
  const Duration time = seconds(60 * state.range(0));
  spec.until = simulation::Until::kDuration;
  spec.duration = SimTime{} + time;
  spec.workloads = {load(10, time)};
  exchange_params(spec, digest);
  report(state, spec);
}

/// Recent items grow, new ones do not: 1000, 10,000 and 100,000 items at 0, which all stay recent. The time is that of
/// the exchanges of ten minutes after the first 20 s, when every node has every item: the difference of two runs.
void PushPull_recent(benchmark::State& state, PushPull::DigestKind digest) {
  auto spec = regular(100);
  spec.until = simulation::Until::kDuration;
  spec.workloads = {test::burst(static_cast<std::uint32_t>(1000 * state.range(0)), std::nullopt)};
  exchange_params(spec, digest).max_message_age = seconds(3600);
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  double wall_s = 0, messages = 0, calls = 0, events = 0, covered = 0, nodes_bytes = 0;
  std::uint64_t trace_digest = 0;
  for (auto _ : state) {
    spec.duration = SimTime{} + seconds(20);
    const auto spread = simulation::run(spec, options);
    spec.duration = SimTime{} + seconds(620);
    const auto all = simulation::run(spec, options);
    const double took_s = std::max(all.performance.wall_s - spread.performance.wall_s, 1e-9);
    state.SetIterationTime(took_s);
    wall_s += took_s;
    messages += test::metric(all, "messages_sent") - test::metric(spread, "messages_sent");
    calls += exchanges(all) - exchanges(spread);
    events += static_cast<double>(all.performance.events - spread.performance.events);
    nodes_bytes = static_cast<double>(all.performance.memory.nodes);
    covered = test::metric(spread, "coverage_min");
    trace_digest = all.digest;
  }
  state.counters["events/s"] = events / wall_s;
  state.counters["ns/message"] = 1e9 * wall_s / messages;
  state.counters["ns/exchange"] = 1e9 * wall_s / calls;
  state.counters["own_bytes/node"] = nodes_bytes / spec.topology.nodes;
  state.counters["coverage"] = covered;
  state.SetLabel("digest " + to_hex(trace_digest));
}

void PushPull_seenDelta(benchmark::State& state) { PushPull_seen(state, PushPull::DigestKind::kDelta); }
void PushPull_seenFull(benchmark::State& state) { PushPull_seen(state, PushPull::DigestKind::kFull); }
void PushPull_recentDelta(benchmark::State& state) { PushPull_recent(state, PushPull::DigestKind::kDelta); }
void PushPull_recentFull(benchmark::State& state) { PushPull_recent(state, PushPull::DigestKind::kFull); }

BENCHMARK(PushPull_oneItem)->Name("Smoke/PushPull_oneItem")->Arg(1'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_oneItem)->Arg(10'000)->Arg(100'000)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_seenDelta)->Arg(1)->Arg(10)->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_seenFull)->Arg(1)->Arg(10)->Arg(100)->UseManualTime()->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_recentDelta)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_recentFull)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(PushPull_load)->Arg(1'000)->Arg(10'000)->Iterations(1)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
