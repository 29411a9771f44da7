// What the result store costs: a transaction per finished run, the bytes that it takes, and reading all back.

#include <benchmark/benchmark.h>

#include <vector>

#include "sim/results/codec.hpp"
#include "sim/results/store.hpp"
#include "sim/results/store_schema.hpp"
#include "tests/support/campaigns/campaigns.hpp"
#include "tests/support/scratch.hpp"

namespace hearsay {
namespace {

using results::Store;

/// Runs made beforehand, so that making them is not measured.
std::vector<results::RunRecord> runs(std::uint32_t count) {
  std::vector<results::RunRecord> runs;
  for (std::uint32_t r = 0; r < count; ++r) runs.push_back(test::full_run({0, r}));
  return runs;
}

void Store_add(benchmark::State& state) {
  constexpr std::uint32_t kMade = 1000;
  const auto scenario = test::bare_scenario(1, 1u << 31);
  const auto made = runs(kMade);
  const test::ScratchDirectory scratch;
  std::uint32_t next = 0;
  {
    Store store(scratch / "runs.sqlite", scenario, results::PointLabels(scenario));
    results::RunRecord record;
    for (auto _ : state) {
      record = made[next % kMade];
      record.key.replication = next++;
      store.add(record);
    }
  }
  state.counters["bytes/run"] =
      static_cast<double>(std::filesystem::file_size(scratch / "runs.sqlite")) / static_cast<double>(next);
}

/// Everything that a second call of a finished campaign does but writing the tables.
void Store_read(benchmark::State& state) {
  const auto count = static_cast<std::uint32_t>(state.range(0));
  const auto scenario = test::bare_scenario(1, count);
  const results::PointLabels labels(scenario);
  const test::ScratchDirectory scratch;
  {
    Store store(scratch / "runs.sqlite", scenario, labels);
    for (const auto& run : runs(count)) store.add(run);
  }
  std::uint64_t mixed = 0;
  for (auto _ : state) {
    results::inspect_store(scratch / "runs.sqlite");
    const Store store(scratch / "runs.sqlite", scenario, labels);
    store.read({{0, count}}, Store::Detail::kWhole,
               [&](const results::RunRecord& run) { mixed ^= run.result.digest + run.result.reach.size(); });
  }
  benchmark::DoNotOptimize(mixed);
  state.counters["runs/s"] =
      benchmark::Counter(static_cast<double>(count), benchmark::Counter::kIsIterationInvariantRate);
}

/// The way of a result from a worker to its parent.
void Codec_round_trip(benchmark::State& state) {
  const auto run = test::full_run({0, 0});
  for (auto _ : state) benchmark::DoNotOptimize(results::decode(results::encode(run.result)));
}

BENCHMARK(Store_add)->Name("Smoke/Store_add")->Unit(benchmark::kMicrosecond);
BENCHMARK(Store_add)->Iterations(20'000)->Unit(benchmark::kMicrosecond);
BENCHMARK(Store_read)->Arg(10'000)->Unit(benchmark::kMillisecond);
BENCHMARK(Codec_round_trip)->Name("Smoke/Codec_round_trip")->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace hearsay
