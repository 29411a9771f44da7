// Memory of many small items that are alive for a short time: what a run needs follows what is alive, and a few bytes
// for each item that has been.
//
// Flood of items of 100 B on a tree of 1,000 nodes, one each 10 ms of simulated time; each is everywhere 0.1 s later,
// so some ten are on their way at a time.

#include <benchmark/benchmark.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>

#include "sim/core/check.hpp"
#include "sim/core/digest.hpp"
#include "tests/bench/clock.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

struct Figures {
  std::uint64_t digest = 0;
  double wall_s = 0, messages = 0, complete = 0, items_bytes = 0, messages_bytes = 0;
};

Figures run_items(std::uint32_t items) {
  auto spec = test::basic_spec("flood", network::TopologyKind::kTree, 1000);
  spec.topology.branching = 10;
  spec.network.latency = test::latency(Distribution::uniform(5e6, 15e6));
  workload::WorkloadSpec workload = test::burst(0, std::nullopt, 100);
  workload.arrivals = workload::Arrivals::kInterval;
  workload.gap_ns = Distribution::constant(10e6);
  workload.stop = SimTime{} + milliseconds(10) * static_cast<std::int64_t>(items);
  spec.duration = workload.stop + seconds(10);
  spec.workloads = {workload};
  simulation::RunOptions options;
  options.clock_ns = bench::clock_ns;
  const auto result = simulation::run(spec, options);
  return {result.digest,
          result.performance.wall_s,
          test::metric(result, "messages_sent"),
          test::metric(result, "items_complete"),
          static_cast<double>(result.performance.memory.items),
          static_cast<double>(result.performance.memory.messages)};
}

/// In a process of its own, whose peak memory is the run's.
Figures apart(std::uint32_t items, double& peak_rss_bytes) {
  int ends[2];
  HEARSAY_CHECK(::pipe(ends) == 0, "a pipe");
  const pid_t child = ::fork();
  HEARSAY_CHECK(child >= 0, "a process");
  if (child == 0) {
    const Figures figures = run_items(items);
    ::_exit(::write(ends[1], &figures, sizeof figures) == sizeof figures ? 0 : 1);
  }
  ::close(ends[1]);
  Figures figures;
  HEARSAY_CHECK(::read(ends[0], &figures, sizeof figures) == sizeof figures, "figures of the run");
  ::close(ends[0]);
  rusage usage{};
  HEARSAY_CHECK(::wait4(child, nullptr, 0, &usage) == child, "the process ends");
  peak_rss_bytes = 1024.0 * static_cast<double>(usage.ru_maxrss);
  return figures;
}

void Items_memory(benchmark::State& state) {
  const auto items = static_cast<std::uint32_t>(state.range(0));
  double peak_rss_bytes = 0;
  Figures figures;
  for (auto _ : state) {
    figures = apart(items, peak_rss_bytes);
    state.SetIterationTime(figures.wall_s);
  }
  HEARSAY_CHECK(figures.complete == items, "every item came to every node");
  state.counters["messages/s"] = figures.messages / figures.wall_s;
  state.counters["peak_rss_MB"] = peak_rss_bytes / 1e6;
  state.counters["recorder_bytes/item"] = figures.items_bytes / items;
  state.counters["messages_MB"] = figures.messages_bytes / 1e6;
  state.SetLabel("digest " + to_hex(figures.digest));
}

BENCHMARK(Items_memory)
    ->Name("Smoke/Items_memory")
    ->Arg(1'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK(Items_memory)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Arg(1'000'000)
    ->Iterations(1)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
