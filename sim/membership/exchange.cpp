// Membership by exchange of views. The numbers are those of the rules in membership.hpp.

#include <algorithm>

#include "sim/membership/membership.hpp"

namespace hearsay::membership {

void Membership::exchange_start(Turn& t) {
  if (t.view().size() == 0) learn_bootstrap(t.self, t.now);
  fill(t);
  set_timer(t, t.within(spec_.ping_interval), TimerKind::kRound);
  if (spec_.rotate_interval.ns > 0) set_timer(t, t.within(spec_.rotate_interval), TimerKind::kRotate);
}

// Rule 2.
void Membership::fill(Turn& t) {
  while (t.view().peers() < spec_.active && t.view().strangers() > 0) connect_to(t, t.view().draw(false, t.rng));
}

void Membership::accept(Turn& t, NodeId from) {
  if (!hear(t, from)) {
    t.out.send(from, {.kind = MessageKind::kDisconnect, .nodes = {}});
    return;
  }
  if (t.view().set_connected(from, true)) t.out.connect(from);
}

void Membership::exchange_message(Turn& t, NodeId from, const Message& message) {
  switch (message.kind) {
    case MessageKind::kConnect: accept(t, from); break;
    case MessageKind::kDisconnect:
      if (hear(t, from) && t.view().set_connected(from, false)) t.out.disconnect(from);
      break;
    case MessageKind::kPing: answer_ping(t, from, message); break;
    case MessageKind::kPong: read_pong(t, from, message); break;
  }
}

// Rules 3 and 4.
void Membership::answer_ping(Turn& t, NodeId from, const Message& ping) {
  hear(t, from);
  t.view().sample(spec_.list_size, from, t.rng, sample_);
  Message pong{.kind = MessageKind::kPong, .round = ping.round, .to_peer = ping.to_peer, .nodes = {}};
  pong.nodes.reserve(sample_.size());
  for (const View::Entry& entry : sample_) pong.nodes.push_back({entry.node, entry.heard});
  t.out.send(from, std::move(pong));
  if (ping.to_peer && !connected(t.self, from)) t.out.send(from, {.kind = MessageKind::kDisconnect, .nodes = {}});
}

void Membership::read_pong(Turn& t, NodeId from, const Message& pong) {
  if (hear(t, from)) {
    View::Entry& entry = *t.view().find(from);
    if (pong.to_peer && entry.awaited && pong.round == t.own.round) {
      entry.awaited = false;
      entry.missed = 0;
    }
    if (!pong.to_peer) connect_to(t, from);  // a lost bootstrap peer, found again
  }
  for (const NodeDescriptor& report : pong.nodes) hear_of(t, report);
}

void Membership::ping_round(Turn& t) {
  forget_the_silent(t);
  ++t.own.round;
  chosen_.clear();
  for (View::Entry& entry : t.view().mutable_entries()) {
    if (!entry.connected) continue;
    entry.awaited = true;
    chosen_.push_back(entry.node);
  }
  t.rng.shuffle(chosen_);
  for (const NodeId peer : chosen_) t.out.send(peer, {.kind = MessageKind::kPing, .round = t.own.round, .nodes = {}});
  ask_lost_bootstrap(t);
  fill(t);
  // The timeout first, so that it comes first where both are due at once.
  if (!chosen_.empty()) set_timer(t, spec_.ping_timeout, TimerKind::kTimeout);
  set_timer(t, spec_.ping_interval, TimerKind::kRound);
}

void Membership::ping_timeout(Turn& t) {
  chosen_.clear();
  for (View::Entry& entry : t.view().mutable_entries()) {
    if (!entry.connected || !entry.awaited) continue;
    entry.awaited = false;
    if (++entry.missed >= spec_.suspect_after) chosen_.push_back(entry.node);
  }
  for (const NodeId peer : chosen_) drop(t, peer);
  fill(t);
}

void Membership::drop(Turn& t, NodeId peer) {
  disconnect_from(t, peer);
  forget(t.self, peer);
  t.own.dropped.push_back({peer, t.now});
}

// Rule 5.
bool Membership::hear(Turn& t, NodeId other) {
  std::erase_if(t.own.dropped, [other](const Dropped& d) { return d.node == other; });
  if (View::Entry* entry = t.view().find(other); entry != nullptr) {
    entry->heard = t.now;
    return true;
  }
  if (!make_room(t, t.now)) return false;
  learn(t.self, other, t.now, t.now);
  return true;
}

void Membership::hear_of(Turn& t, const NodeDescriptor& report) {
  if (report.node == t.self || report.heard + spec_.expire_after <= t.now) return;
  if (View::Entry* entry = t.view().find(report.node); entry != nullptr) {
    entry->heard = std::max(entry->heard, report.heard);
    return;
  }
  const auto dropped =
      std::find_if(t.own.dropped.begin(), t.own.dropped.end(), [&](const Dropped& d) { return d.node == report.node; });
  if (dropped != t.own.dropped.end()) {
    if (report.heard <= dropped->at) return;
    t.own.dropped.erase(dropped);
  }
  if (make_room(t, report.heard)) learn(t.self, report.node, report.heard, t.now);
}

bool Membership::make_room(Turn& t, SimTime heard) {
  if (t.view().size() < spec_.view_capacity) return true;
  const NodeId oldest = t.view().draw_old(t.rng);
  if (oldest == kNoNode || t.view().find(oldest)->heard >= heard) return false;
  forget(t.self, oldest);
  return true;
}

void Membership::forget_the_silent(Turn& t) {
  const auto silent_since = [&](SimTime heard) { return heard + spec_.expire_after <= t.now; };
  // A drop need not be remembered once every older report is too old itself.
  std::erase_if(t.own.dropped, [&](const Dropped& d) { return silent_since(d.at); });
  chosen_.clear();
  for (const View::Entry& entry : t.view().entries())
    if (!entry.connected && silent_since(entry.heard)) chosen_.push_back(entry.node);
  for (const NodeId silent : chosen_) forget(t.self, silent);
}

// Rule 6.
void Membership::ask_lost_bootstrap(Turn& t) {
  const auto& bootstrap = t.own.bootstrap;
  std::size_t asked = 0;
  const std::size_t many = t.view().peers() == 0 ? bootstrap.size() : 1;
  for (std::size_t i = 0; i < bootstrap.size() && asked < many; ++i) {
    const NodeId peer = bootstrap[t.own.next_bootstrap];
    t.own.next_bootstrap = static_cast<std::uint32_t>((t.own.next_bootstrap + 1) % bootstrap.size());
    if (t.view().knows(peer)) continue;
    t.out.send(peer, {.kind = MessageKind::kPing, .round = t.own.round, .to_peer = false, .nodes = {}});
    ++asked;
  }
}

// Rule 7.
void Membership::rotate(Turn& t) {
  set_timer(t, spec_.rotate_interval, TimerKind::kRotate);
  // Drawn before anybody is let go, so that nobody is exchanged for itself.
  const NodeId fresh = t.view().strangers() > 0 ? t.view().draw(false, t.rng) : kNoNode;
  while (t.view().peers() > spec_.active) disconnect_from(t, t.view().draw(true, t.rng));
  if (fresh == kNoNode) return;
  if (t.view().peers() == spec_.active) disconnect_from(t, t.view().draw(true, t.rng));
  connect_to(t, fresh);
}

}  // namespace hearsay::membership
