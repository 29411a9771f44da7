#pragma once

// Simulation<P>: the membership's events become calls of its state machine, and its effects messages, timers and
// changes of peers. A change of peers is an event 1 ns later, which changes the overlay and tells the protocol.
// Included by simulation.hpp alone.

#include "sim/protocol/simulation.hpp"

namespace hearsay::protocol {

/// `handler(membership, effects)` for one node; its effects are committed.
template <Protocol P>
template <class Handler>
void Simulation<P>::call_membership(const Event& event, NodeId self, const Handler& handler) {
  digest_key(event);
  membership_effects_.clear();
  handler(*w_.membership, membership_effects_);
  commit_membership(self);
}

template <Protocol P>
void Simulation<P>::commit_membership(NodeId self) {
  using Effect = membership::Effects::Kind;
  for (auto& effect : membership_effects_.list) {
    if (effect.kind == Effect::kSend) {
      send_membership(self, effect.peer, std::move(membership_effects_.messages[effect.message]));
      continue;
    }
    Event event = wire_event(now_ + nanoseconds(1), self, self, w_.states[index(self)].sequence++, Phase::kDeliver,
                             static_cast<std::uint32_t>(effect.peer));
    event.kind = effect.kind == Effect::kConnect ? EventKind::kPeerUp : EventKind::kPeerDown;
    if (effect.kind == Effect::kTimer) {
      HEARSAY_CHECK(effect.delay.ns >= 1, "a timer is set for later, never for now");
      event.time_ns = saturating_add(now_.ns, effect.delay.ns);
      event.kind = EventKind::kTimer;
      event.phase = Phase::kMembership;
      event.payload = effect.timer.packed();
    }
    w_.calendar.push(event);
  }
}

template <Protocol P>
void Simulation<P>::send_membership(NodeId from, NodeId to, membership::Message message) {
  if (w_.faults.any_silent()) [[unlikely]] {
    if (const int fault = w_.faults.silent(from, now_); fault >= 0) {
      w_.faults.count_node(static_cast<std::size_t>(fault), from);
      w_.faults.count_drop(fault);
      return;
    }
  }
  const std::uint32_t slot = payloads_.create(Message{}, now_, message.wire_bytes() + w_.spec.network.overhead_bytes);
  const std::size_t kind = std::variant_size_v<Message> + static_cast<std::size_t>(message.kind);
  payloads_[slot].set_membership(mail_.store(std::move(message)));
  const std::uint64_t before = in_flight_;
  transmit(from, to, slot, kind, false);
  membership_in_flight_ += in_flight_ - before;
}

template <Protocol P>
void Simulation<P>::on_membership_message(const Event& event) {
  const NodeId from{static_cast<std::uint32_t>(event.source)};
  const NodeId to{static_cast<std::uint32_t>(event.target)};
  --membership_in_flight_;
  const membership::Message message = mail_.take(payloads_[event.payload].membership());
  payloads_.release(event.payload);
  call_membership(event, to, [&](membership::Membership& all, membership::Effects& out) {
    digest_.add((std::uint64_t{message.round} << 32) | (std::uint64_t{message.to_peer} << 8) |
                static_cast<std::uint64_t>(message.kind));
    for (const auto& [node, heard] : message.nodes) {
      digest_.add(static_cast<std::uint64_t>(node));
      digest_.add(static_cast<std::uint64_t>(heard.ns));
    }
    all.on_message(to, from, message, now_, out);
  });
}

template <Protocol P>
void Simulation<P>::on_membership_timer(const Event& event) {
  const NodeId self{static_cast<std::uint32_t>(event.target)};
  const auto timer = membership::Timer::unpacked(event.payload);
  if (!w_.membership->is_pending(self, timer)) return;
  if (trace_) [[unlikely]]
    note("timer", self, kNoNode, {.message_kind = {}, .text = membership::timer_kind_name(timer.kind)});
  call_membership(event, self, [&](membership::Membership& all, membership::Effects& out) {
    digest_.add(static_cast<std::uint64_t>(timer.kind));
    all.on_timer(self, timer, now_, out);
  });
}

template <Protocol P>
void Simulation<P>::start_membership(const Event& event, bool lost_state) {
  const NodeId self{static_cast<std::uint32_t>(event.target)};
  call_membership(event, self, [&](membership::Membership& all, membership::Effects& out) {
    all.on_start(self, lost_state, now_, out);
  });
}

template <Protocol P>
void Simulation<P>::stop_membership(NodeId node) {
  w_.membership->on_down(node, now_);
  while (!w_.overlay.peers(node).empty()) w_.overlay.remove_peer(node, w_.overlay.peers(node).back());
}

template <Protocol P>
template <class Handler>
void Simulation<P>::tell_membership(const Event& event, NodeId a, NodeId b, const Handler& handler) {
  for (const auto& [node, peer] : {std::pair(a, b), std::pair(b, a)}) {
    if (!w_.up(node)) continue;
    call_membership(event, node, [&, self = node, other = peer](membership::Membership& all, membership::Effects& out) {
      handler(all, self, other, now_, out);
    });
  }
}

template <Protocol P>
bool Simulation<P>::change_peer(NodeId node, NodeId peer, bool is_up) {
  // The membership may have thought better of it within this very nanosecond, or the node may have been down.
  if (w_.membership->connected(node, peer) != is_up) return false;
  if (!is_up) return w_.overlay.remove_peer(node, peer);
  transfers_.mend_connection(node, peer);
  return w_.overlay.add_peer(node, peer);
}

}  // namespace hearsay::protocol
