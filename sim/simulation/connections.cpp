#include "sim/simulation/connections.hpp"

#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/simulation/reliable_transport.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using engine::Step;
using protocol::PeerDown;

// ----------------------------------------------------------------------------------------- signals

Connections::Signal Connections::signal_of(const Event& event) {
  return {NodeId{event.payload}, event.wait_low, event.wait_high};
}

void Connections::push(SimTime at, NodeId to, NodeId from, EventKind kind, Step step, const Signal& signal) {
  Event event = node_event(at, to, from, t_.next_sequence(from), kind, step, static_cast<std::uint32_t>(signal.peer));
  event.wait_low = signal.id;  // a signal has not waited for anything
  event.wait_high = signal.word;
  t_.calendar.push(event);
}

SimTime Connections::arrival(NodeId from, NodeId to) const {
  const World& w = t_.world;
  const Duration latency = w.faults.latency(from, to, w.overlay.latency(from, to), t_.now);
  return std::max(t_.now + latency, t_.now + nanoseconds(1));
}

void Connections::tell(NodeId self, NodeId peer, EventKind kind, Step step, std::uint32_t id, std::uint16_t word) {
  const SimTime at = arrival(self, peer);
  // Faults ask nobody, so it is known now what the link will be like.
  if (t_.world.faults.cut(self, peer, t_.now, at) < 0) push(at, peer, self, kind, step, {self, id, word});
}

void Connections::own_end_down(NodeId self, NodeId peer, std::uint32_t id, PeerDown why, SimTime at) {
  push(at, self, self, EventKind::kPeerDown, Step::kDeliver, {peer, id, static_cast<std::uint16_t>(why)});
}

// ---------------------------------------------------------------------------------- what a node does

void Connections::connect(NodeId self, NodeId peer, std::uint8_t purpose) {
  HEARSAY_CHECK(peer != self, "a node does not connect to itself");
  ConnectionEnds& ends = t_.world.ends;
  if (ends.find(self, peer) != nullptr) return;
  const std::uint32_t id = (t_.next_sequence(self) << 1) | (self < peer ? 1u : 0u);
  ends.add(self, {.peer = peer, .id = id});
  tell(self, peer, EventKind::kPeerUp, Step::kRequest, id, purpose);
  own_end_down(self, peer, id, PeerDown::kNoAnswer, t_.now + t_.world.spec.network.connect_timeout);
}

void Connections::disconnect(NodeId self, NodeId peer) {
  ConnectionEnd* const end = t_.world.ends.find(self, peer);
  if (end == nullptr || end->closing) return;
  end->closing = true;
  if (end->up) tell_down(self, peer, end->id, PeerDown::kClosed);
  own_end_down(self, peer, end->id, PeerDown::kClosedHere, t_.now + nanoseconds(1));
}

void Connections::give_up(NodeId self, NodeId peer) {
  ConnectionEnd* const end = t_.world.ends.find(self, peer);
  if (end == nullptr || end->closing || !end->up) return;
  end->closing = true;
  push(arrival(self, peer), peer, self, EventKind::kPeerDown, Step::kDeliver,
       {self, end->id, static_cast<std::uint16_t>(PeerDown::kBroken)});
  own_end_down(self, peer, end->id, PeerDown::kBroken, t_.now + nanoseconds(1));
}

// --------------------------------------------------------------------------------- what a node hears

void Connections::on_event(const Event& event) {
  const NodeId self = target_of(event);
  if (!t_.world.up(self)) return;
  const Signal signal = signal_of(event);
  if (event.kind == EventKind::kPeerDown)
    on_down(event, self, signal);
  else if (event.step == Step::kRequest)
    on_request(event, self, signal);
  else
    on_yes(event, self, signal);
}

bool Connections::has_room(NodeId self) const {
  const std::uint32_t cap = t_.world.attributes[index(self)].inbound_cap;
  return cap == 0 || t_.world.ends.inbound(self) < cap;
}

void Connections::on_request(const Event& event, NodeId self, const Signal& signal) {
  ConnectionEnds& ends = t_.world.ends;
  ConnectionEnd* end = ends.find(self, signal.peer);
  if (end != nullptr && !end->up && !end->closing) {
    // Both ask. The higher id takes the other's request for the connection, the lower id waits for the yes.
    if (self < signal.peer) return;
    end->id = signal.id;
  } else {
    if (end != nullptr) {
      // The other end is gone, or it would not ask.
      go_down(event, self, signal.peer, end->closing ? PeerDown::kClosedHere : PeerDown::kClosed);
    }
    if (!has_room(self) || !nodes_.accepts(self, signal.peer, static_cast<std::uint8_t>(signal.word))) {
      tell_down(self, signal.peer, signal.id, PeerDown::kRefused);
      return;
    }
    end = &ends.add(self, {.peer = signal.peer, .id = signal.id, .inbound = true});
  }
  tell(self, signal.peer, EventKind::kPeerUp, Step::kDeliver, signal.id, 0);
  go_up(event, self, *end);
}

void Connections::on_yes(const Event& event, NodeId self, const Signal& signal) {
  ConnectionEnd* const end = t_.world.ends.find(self, signal.peer);
  if (end == nullptr || end->id != signal.id || end->closing) {
    tell_down(self, signal.peer, signal.id, PeerDown::kClosed);
    return;
  }
  if (!end->up) go_up(event, self, *end);
}

void Connections::on_down(const Event& event, NodeId self, const Signal& signal) {
  const auto why = static_cast<PeerDown>(signal.word);
  const ConnectionEnd* const end = t_.world.ends.find(self, signal.peer);
  if (end == nullptr || end->id != signal.id) return;
  if (never_connected(why) && (end->up || end->closing)) return;
  go_down(event, self, signal.peer, why);
}

void Connections::go_up(const Event& event, NodeId self, ConnectionEnd& end) {
  end.up = true;
  const NodeId peer = end.peer;
  t_.world.overlay.add_peer(self, peer);
  if (transport_ != nullptr) transport_->mend(self, peer);
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kPeerUp, self, peer);
  nodes_.peer_up(event, peer);
}

void Connections::go_down(const Event& event, NodeId self, NodeId peer, PeerDown why) {
  const bool was_up = t_.world.ends.find(self, peer)->up;
  t_.world.ends.remove(self, peer);
  if (was_up) {
    t_.world.overlay.remove_peer(self, peer);
    if (t_.trace != nullptr) [[unlikely]]
      t_.note(TraceEvent::kPeerDown, self, peer, {.text = peer_down_name(why)});
  }
  if (transport_ != nullptr && why == PeerDown::kBroken) transport_->connection_broke(self, peer);
  nodes_.peer_down(event, peer, why, was_up);
}

// ------------------------------------------------------------------------------ failures and their detector

void Connections::went_down(NodeId self) {
  World& w = t_.world;
  if (!w.ends_die()) return;
  const Duration keep_alive = w.spec.network.keep_alive;
  for (const ConnectionEnd& end : w.ends.of(self)) {
    if (!end.up) continue;
    w.overlay.remove_peer(self, end.peer);
    if (keep_alive.ns > 0)
      push(std::max(t_.now + keep_alive, arrival(self, end.peer)), end.peer, self, EventKind::kPeerDown, Step::kDeliver,
           {self, end.id, static_cast<std::uint16_t>(PeerDown::kCrashed)});
  }
  w.ends.clear(self);
}

void Connections::links_cut() {
  World& w = t_.world;
  const Duration keep_alive = w.spec.network.keep_alive;
  if (keep_alive.ns == 0) return;
  const SimTime seen = t_.now + keep_alive;
  for (std::uint32_t n = 0; n < w.attributes.size(); ++n) {
    const NodeId self{n};
    if (!w.up(self)) continue;
    for (const NodeId peer : w.overlay.peers(self)) {
      const int fault = w.faults.cut(peer, self, t_.now, t_.now);
      if (fault < 0 || w.faults.spec(static_cast<std::size_t>(fault)).until <= seen) continue;
      own_end_down(self, peer, w.ends.find(self, peer)->id, PeerDown::kCrashed, seen);
    }
  }
}

}  // namespace hearsay::simulation
