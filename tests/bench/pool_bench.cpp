// What the pool of workers costs: a campaign of floods of about 10 ms or 200 ms each against the same runs, one after
// the other, in this process. `overhead` is the share by which the campaign took longer with one worker, `cpu_overhead`
// the share of processor time that it took more, its workers' included; `speed-up` compares two workers with one, and
// `ideal` what two processes without a pool reach, which the machine's memory and siblings limit. The label is the sum
// of the digests, which no executor may change.

#include <benchmark/benchmark.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

#include "sim/campaign/schedule.hpp"
#include "sim/core/digest.hpp"
#include "sim/execution/pool.hpp"
#include "tests/support/specs.hpp"

namespace hearsay {
namespace {

using results::RunStatus;

/// Some 0.9 ms for each item.
simulation::RunSpec run_spec(std::uint32_t items) {
  auto spec = test::basic_spec("flood", network::TopologyKind::kRandomRegular, 1000);
  spec.topology.degree = 8;
  spec.network.latency = test::latency(Distribution::uniform(10e6, 100e6));
  spec.network.uplink_bit_per_s = 20'000'000;
  spec.workloads = {test::burst(items, std::nullopt)};
  return spec;
}

double processor_seconds() {
  double seconds = 0;
  for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
    rusage usage{};
    ::getrusage(who, &usage);
    for (const timeval& time : {usage.ru_utime, usage.ru_stime}) {
      seconds += static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    }
  }
  return seconds;
}

struct Timed {
  double seconds = 0;
  double processor_s = 0;
  std::uint64_t digests = 0;
};

template <class Body>
Timed timed(Body body) {
  const auto begin = std::chrono::steady_clock::now();
  const double processor = processor_seconds();
  Timed out;
  out.digests = body();
  out.processor_s = processor_seconds() - processor;
  out.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  return out;
}

metrics::RunResult one_run(const simulation::RunSpec& spec, std::uint64_t run) {
  simulation::RunOptions options;
  options.replication = static_cast<std::uint32_t>(run);
  return simulation::run(spec, options);
}

Timed alone(const simulation::RunSpec& spec, std::uint32_t runs) {
  return timed([&] {
    std::uint64_t digests = 0;
    for (std::uint32_t run = 0; run < runs; ++run) digests += one_run(spec, run).digest;
    return digests;
  });
}

/// Each half in a process of its own.
Timed alone_twice(const simulation::RunSpec& spec, std::uint32_t runs) {
  return timed([&] {
    const pid_t child = ::fork();
    for (std::uint32_t run = child == 0 ? 0 : 1; run < runs; run += 2) one_run(spec, run);
    if (child == 0) ::_exit(0);
    ::waitpid(child, nullptr, 0);
    return std::uint64_t{0};
  });
}

Timed pooled(const execution::RunFunction& run, std::uint32_t runs, unsigned jobs) {
  return timed([&] {
    std::uint64_t digests = 0;
    campaign::Schedule schedule({.points = 1, .replications = runs}, {}, 1);
    const execution::Work work{.next = [&] { return schedule.next(); },
                               .done = [&] { return schedule.done(); },
                               .finished =
                                   [&](std::uint64_t run, RunStatus, metrics::RunResult&& result) {
                                     schedule.finished(run, {});
                                     digests += result.digest;
                                   },
                               .idle = [] {}};
    const execution::InterruptGuard guard;
    run_in_pool({.jobs = jobs}, run, work, guard);
    return digests;
  });
}

/// Arguments: items of a run, runs.
void Pool(benchmark::State& state) {
  const auto spec = run_spec(static_cast<std::uint32_t>(state.range(0)));
  const auto runs = static_cast<std::uint32_t>(state.range(1));
  // The best of several: what disturbs a measurement only ever adds to it.
  double direct = 1e300, halves = 1e300, one = 1e300, two = 1e300, direct_cpu = 1e300, one_cpu = 1e300;
  std::uint64_t digests = 0;
  for (auto _ : state) {
    const auto run = [&](std::uint64_t number) { return one_run(spec, number); };
    const Timed a = alone(spec, runs), b = pooled(run, runs, 1), c = pooled(run, runs, 2);
    direct = std::min(direct, a.seconds);
    halves = std::min(halves, alone_twice(spec, runs).seconds);
    direct_cpu = std::min(direct_cpu, a.processor_s);
    one_cpu = std::min(one_cpu, b.processor_s);
    one = std::min(one, b.seconds);
    two = std::min(two, c.seconds);
    digests = a.digests;
    if (b.digests != digests || c.digests != digests) state.SkipWithError("the pool changes the digests");
  }
  state.counters["ms/run"] = 1e3 * direct / runs;
  state.counters["overhead"] = one / direct - 1;
  state.counters["cpu_overhead"] = one_cpu / direct_cpu - 1;
  state.counters["speed-up"] = one / two;
  state.counters["ideal"] = direct / halves;
  state.SetLabel("digests " + to_hex(digests));
}

/// What a run costs beside the simulation: its order, its result's way back, its worker's bookkeeping.
void Pool_handover(benchmark::State& state) {
  const metrics::RunResult result = one_run(run_spec(8), 0);
  Timed total;
  for (auto _ : state) {
    const Timed once = pooled([&](std::uint64_t) { return result; }, 1000, 1);
    total.seconds += once.seconds;
    total.processor_s += once.processor_s;
  }
  const double runs = 1000.0 * static_cast<double>(state.iterations());
  state.counters["us/run"] = 1e6 * total.seconds / runs;
  state.counters["cpu_us/run"] = 1e6 * total.processor_s / runs;
}

BENCHMARK(Pool)->Name("Smoke/Pool")->Args({1, 20})->Iterations(1)->Unit(benchmark::kMillisecond);
BENCHMARK(Pool)->Args({8, 100})->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(Pool_handover)->Iterations(5)->Unit(benchmark::kMillisecond);
BENCHMARK(Pool)->Args({180, 10})->Iterations(3)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
