#pragma once

#include <benchmark/benchmark.h>

#include "sim/core/digest.hpp"
#include "sim/simulation/run_spec.hpp"
#include "tests/bench/clock.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::bench {

struct Measured {
  metrics::RunResult result;  ///< of any run: they are all the same but for the time they take
  double wall_s = 0;          ///< a run's, on average
};

/// Runs the scenario as often as the benchmark wants. It reports messages/s, and the digest as its label, so that
/// nobody makes it faster by making it wrong.
inline Measured measure(benchmark::State& state, const simulation::RunSpec& spec, simulation::RunOptions options = {}) {
  options.clock_ns = clock_ns;
  Measured measured;
  for (auto _ : state) {
    measured.result = simulation::run(spec, options);
    state.SetIterationTime(measured.result.performance.wall_s);
    measured.wall_s += measured.result.performance.wall_s;
  }
  measured.wall_s /= static_cast<double>(state.iterations());
  state.counters["messages/s"] = test::metric(measured.result, "messages_sent") / measured.wall_s;
  state.SetLabel("digest " + to_hex(measured.result.digest));
  return measured;
}

}  // namespace hearsay::bench
