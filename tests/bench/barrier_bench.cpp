// What it costs that the threads of a run meet between two windows, if all of them are running.

#include <benchmark/benchmark.h>

#include <optional>

#include "sim/engine/barrier.hpp"

namespace hearsay {
namespace {

std::optional<engine::Barrier> barrier;

void Barrier_meet(benchmark::State& state) {
  for (auto _ : state) barrier->meet([] {});
}

BENCHMARK(Barrier_meet)
    ->Setup([](const benchmark::State& state) { barrier.emplace(static_cast<unsigned>(state.threads())); })
    ->Threads(1)
    ->Threads(2)
    ->UseRealTime();

}  // namespace
}  // namespace hearsay
