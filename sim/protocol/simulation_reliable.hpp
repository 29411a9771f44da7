#pragma once

// Simulation<P>: the reliable transport. The rules are in reliable.hpp. Included by simulation.hpp alone.

#include "sim/protocol/simulation.hpp"

namespace hearsay::protocol {

template <Protocol P>
void Simulation<P>::send_reliably(NodeId from, NodeId to, const Message& message, std::uint64_t bytes, bool carries) {
  const std::uint32_t slot = payloads_.create(message, now_, bytes);
  if (transfers_.broken(from, to)) {
    // Nothing leaves on a connection that is down: sent and lost in one.
    const std::uint32_t sequence = w_.states[index(from)].sequence++;
    w_.recorder.sent(message.index(), from, 1, bytes, carries);
    if (trace_) [[unlikely]]
      note("send", from, to, {kind_name(message.index()), first_item(message), bytes, sequence, {}});
    count_lost(from, to, payloads_[slot], sequence, metrics::Drop::kBroken);
    payloads_.release_if_unused(slot);
    return;
  }
  const std::uint32_t transfer = transfers_.open(from, to);
  transfers_[transfer].payload = slot;
  payloads_[slot].set_transfer(transfer);
  payloads_.retain(slot);  // for the next attempt
  start_attempt(transfer, carries);
}

template <Protocol P>
void Simulation<P>::start_attempt(std::uint32_t transfer, bool carries) {
  const auto t = transfers_[transfer];
  const std::uint64_t before = in_flight_;
  const std::uint32_t sequence = w_.states[index(t.from)].sequence;
  const network::Departure d = transmit(t.from, t.to, t.payload, payloads_[t.payload].message.index(), carries);
  if (in_flight_ > before) ++transfers_[transfer].events;
  const Duration timeout = w_.spec.network.rto * (std::int64_t{1} << std::min<std::uint32_t>(t.attempt, 30));
  w_.calendar.push(wire_event(std::max(d.done + timeout, now_ + nanoseconds(1)), t.from, t.from, sequence,
                              Phase::kTimeout, transfer));
  ++transfers_[transfer].events;
}

template <Protocol P>
bool Simulation<P>::accept_attempt(const Event& event, std::uint32_t transfer) {
  auto& t = transfers_[transfer];
  const bool first = !t.delivered;
  t.delivered = true;
  const Duration back =
      w_.latency.per_message() ? w_.latency.message(t.to, t.from, event.sequence) : w_.overlay.latency(t.to, t.from);
  const std::uint32_t ack = transfers_.open_ack(transfer, now_);
  w_.calendar.push(
      wire_event(std::max(now_ + back, now_ + nanoseconds(1)), t.from, t.from, event.sequence, Phase::kAck, ack));
  // The attempt's event becomes the acknowledgement's: the count of events stays.
  return first;
}

template <Protocol P>
void Simulation<P>::on_ack(const Event& event) {
  const ReliableTransfers::Ack ack = transfers_.close_ack(event.payload);
  const auto& t = transfers_[ack.transfer];
  const bool arrives = w_.up(t.from) && w_.faults.cut(t.to, t.from, ack.sent, now_) < 0;
  if (arrives) transfers_.acknowledge(ack.transfer);
  drop_transfer_event(ack.transfer);
}

template <Protocol P>
void Simulation<P>::on_timeout(const Event& event) {
  const std::uint32_t transfer = event.payload;
  auto& t = transfers_[transfer];
  if (t.waiting()) {
    if (t.attempt < w_.spec.network.max_retries) {
      ++t.attempt;
      // A record of its own for each attempt: the last one may still be on its way.
      const Message message = payloads_[t.payload].message;
      const std::uint64_t bytes = payloads_[t.payload].bytes;
      payloads_.release(t.payload);
      t.payload = payloads_.create(message, now_, bytes);
      payloads_[t.payload].set_transfer(transfer);
      payloads_.retain(t.payload);
      start_attempt(transfer, carries_items(message));
    } else {
      break_connection(event, t.from, t.to);
    }
  }
  drop_transfer_event(transfer);
}

template <Protocol P>
void Simulation<P>::drop_transfer_event(std::uint32_t transfer) {
  const std::uint32_t payload = transfers_[transfer].payload;
  if (transfers_.drop_event(transfer)) payloads_.release(payload);
}

template <Protocol P>
void Simulation<P>::break_connection(const Event& event, NodeId from, NodeId to) {
  if (transfers_.broken(from, to)) return;
  transfers_.break_connection(from, to);
  transfers_.give_up_if(
      [&](const ReliableTransfers::Transfer& t) { return std::minmax(t.from, t.to) == std::minmax(from, to); }, true);
  if (w_.membership) {
    tell_membership(event, from, to,
                    [](auto& all, NodeId a, NodeId b, SimTime now, auto& out) { all.on_broken(a, b, now, out); });
  } else {
    w_.overlay.remove_peer(from, to);
    w_.overlay.remove_peer(to, from);
    push_peer_change(EventKind::kPeerDown, from, to);
  }
  w_.calendar.push(wire_event(now_ + w_.spec.network.reconnect_delay, from, from, w_.states[index(from)].sequence++,
                              Phase::kReconnect, static_cast<std::uint32_t>(to)));
}

template <Protocol P>
void Simulation<P>::on_reconnect(const Event& event) {
  const NodeId from{static_cast<std::uint32_t>(event.target)};
  const NodeId to{event.payload};
  if (!transfers_.broken(from, to)) return;  // the membership has connected them again
  const bool reachable =
      w_.up(from) && w_.up(to) && w_.faults.cut(from, to, now_, now_) < 0 && w_.faults.cut(to, from, now_, now_) < 0;
  if (!reachable) {
    w_.calendar.push(wire_event(now_ + w_.spec.network.reconnect_delay, from, from, w_.states[index(from)].sequence++,
                                Phase::kReconnect, event.payload));
    return;
  }
  transfers_.mend_connection(from, to);
  if (w_.membership) {
    tell_membership(event, from, to,
                    [](auto& all, NodeId a, NodeId b, SimTime now, auto& out) { all.on_mended(a, b, now, out); });
    return;
  }
  w_.overlay.add_peer(from, to);
  w_.overlay.add_peer(to, from);
  push_peer_change(EventKind::kPeerUp, from, to);
}

template <Protocol P>
void Simulation<P>::push_peer_change(EventKind kind, NodeId from, NodeId to) {
  for (const auto& [node, peer] : {std::pair(from, to), std::pair(to, from)}) {
    Event event = wire_event(now_ + nanoseconds(1), node, from, w_.states[index(from)].sequence++, Phase::kDeliver,
                             static_cast<std::uint32_t>(peer));
    event.kind = kind;
    w_.calendar.push(event);
  }
}

template <Protocol P>
void Simulation<P>::on_peer_change(const Event& event) {
  const NodeId node{static_cast<std::uint32_t>(event.target)};
  const NodeId peer{event.payload};
  if (!w_.up(node)) return;
  const bool is_up = event.kind == EventKind::kPeerUp;
  if (w_.membership && !change_peer(node, peer, is_up)) return;
  if (trace_) [[unlikely]]
    note(is_up ? "peer-up" : "peer-down", node, peer, {});
  if constexpr (requires(P & p, Context<P> & ctx) { p.on_peer_up(ctx, peer); })
    if (is_up) call(event, [&](P& p, Context<P>& ctx) { p.on_peer_up(ctx, peer); });
  if constexpr (requires(P & p, Context<P> & ctx) { p.on_peer_down(ctx, peer); })
    if (!is_up) call(event, [&](P& p, Context<P>& ctx) { p.on_peer_down(ctx, peer); });
}

template <Protocol P>
engine::Event Simulation<P>::wire_event(SimTime time, NodeId target, NodeId source, std::uint32_t sequence, Phase phase,
                                        std::uint32_t payload) const {
  Event event;
  event.time_ns = time.ns;
  event.target = static_cast<std::int32_t>(target);
  event.kind = EventKind::kMessage;
  event.phase = phase;
  event.source = static_cast<std::int32_t>(source);
  event.sequence = sequence;
  event.payload = payload;
  return event;
}

}  // namespace hearsay::protocol
