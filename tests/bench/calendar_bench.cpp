// The bare calendar: the hold model, and the event stream of a flood replayed without the simulator.

#include <benchmark/benchmark.h>

#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/calendar.hpp"
#include "tests/bench/flood_stream.hpp"

namespace hearsay {
namespace {

using engine::Calendar;
using engine::Event;
using engine::EventKind;

/// Hold model: n events pending; each popped one is pushed again 10 to 100 ms later.
void Hold(benchmark::State& state) {
  const auto pending = static_cast<std::uint32_t>(state.range(0));
  Calendar calendar;
  KeyedDraws draws(1, Stream::kProperty);
  const auto delay = [&] { return 10'000'000 + static_cast<std::int64_t>(draws.below(90'000'000)); };
  for (std::uint32_t i = 0; i < pending; ++i) {
    Event event;
    event.time_ns = delay();
    event.target = static_cast<std::int32_t>(i);
    event.kind = EventKind::kMessage;
    calendar.push(event);
  }
  Digest digest;
  for (auto _ : state) {
    Event event = *calendar.pop();
    digest.add(static_cast<std::uint64_t>(event.time_ns));
    event.time_ns += delay();
    calendar.push(event);
  }
  benchmark::DoNotOptimize(digest.value());
  state.SetItemsProcessed(state.iterations());
  state.counters["bytes/event"] = static_cast<double>(calendar.memory_bytes()) / static_cast<double>(pending);
}
BENCHMARK(Hold)->Arg(1'000)->Arg(100'000)->Arg(1'000'000);
BENCHMARK(Hold)->Name("Smoke/Hold")->Arg(1'000);

void Replay(benchmark::State& state) {
  const bench::FloodStream stream = bench::flood_stream(static_cast<std::uint32_t>(state.range(0)));
  std::uint64_t digest = 0;
  for (auto _ : state) digest = bench::replay(stream);
  state.counters["messages/s"] =
      benchmark::Counter(static_cast<double>(stream.after_pop.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel("digest " + to_hex(digest));
}
BENCHMARK(Replay)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
