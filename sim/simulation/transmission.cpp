#include "sim/simulation/transmission.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::Step;
using metrics::Drop;

Transmission::Transmission(RunThread& thread, Payloads& payloads, NodeSide& nodes)
    : t_(thread), payloads_(payloads), nodes_(nodes) {
  const World& w = t_.world;
  conditional_ = w.reliable() || !w.loss.none() || w.faults.any_losses() || w.faults.any_pauses() ||
                 w.nodes_can_crash() || w.latency.per_message() || !w.wire.uniform_serialisation() ||
                 !w.outboxes.empty();
  destructive_ = w.reliable() || !w.always_up || w.faults.any_cuts();
}

// ------------------------------------------------------------------------------------------ sending

void Transmission::multicast(NodeId from, std::span<const NodeId> to, NodeId except, std::uint32_t slot,
                             std::size_t kind, bool carries_items) {
  World& w = t_.world;
  PayloadHeader& payload = payloads_[slot];
  const std::uint64_t bytes = payload.bytes;
  std::uint32_t& sequence = t_.states[index(from)].sequence;
  const std::uint32_t first = sequence;
  network::Multicast transfers = w.wire.multicast(t_.wire_use, from, bytes, t_.now, w.kind_latency[kind]);
  network::Links links(w.overlay, from);
  std::uint32_t next = first;
  const SimTime now = t_.now;
  SimTime last = now;
  for (const NodeId peer : to) {
    if (peer == except) continue;
    HEARSAY_CHECK(peer != from, "a node does not send to itself");
    const network::Departure d = transfers.depart(peer, links.latency(peer));
    const SimTime at = d.claims_downlink ? d.first_bit : d.arrival;
    last = std::max(last, at);
    push_transfer(from, peer, next++, slot, (d.start - now).ns, d.claims_downlink ? Step::kFirstBit : Step::kDeliver,
                  at.ns);
  }
  if (t_.trace != nullptr) [[unlikely]] {
    std::uint32_t noted = first;
    for (const NodeId peer : to)
      if (peer != except) t_.note(TraceEvent::kSend, from, peer, detail(slot, noted++, {}));
  }
  sequence = next;
  const std::uint32_t count = next - first;
  payload.serialised = transfers.finish();
  payloads_.refer(slot, count, last);
  count_in_flight(slot, count, carries_items);
  t_.bytes_in_flight += static_cast<std::int64_t>(count * bytes);
  t_.tally.sent(kind, from, count, bytes, carries_items, t_.now);
}

std::uint32_t Transmission::announce(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items) {
  const std::uint32_t sequence = t_.next_sequence(from);
  t_.tally.sent(kind, from, 1, payloads_[slot].bytes, carries_items, t_.now);
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kSend, from, to, detail(slot, sequence, {}));
  return sequence;
}

Transmission::Sent Transmission::depart(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind,
                                        bool carries_items, std::uint32_t sequence, SimTime sent) {
  World& w = t_.world;
  PayloadHeader& payload = payloads_[slot];
  const std::uint64_t bytes = payload.bytes;
  const Duration latency = w.message_latency(from, to, sequence);
  Duration back;
  if (w.spec.network.connection_per_message) [[unlikely]]
    back = w.message_latency(to, from, sequence);
  const SimTime handed = w.faults.any_pauses() ? sent + w.faults.pause(from, sent, t_.fault_tally) : sent;
  const network::Departure d =
      w.wire.depart(t_.wire_use, from, to, bytes, latency, std::max(t_.now, handed), w.kind_latency[kind], back);
  payload.serialised = d.done - d.start;
  bool lost = !w.loss.none() && w.loss.lost(from, to, sequence, d.start, t_.lane_of(from).loss_chains);
  if (!lost && w.faults.any_losses()) lost = w.faults.loses(from, to, sequence, d.start, t_.fault_tally);
  if (lost) {
    count_lost(from, to, slot, sequence, Drop::kLoss);
    payloads_.refer(slot, 0, t_.now);
    return {d, sequence, false, t_.now};
  }
  const Step step = first_step(from, to, d);
  const SimTime at = d.claims_downlink ? d.first_bit : d.arrival;
  payloads_.refer(slot, 1, at);
  count_in_flight(slot, 1, carries_items);
  t_.bytes_in_flight += static_cast<std::int64_t>(bytes);
  push_transfer(from, to, sequence, slot, (d.start - handed).ns, step, at.ns);
  return {d, sequence, true, at};
}

Step Transmission::first_step(NodeId from, NodeId to, const network::Departure& d) const {
  const Step usual = d.claims_downlink ? Step::kFirstBit : Step::kDeliver;
  if (!t_.world.nodes_can_crash()) [[likely]]
    return usual;
  const SimTime crash = t_.world.next_crash(from, t_.now);
  if (crash >= d.done) return usual;
  if (!d.claims_downlink) return Step::kCutShort;
  // Whether the first bit comes before the crash; within one instant the world's events come before those of nodes, and
  // nodes in the order of their ids.
  const bool first_bit_comes =
      d.first_bit < crash || (d.first_bit == crash && to < from && !t_.world.crash_of_many(from, crash));
  return first_bit_comes ? Step::kFirstBitCutShort : Step::kCutShort;
}

void Transmission::lose_at_send(NodeId from, NodeId to, std::uint32_t slot, std::uint32_t sequence, Drop reason) {
  count_lost(from, to, slot, sequence, reason);
  payloads_.refer(slot, 0, t_.now);
}

void Transmission::lose_waiting(NodeId from, NodeId to, std::uint32_t slot, bool carries_items, std::uint32_t sequence,
                                Drop reason) {
  end_waiting(slot, carries_items);
  if (reason == Drop::kCrash) blame_crash(from);
  count_lost(from, to, slot, sequence, reason);
}

void Transmission::count_silenced(std::size_t fault, NodeId from, std::span<const NodeId> to, NodeId except) {
  t_.fault_tally.hit(fault, from);
  for (const NodeId peer : to)
    if (peer != except) t_.fault_tally.dropped(fault);
}

// ---------------------------------------------------------------------------------------- receiving

std::optional<Event> Transmission::first_bit(const Event& event) {
  const World& w = t_.world;
  const PayloadHeader& payload = payloads_[event.payload];
  const NodeId to = target_of(event);
  Event delivery = event;
  delivery.step = event.step == Step::kFirstBitCutShort ? Step::kCutShort : Step::kDeliver;
  if (!w.always_up && !w.up(to)) [[unlikely]]
    return delivery;  // lost at once
  auto arrival = t_.world.wire.first_bit(t_.wire_use, source_of(event), to, payload.bytes, payload.serialised, t_.now);
  // The receiver's crash takes it along: lost then, not later, when the node may be up again.
  if (w.nodes_can_crash()) [[unlikely]]
    arrival.delivered = std::min(arrival.delivered, w.next_crash(to, t_.now));
  delivery.time_ns = arrival.delivered.ns;
  delivery.set_wait_ns(event.wait_ns() + arrival.wait.ns);
  if (arrival.delivered == t_.now) return delivery;  // same key, same instant
  t_.calendar.push(delivery);
  return std::nullopt;
}

bool Transmission::survives(const Event& event, const PayloadHeader& payload, bool broken) {
  World& w = t_.world;
  const NodeId from = source_of(event), to = target_of(event);
  if (event.step == Step::kCutShort) {
    blame_crash(from);
    drop(event, payload, Drop::kCrash);
    return false;
  }
  if (w.faults.any_cuts()) {
    if (const int fault = w.faults.cut(from, to, payload.sent, t_.now); fault >= 0) {
      w.faults.dropped(static_cast<std::size_t>(fault), from, to, t_.fault_tally);
      drop(event, payload, Drop::kPartition);
      return false;
    }
  }
  if (!w.up(to) || (!w.always_up && t_.now - payload.serialised < w.up_since[index(to)])) {
    blame_crash(to);
    drop(event, payload, Drop::kCrash);
    return false;
  }
  if (broken) drop(event, payload, Drop::kBroken);
  return !broken;
}

void Transmission::drop(const Event& event, const PayloadHeader& payload, Drop reason) {
  count_in_flight(event.payload, -1, !t_.awaits_items_only || !nodes_.carried(event.payload).empty());
  t_.bytes_in_flight -= static_cast<std::int64_t>(payload.bytes);
  count_lost(source_of(event), target_of(event), event.payload, event.sequence, reason);
}

void Transmission::count_lost(NodeId from, NodeId to, std::uint32_t slot, std::uint32_t sequence, Drop reason) {
  t_.tally.lost(reason, payloads_[slot].bytes);
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kDrop, to, from, detail(slot, sequence, metrics::drop_name(reason)));
}

void Transmission::note_received(const Event& event) {
  t_.note(TraceEvent::kReceive, target_of(event), source_of(event), detail(event.payload, event.sequence, {}));
}

TraceDetail Transmission::detail(std::uint32_t slot, std::uint32_t sequence, std::string_view text) const {
  return {t_.world.kinds[nodes_.message_kind(slot)], -1, payloads_[slot].bytes, sequence, text, nodes_.carried(slot)};
}

void Transmission::blame_crash(NodeId node) {
  if (const int fault = t_.world.faults.took_down(node, t_.now); fault >= 0)
    t_.fault_tally.dropped(static_cast<std::size_t>(fault));
}

}  // namespace hearsay::simulation
