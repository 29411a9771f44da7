#include "sim/simulation/reliable_transport.hpp"

#include <algorithm>

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using engine::Step;

void ReliableTransport::send(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items,
                             const SendAsk& ask) {
  if (refused(from, to)) {
    // Nothing leaves on a connection that is down: sent and lost in one.
    const std::uint32_t sequence = transmission_.announce(from, to, slot, kind, carries_items);
    transmission_.lose_at_send(from, to, slot, sequence, metrics::Drop::kBroken);
    if (ask.handle != kNoHandle) outbox_->fail(from, ask.handle, protocol::SendFailure::kPeerGone);
    return;
  }
  const std::uint32_t id = transfers_.create();
  Transfer& transfer = transfers_[id];
  transfer.from = from;
  transfer.to = to;
  transfer.first_sequence = t_.states[index(from)].sequence;
  transfer.payload = slot;
  transfer.kind = static_cast<std::uint32_t>(kind);
  transfer.carries_items = carries_items;
  transfer.ask = ask;
  if (ask.handle != kNoHandle) outbox_->hold(from, ask.handle);
  lane(from).waiting[from].emplace(transfer.first_sequence, id);
  ++lane(from).waiting_count;
  start_attempt(id);
}

bool ReliableTransport::refused(NodeId from, NodeId to) {
  auto& broken = lane(from).broken;
  if (broken.empty()) return false;
  const auto found = broken.find({from, to});
  return found != broken.end() && t_.now < found->second + t_.world.spec.network.reconnect_delay;
}

void ReliableTransport::start_attempt(std::uint32_t id) {
  Transfer& t = transfers_[id];
  payloads_[t.payload].set_transfer(id);
  payloads_.retain(t.payload);  // for the next attempt
  // What waits in the outbox holds the transfer as an event does.
  t.events.fetch_add(1, std::memory_order_relaxed);
  if (outbox_ != nullptr)
    outbox_->post(t.from, t.to, t.payload, t.kind, t.carries_items, t.ask, id);
  else
    departed(id, transmission_.send(t.from, t.to, t.payload, t.kind, t.carries_items));
}

/// The event of the timeout takes the place of what waited.
void ReliableTransport::departed(std::uint32_t id, const Transmission::Sent& sent) {
  Transfer& t = transfers_[id];
  t.payload_read = sent.last_read;
  if (sent.on_its_way) t.events.fetch_add(1, std::memory_order_relaxed);
  const Duration timeout = t_.world.spec.network.rto * (std::int64_t{1} << std::min<std::uint32_t>(t.attempt, 30));
  t_.calendar.push(node_event(std::max(sent.departure.done + timeout, t_.now + nanoseconds(1)), t.from, t.from,
                              sent.sequence, EventKind::kMessage, Step::kTimeout, id));
}

bool ReliableTransport::is_broken(const Event& event, const PayloadHeader& payload) {
  if (payload.plain()) return false;
  const auto& broken = lane(target_of(event)).broken;
  if (broken.empty()) return false;
  const auto found = broken.find({target_of(event), source_of(event)});
  return found != broken.end() && payload.sent <= found->second;
}

bool ReliableTransport::accept(const Event& event, std::uint32_t id) {
  Transfer& t = transfers_[id];
  const World& w = t_.world;
  const bool first = !t.delivered;
  t.delivered = true;
  const Duration back = w.faults.latency(t.to, t.from, w.message_latency(t.to, t.from, event.sequence), t_.now);
  const SimTime at = std::max(t_.now + back, t_.now + nanoseconds(1));
  // Faults ask nobody, so it is known now what the link will be like.
  if (w.faults.cut(t.to, t.from, t_.now, at) >= 0)
    drop_event(id);
  else  // the attempt's event becomes the acknowledgement's: the count of events stays
    t_.calendar.push(node_event(at, t.from, t.from, event.sequence, EventKind::kMessage, Step::kAck, id));
  return first;
}

void ReliableTransport::on_ack(const Event& event) {
  Transfer& t = transfers_[event.payload];
  if (t_.world.up(t.from)) end_waiting(t);
  drop_event(event.payload);
}

void ReliableTransport::on_timeout(const Event& event) {
  const std::uint32_t id = event.payload;
  Transfer& t = transfers_[id];
  if (t.waiting) {
    if (t.attempt < t_.world.spec.network.max_retries) {
      ++t.attempt;
      // A record of its own for each attempt: the last one may still be on its way.
      const std::uint32_t slot = payloads_.create_copy(t.payload, t_.now);
      payloads_.let_go(t.payload, t.payload_read);
      t.payload = slot;
      start_attempt(id);
    } else {
      const NodeId from = t.from, to = t.to;
      connections_.give_up(from, to);
      connection_broke(from, to);
    }
  }
  drop_event(id);
}

void ReliableTransport::connection_broke(NodeId self, NodeId peer) {
  lane(self).broken.insert_or_assign({self, peer}, t_.now);
  give_up_all(self, peer, GiveUp::kBroken);
}

void ReliableTransport::end_waiting(Transfer& t) {
  if (!t.waiting) return;
  t.waiting = false;
  LaneTransfers& own = lane(t.from);
  --own.waiting_count;
  const auto sender = own.waiting.find(t.from);
  sender->second.erase(t.first_sequence);
  if (sender->second.empty()) own.waiting.erase(sender);
  if (t.ask.handle != kNoHandle) outbox_->release(t.from, t.ask.handle);
}

/// Of a sender's, to one receiver or to all (kNoNode). O(what waits of the sender's).
void ReliableTransport::give_up_all(NodeId from, NodeId to, GiveUp why) {
  const auto& all = lane(from).waiting;
  const auto sender = all.find(from);
  if (sender == all.end()) return;
  std::vector<std::uint32_t> given_up;
  for (const auto& [sequence, id] : sender->second)
    if (to == kNoNode || transfers_[id].to == to) given_up.push_back(id);
  for (const std::uint32_t id : given_up) {
    Transfer& t = transfers_[id];
    t.given_up = why == GiveUp::kBroken;
    if (t.given_up && t.ask.handle != kNoHandle) outbox_->fail(from, t.ask.handle, protocol::SendFailure::kBroken);
    end_waiting(t);
  }
}

void ReliableTransport::drop_event(std::uint32_t id) {
  Transfer& t = transfers_[id];
  if (t.events.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  payloads_.let_go(t.payload, std::max(t.payload_read, t_.now));
  transfers_.free(id);
}

}  // namespace hearsay::simulation
