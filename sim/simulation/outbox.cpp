#include "sim/simulation/outbox.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/simulation/reliable_transport.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using engine::Step;
using metrics::Drop;
using protocol::SendFailure;

namespace {

constexpr std::uint32_t kNone = OutboxNode::kNone;
constexpr std::int64_t kSent = 0;
constexpr std::int64_t failed(SendFailure why) { return 1 + static_cast<std::int64_t>(why); }

}  // namespace

// ------------------------------------------------------------------------------------------ leaving

void Outbox::post(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items, const SendAsk& ask,
                  std::uint32_t transfer) {
  const Outgoing message{.from = from,
                         .to = to,
                         .payload = slot,
                         .kind = static_cast<std::uint32_t>(kind),
                         .carries_items = carries_items,
                         .ask = ask,
                         .transfer = transfer,
                         .sequence = transmission_.announce(from, to, slot, kind, carries_items),
                         .handed = t_.now};
  const network::Wire& wire = t_.world.wire;
  const bool waits =
      wire.uses_uplink(payloads_[slot].bytes) && (box(from).bytes > 0 || wire.uplink_free(from) > t_.now);
  if (waits)
    wait(message);
  else
    leave(message);
}

/// Until when its record is read, as far as is known.
SimTime Outbox::leave(const Outgoing& m) {
  const Transmission::Sent sent =
      transmission_.depart(m.from, m.to, m.payload, m.kind, m.carries_items, m.sequence, m.handed);
  if (m.transfer != kNoTransfer) transport_->departed(m.transfer, sent);
  if (m.ask.handle != kNoHandle && !lane(m.from).handles[m.ask.handle].sent) {
    lane(m.from).handles[m.ask.handle].sent = true;
    push_outcome(m.from, m.ask.handle, sent.departure.done, kSent);
  }
  return sent.last_read;
}

void Outbox::wait(const Outgoing& m) {
  LaneOutbox& own = lane(m.from);
  std::uint32_t place = static_cast<std::uint32_t>(own.waiting.size());
  if (own.free.empty()) {
    own.waiting.emplace_back();
  } else {
    place = own.free.back();
    own.free.pop_back();
  }
  OutboxNode& node = box(m.from);
  OutboxNode::List& list = node.classes[static_cast<std::size_t>(m.ask.priority)];
  own.waiting[place] = {m, list.last, kNone};
  (list.last == kNone ? list.first : own.waiting[list.last].after) = place;
  list.last = place;
  node.bytes += payloads_[m.payload].bytes;
  transmission_.begin_waiting(m.payload, m.carries_items);
  payloads_.retain(m.payload);
  if (m.ask.handle != kNoHandle) {
    own.handles[m.ask.handle].waiting = place;
    hold(m.from, m.ask.handle);
  }
  if (!node.waking) wake(m.from);
}

/// Out of its list. What waiting held goes by leave() or lose(), and release().
Outgoing Outbox::take(NodeId from, std::uint32_t place) {
  LaneOutbox& own = lane(from);
  const LaneOutbox::Waiting w = own.waiting[place];
  OutboxNode& node = box(from);
  OutboxNode::List& list = node.classes[static_cast<std::size_t>(w.message.ask.priority)];
  (w.before == kNone ? list.first : own.waiting[w.before].after) = w.after;
  (w.after == kNone ? list.last : own.waiting[w.after].before) = w.before;
  node.bytes -= payloads_[w.message.payload].bytes;
  own.free.push_back(place);
  if (w.message.ask.handle != kNoHandle) own.handles[w.message.ask.handle].waiting = kNone;
  return w.message;
}

void Outbox::on_uplink_free(const Event& event) {
  const NodeId self = target_of(event);
  OutboxNode& node = box(self);
  node.waking = false;
  while (t_.world.wire.uplink_free(self) <= t_.now) {
    const auto next = std::find_if(node.classes.begin(), node.classes.end(),
                                   [](const OutboxNode::List& list) { return list.first != kNone; });
    if (next == node.classes.end()) return;
    const Outgoing m = take(self, next->first);
    if (m.transfer != kNoTransfer && transport_->is_given_up(m.transfer)) {
      lose(m, Drop::kBroken);
      continue;
    }
    transmission_.end_waiting(m.payload, m.carries_items);
    payloads_.let_go(m.payload, leave(m));
    if (m.ask.handle != kNoHandle) release(self, m.ask.handle);
  }
  if (node.bytes > 0) wake(self);
}

void Outbox::wake(NodeId self) {
  box(self).waking = true;
  t_.calendar.push(node_event(t_.world.wire.uplink_free(self), self, self, t_.next_sequence(self), EventKind::kTimer,
                              Step::kUplinkFree, 0));
}

// -------------------------------------------------------------------------------- leaving no more

void Outbox::lose(const Outgoing& m, Drop reason) {
  transmission_.lose_waiting(m.from, m.to, m.payload, m.carries_items, m.sequence, reason);
  payloads_.let_go(m.payload, t_.now);
  if (m.transfer != kNoTransfer) transport_->abandoned(m.transfer);
  if (m.ask.handle != kNoHandle) release(m.from, m.ask.handle);
}

void Outbox::cancel(NodeId from, std::uint32_t handle_slot) {
  const LaneOutbox::Handle& handle = lane(from).handles[handle_slot];
  if (handle.waiting == kNone || handle.sent) return;
  fail(from, handle_slot, SendFailure::kCancelled);
  const Outgoing m = take(from, handle.waiting);
  if (m.transfer != kNoTransfer) transport_->cancel(m.transfer);
  lose(m, Drop::kCancelled);
}

void Outbox::went_down(NodeId self) {
  OutboxNode& node = box(self);
  for (OutboxNode::List& list : node.classes)
    while (list.first != kNone) lose(take(self, list.first), Drop::kCrash);
}

// --------------------------------------------------------------------------------------- outcomes

void Outbox::track(NodeId from, std::uint32_t slot, NodeId to) {
  auto& handles = lane(from).handles;
  if (slot >= handles.size()) handles.resize(slot + std::size_t{1});
  handles[slot] = {.to = to, .references = 1};
}

void Outbox::hold(NodeId from, std::uint32_t slot) { ++lane(from).handles[slot].references; }

void Outbox::release(NodeId from, std::uint32_t slot) {
  if (--lane(from).handles[slot].references == 0) nodes_.timer_table(from).close(slot);
}

void Outbox::fail(NodeId from, std::uint32_t handle, SendFailure why) {
  push_outcome(from, handle, t_.now, failed(why));
}

void Outbox::seem_sent(NodeId from, std::uint32_t handle) { push_outcome(from, handle, t_.now, kSent); }

/// A handler hears of what another one did 1 ns later at the earliest, as of everything.
void Outbox::push_outcome(NodeId from, std::uint32_t handle, SimTime at, std::int64_t what) {
  hold(from, handle);
  Event event = node_event(std::max(at, t_.now + nanoseconds(1)), from, from, t_.next_sequence(from), EventKind::kTimer,
                           Step::kOutcome, handle);
  event.set_wait_ns(what);
  t_.calendar.push(event);
}

Outbox::Outcome Outbox::outcome(const Event& event) {
  const std::int64_t what = event.wait_ns();
  return {lane(target_of(event)).handles[event.payload].to, what == kSent,
          what == kSent ? SendFailure::kCancelled : static_cast<SendFailure>(what - 1)};
}

}  // namespace hearsay::simulation
