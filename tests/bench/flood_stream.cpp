#include "tests/bench/flood_stream.hpp"

#include "sim/core/digest.hpp"
#include "sim/engine/calendar.hpp"
#include "sim/network/faults/timeline.hpp"
#include "sim/network/overlay.hpp"
#include "sim/network/wire.hpp"

namespace hearsay::bench {

using engine::Calendar;
using engine::Event;
using engine::EventKind;

FloodStream flood_stream(std::uint32_t nodes) {
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
  network::FaultTally tally = faults.tally();
  network::WireUse use(tally);

  FloodStream stream;
  std::vector<std::uint32_t> sequence(nodes, 0);
  std::vector<std::uint16_t> seen(nodes, 0);
  Calendar calendar;
  const auto forward = [&](NodeId node, NodeId except, std::uint32_t item, SimTime now) {
    std::size_t count = 0;
    const auto peers = overlay.peers(node);
    for (std::size_t k = 0; k < peers.size(); ++k) {
      if (peers[k] == except) continue;
      Event event;
      event.time_ns = wire.depart(use, node, peers[k], 1000, overlay.base_latency(node, k), now).arrival.ns;
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
    const Event event = *calendar.pop();
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

std::uint64_t replay(const FloodStream& stream) {
  Calendar calendar;
  Digest seen;
  auto next = stream.pushes.begin();
  for (std::size_t i = 0; i < stream.at_start; ++i) calendar.push(*next++);
  for (const std::uint8_t count : stream.after_pop) {
    seen.add(static_cast<std::uint64_t>(calendar.pop()->time_ns));
    for (std::uint8_t i = 0; i < count; ++i) calendar.push(*next++);
  }
  return seen.value();
}

}  // namespace hearsay::bench
