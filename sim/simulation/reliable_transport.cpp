#include "sim/simulation/reliable_transport.hpp"

#include <algorithm>
#include <utility>

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using engine::Step;

void ReliableTransport::send(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items) {
  if (transfers_.broken(from, to)) {
    // Nothing leaves on a connection that is down: sent and lost in one.
    const std::uint32_t sequence = t_.next_sequence(from);
    t_.tally.sent(kind, from, 1, payloads_[slot].bytes, carries_items);
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kSend, from, to,
              {t_.world.kinds[kind], nodes_.first_item(slot), payloads_[slot].bytes, sequence, {}});
    transmission_.lose_at_send(from, to, slot, sequence, metrics::Drop::kBroken);
    return;
  }
  const std::uint32_t transfer = transfers_.open(from, to);
  transfers_[transfer].payload = slot;
  transfers_[transfer].kind = static_cast<std::uint32_t>(kind);
  transfers_[transfer].carries_items = carries_items;
  payloads_[slot].set_transfer(transfer);
  payloads_.retain(slot);  // for the next attempt
  start_attempt(transfer);
}

void ReliableTransport::start_attempt(std::uint32_t transfer) {
  const auto t = transfers_[transfer];
  const auto sent = transmission_.send(t.from, t.to, t.payload, t.kind, t.carries_items);
  if (sent.on_its_way) ++transfers_[transfer].events;
  const Duration timeout = t_.world.spec.network.rto * (std::int64_t{1} << std::min<std::uint32_t>(t.attempt, 30));
  t_.calendar.push(node_event(std::max(sent.departure.done + timeout, t_.now + nanoseconds(1)), t.from, t.from,
                              sent.sequence, EventKind::kMessage, Step::kTimeout, transfer));
  ++transfers_[transfer].events;
}

bool ReliableTransport::accept(const Event& event, std::uint32_t transfer) {
  auto& t = transfers_[transfer];
  const World& w = t_.world;
  const bool first = !t.delivered;
  t.delivered = true;
  const Duration back =
      w.latency.per_message() ? w.latency.message(t.to, t.from, event.sequence) : w.overlay.latency(t.to, t.from);
  const std::uint32_t ack = transfers_.open_ack(transfer, t_.now);
  t_.calendar.push(node_event(std::max(t_.now + back, t_.now + nanoseconds(1)), t.from, t.from, event.sequence,
                              EventKind::kMessage, Step::kAck, ack));
  // The attempt's event becomes the acknowledgement's: the count of events stays.
  return first;
}

void ReliableTransport::on_ack(const Event& event) {
  const ReliableTransfers::Ack ack = transfers_.close_ack(event.payload);
  const auto& t = transfers_[ack.transfer];
  if (t_.world.up(t.from) && t_.world.faults.cut(t.to, t.from, ack.sent, t_.now) < 0)
    transfers_.acknowledge(ack.transfer);
  drop_event(ack.transfer);
}

void ReliableTransport::on_timeout(const Event& event) {
  const std::uint32_t transfer = event.payload;
  auto& t = transfers_[transfer];
  if (t.waiting()) {
    if (t.attempt < t_.world.spec.network.max_retries) {
      ++t.attempt;
      // A record of its own for each attempt: the last one may still be on its way.
      const std::uint32_t slot = payloads_.create_copy(t.payload, t_.now);
      payloads_.release(t.payload);
      t.payload = slot;
      payloads_[slot].set_transfer(transfer);
      payloads_.retain(slot);
      start_attempt(transfer);
    } else {
      break_connection(event, t.from, t.to);
    }
  }
  drop_event(transfer);
}

void ReliableTransport::drop_event(std::uint32_t transfer) {
  const std::uint32_t payload = transfers_[transfer].payload;
  if (transfers_.drop_event(transfer)) payloads_.release(payload);
}

void ReliableTransport::break_connection(const Event& event, NodeId from, NodeId to) {
  if (transfers_.broken(from, to)) return;
  transfers_.break_connection(from, to);
  transfers_.give_up_all(from, to, true);
  transfers_.give_up_all(to, from, true);
  if (membership_ != nullptr) {
    membership_->connection_broken(event, from, to);
  } else {
    t_.world.overlay.remove_peer(from, to);
    t_.world.overlay.remove_peer(to, from);
    push_peer_change(EventKind::kPeerDown, from, to);
  }
  push_reconnect(from, to);
}

void ReliableTransport::push_reconnect(NodeId from, NodeId to) {
  t_.calendar.push(node_event(t_.now + t_.world.spec.network.reconnect_delay, from, from, t_.next_sequence(from),
                              EventKind::kMessage, Step::kReconnect, static_cast<std::uint32_t>(to)));
}

void ReliableTransport::on_reconnect(const Event& event) {
  const World& w = t_.world;
  const NodeId from = target_of(event);
  const NodeId to{event.payload};
  if (!transfers_.broken(from, to)) return;  // the membership has connected them again
  const bool reachable = w.up(from) && w.up(to) && w.faults.cut(from, to, t_.now, t_.now) < 0 &&
                         w.faults.cut(to, from, t_.now, t_.now) < 0;
  if (!reachable) {
    push_reconnect(from, to);
    return;
  }
  transfers_.mend_connection(from, to);
  if (membership_ != nullptr) {
    membership_->connection_mended(event, from, to);
    return;
  }
  t_.world.overlay.add_peer(from, to);
  t_.world.overlay.add_peer(to, from);
  push_peer_change(EventKind::kPeerUp, from, to);
}

void ReliableTransport::push_peer_change(EventKind kind, NodeId from, NodeId to) {
  for (const auto& [node, peer] : {std::pair(from, to), std::pair(to, from)})
    t_.calendar.push(node_event(t_.now + nanoseconds(1), node, from, t_.next_sequence(from), kind, Step::kDeliver,
                                static_cast<std::uint32_t>(peer)));
}

}  // namespace hearsay::simulation
