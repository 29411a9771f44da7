#include "sim/simulation/membership_traffic.hpp"

#include <limits>

#include "sim/core/check.hpp"
#include "sim/simulation/reliable_transport.hpp"

namespace hearsay::simulation {

using engine::Event;
using engine::EventKind;
using engine::Step;
using membership::Effects;
using membership::Membership;

template <class Handler>
void MembershipTraffic::call(const Event& event, NodeId self, const Handler& handler) {
  t_.digest_key(event, self);
  effects_.clear();
  handler(membership_, effects_);
  commit(self);
}

void MembershipTraffic::commit(NodeId self) {
  using Effect = Effects::Kind;
  for (auto& effect : effects_.list) {
    if (effect.kind == Effect::kSend) {
      send(self, effect.peer, std::move(effects_.messages[effect.message]));
      continue;
    }
    Event event = node_event(t_.now + nanoseconds(1), self, self, t_.next_sequence(self),
                             effect.kind == Effect::kConnect ? EventKind::kPeerUp : EventKind::kPeerDown,
                             Step::kDeliver, static_cast<std::uint32_t>(effect.peer));
    if (effect.kind == Effect::kTimer) {
      HEARSAY_CHECK(effect.delay.ns >= 1, "a timer is set for later, never for now");
      event.time_ns = saturating_add(t_.now.ns, effect.delay.ns);
      event.kind = EventKind::kTimer;
      event.step = Step::kMembership;
      event.payload = effect.timer.packed();
    }
    t_.calendar.push(event);
  }
}

void MembershipTraffic::send(NodeId from, NodeId to, membership::Message message) {
  if (transmission_.silenced(from, {&to, 1}, kNoNode, [] { return false; })) return;
  const std::uint32_t slot =
      payloads_.create_empty(t_.now, message.wire_bytes() + t_.world.spec.network.overhead_bytes);
  const std::size_t kind = first_kind_ + static_cast<std::size_t>(message.kind);
  const std::uint32_t stored = messages_.store(std::move(message));
  payloads_[slot].set_membership(stored);
  if (transmission_.send(from, to, slot, kind, false).on_its_way)
    ++t_.membership_in_flight;
  else
    messages_.take(stored);
}

void MembershipTraffic::on_message(const Event& event) {
  const NodeId to = target_of(event);
  --t_.membership_in_flight;
  const membership::Message message = messages_.take(payloads_[event.payload].membership());
  payloads_.release(event.payload);
  call(event, to, [&](Membership& all, Effects& out) {
    Digest& digest = t_.world.states[index(to)].digest;
    digest.add((std::uint64_t{message.round} << 32) | (std::uint64_t{message.to_peer} << 8) |
               static_cast<std::uint64_t>(message.kind));
    for (const auto& [node, heard] : message.nodes) {
      digest.add(static_cast<std::uint64_t>(node));
      digest.add(static_cast<std::uint64_t>(heard.ns));
    }
    all.on_message(to, source_of(event), message, t_.now, out);
  });
}

void MembershipTraffic::on_timer(const Event& event) {
  const NodeId self = target_of(event);
  const auto timer = membership::Timer::unpacked(event.payload);
  if (!membership_.is_pending(self, timer)) return;
  if (t_.trace != nullptr) [[unlikely]]
    t_.note(TraceEvent::kTimer, self, kNoNode, {.text = membership::timer_kind_name(timer.kind)});
  call(event, self, [&](Membership& all, Effects& out) {
    t_.world.states[index(self)].digest.add(static_cast<std::uint64_t>(timer.kind));
    all.on_timer(self, timer, t_.now, out);
  });
}

void MembershipTraffic::came_up(const Event& event, bool lost_state) {
  const NodeId self = target_of(event);
  call(event, self, [&](Membership& all, Effects& out) { all.on_start(self, lost_state, t_.now, out); });
}

void MembershipTraffic::went_down(NodeId node) {
  membership_.on_down(node, t_.now);
  network::Overlay& overlay = t_.world.overlay;
  while (!overlay.peers(node).empty()) overlay.remove_peer(node, overlay.peers(node).back());
}

template <class Handler>
void MembershipTraffic::tell_both(const Event& event, NodeId a, NodeId b, const Handler& handler) {
  for (const auto& [node, peer] : {std::pair(a, b), std::pair(b, a)}) {
    if (!t_.world.up(node)) continue;
    call(event, node,
         [&, self = node, other = peer](Membership& all, Effects& out) { handler(all, self, other, out); });
  }
}

void MembershipTraffic::connection_broken(const Event& event, NodeId a, NodeId b) {
  tell_both(event, a, b,
            [&](Membership& all, NodeId self, NodeId peer, Effects& out) { all.on_broken(self, peer, t_.now, out); });
}

void MembershipTraffic::connection_mended(const Event& event, NodeId a, NodeId b) {
  tell_both(event, a, b,
            [&](Membership& all, NodeId self, NodeId peer, Effects& out) { all.on_mended(self, peer, t_.now, out); });
}

bool MembershipTraffic::change_peer(NodeId node, NodeId peer, bool is_up) {
  // The membership may have thought better of it within this very nanosecond, or the node may have been down.
  if (membership_.connected(node, peer) != is_up) return false;
  if (!is_up) return t_.world.overlay.remove_peer(node, peer);
  if (transport_ != nullptr) transport_->mend(node, peer);
  return t_.world.overlay.add_peer(node, peer);
}

std::array<double, 2> MembershipTraffic::sample() const {
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  return {membership_.view_size_mean().value_or(kNothing), membership_.stale_view_share().value_or(kNothing)};
}

std::vector<std::pair<std::string, std::optional<double>>> MembershipTraffic::metrics() const {
  return {{"view_size_p50", membership_.view_size_p50()},
          {"stale_view_share", membership_.stale_view_share()},
          {"join_known_s", membership_.join_known_s()}};
}

}  // namespace hearsay::simulation
