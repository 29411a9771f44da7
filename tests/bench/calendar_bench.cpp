// The bare calendar: the hold model, and the event stream of a flood replayed without the simulator, which is what the
// kernel's speed is measured against (Flood_uplink/10000 should reach half of Replay/10000).

#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/calendar.hpp"
#include "sim/network/faults.hpp"
#include "sim/network/overlay.hpp"
#include "sim/network/wire.hpp"

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
    Event event = calendar.pop();
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

/// The pushes of a flood of 10 items, in order, and how many follow each pop.
struct Stream10 {
  std::vector<Event> pushes;
  std::vector<std::uint8_t> after_pop;
  std::size_t at_start = 0;
};

Stream10 flood_stream(std::uint32_t nodes) {
  network::TopologySpec topology;
  topology.kind = network::TopologyKind::kRandomRegular;
  topology.nodes = nodes;
  topology.degree = 8;
  network::NetworkSpec spec;
  spec.contention = network::Contention::kUplink;
  spec.uplink_bit_per_s = 20'000'000;
  spec.latency.distribution = Distribution::uniform(10e6, 100e6);
  const auto attributes = network::draw_nodes(spec, nodes, 42);
  const network::LatencyModel latency(spec.latency, attributes, {}, 42);
  const network::Overlay overlay(network::draw_topology(topology, 42), latency, 42);
  network::FaultTimeline faults({}, attributes, 42);
  network::Wire wire(spec, attributes, {}, faults);

  Stream10 stream;
  std::vector<std::uint32_t> sequence(nodes, 0);
  std::vector<std::uint16_t> seen(nodes, 0);
  Calendar calendar;
  const auto forward = [&](NodeId node, NodeId except, std::uint32_t item, SimTime now) {
    std::size_t count = 0;
    const auto peers = overlay.peers(node);
    for (std::size_t k = 0; k < peers.size(); ++k) {
      if (peers[k] == except) continue;
      Event event;
      event.time_ns = wire.depart(node, peers[k], 1000, overlay.base_latency(node, k), now).arrival.ns;
      event.target = static_cast<std::int32_t>(peers[k]);
      event.kind = EventKind::kMessage;
      event.source = static_cast<std::int32_t>(node);
      event.sequence = sequence[index(node)]++;
      event.payload = item;
      calendar.push(event);
      stream.pushes.push_back(event);
      ++count;
    }
    return count;
  };
  for (std::uint32_t item = 0; item < 10; ++item) {
    const NodeId origin{item * (nodes / 10)};
    seen[index(origin)] = static_cast<std::uint16_t>(seen[index(origin)] | (1u << item));
    stream.at_start += forward(origin, kNoNode, item, SimTime{});
  }
  while (!calendar.empty()) {
    const Event event = calendar.pop();
    const auto bit = static_cast<std::uint16_t>(1u << event.payload);
    std::uint16_t& mask = seen[static_cast<std::size_t>(event.target)];
    std::size_t count = 0;
    if ((mask & bit) == 0) {
      mask = static_cast<std::uint16_t>(mask | bit);
      count = forward(NodeId{static_cast<std::uint32_t>(event.target)},
                      NodeId{static_cast<std::uint32_t>(event.source)}, event.payload, SimTime{event.time_ns});
    }
    stream.after_pop.push_back(static_cast<std::uint8_t>(count));
  }
  return stream;
}

void Replay(benchmark::State& state) {
  const Stream10 stream = flood_stream(static_cast<std::uint32_t>(state.range(0)));
  std::uint64_t digest = 0;
  for (auto _ : state) {
    Calendar calendar;
    Digest seen;
    auto next = stream.pushes.begin();
    for (std::size_t i = 0; i < stream.at_start; ++i) calendar.push(*next++);
    for (const std::uint8_t count : stream.after_pop) {
      seen.add(static_cast<std::uint64_t>(calendar.pop().time_ns));
      for (std::uint8_t i = 0; i < count; ++i) calendar.push(*next++);
    }
    digest = seen.value();
  }
  state.counters["messages/s"] =
      benchmark::Counter(static_cast<double>(stream.after_pop.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.SetLabel("digest " + to_hex(digest));
}
BENCHMARK(Replay)->Arg(1'000)->Arg(10'000)->Arg(100'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace hearsay
