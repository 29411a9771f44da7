#include "sim/membership/membership.hpp"

#include <algorithm>

#include "sim/core/check.hpp"

namespace hearsay::membership {

Membership::Membership(const MembershipSpec& spec, std::span<const network::NodeAttributes> nodes,
                       std::span<const std::vector<NodeId>> topology, std::uint64_t seed)
    : spec_(spec),
      seed_(seed),
      nodes_(nodes.size()),
      registered_(nodes.size(), kNever),
      knowers_(nodes.size(), 0),
      joiners_(nodes.size(), Joiner::kNone),
      joined_(nodes.size()) {
  HEARSAY_CHECK(!spec.is_static(), "a static membership needs no state");
  if (spec.kind == Kind::kExchange && spec.expire_after.ns == 0)
    spec_.expire_after = spec.ping_interval * kDefaultLifetimeIntervals;
  const auto joins = [&](NodeId n) { return nodes[index(n)].joins; };
  for (std::uint32_t n = 0; n < nodes.size(); ++n) {
    const NodeId self{n};
    Node& own = node(self);
    own.up = joins(self) == SimTime{};
    if (own.up)
      ++live_;
    else
      joiners_[n] = Joiner::kToCome;
    if (spec.kind != Kind::kExchange) continue;
    for (const NodeId peer : topology[n])
      if (joins(peer) <= joins(self)) own.bootstrap.push_back(peer);
    if (own.up) learn_bootstrap(self, {});
    for (const View::Entry& entry : own.view.entries()) own.view.set_connected(entry.node, true);
  }
}

// ------------------------------------------------------------------------------------------ events

void Membership::on_start(NodeId self, bool lost_state, SimTime now, Effects& out) {
  Turn t(*this, self, now, out);
  if (lost_state) {
    HEARSAY_CHECK(!t.own.up, "a node loses its state while it is down");
    t.own.view.clear();
    t.own.dropped.clear();
  }
  if (!t.own.up) {
    t.own.up = true;
    ++live_;
    count_view(self, true, now);
  }
  if (joiners_[index(self)] == Joiner::kToCome) {
    joiners_[index(self)] = Joiner::kUnknown;
    joined_[index(self)] = now;
    unknown_.push_back(self);
    check_joiner(self, now);
  }
  spec_.kind == Kind::kRegistry ? registry_start(t) : exchange_start(t);
}

void Membership::on_down(NodeId self, SimTime now) {
  Node& own = node(self);
  HEARSAY_CHECK(own.up, "a node goes down that was up");
  own.up = false;
  ++own.life;
  own.view.disconnect_all();
  --live_;
  count_view(self, false, now);
}

void Membership::on_message(NodeId self, NodeId from, const Message& message, SimTime now, Effects& out) {
  Turn t(*this, self, now, out);
  spec_.kind == Kind::kRegistry ? registry_message(t, from, message) : exchange_message(t, from, message);
}

void Membership::on_timer(NodeId self, Timer timer, SimTime now, Effects& out) {
  HEARSAY_CHECK(is_pending(self, timer), "timers go down with their node");
  Turn t(*this, self, now, out);
  switch (timer.kind) {
    case TimerKind::kList: registry_list(t); break;
    case TimerKind::kRenew: registry_renew(t); break;
    case TimerKind::kRound: ping_round(t); break;
    case TimerKind::kTimeout: ping_timeout(t); break;
    case TimerKind::kRotate: rotate(t); break;
  }
}

void Membership::on_broken(NodeId self, NodeId peer, SimTime now, Effects& out) {
  Turn t(*this, self, now, out);
  if (!connected(self, peer)) return;
  if (spec_.kind == Kind::kExchange) {
    drop(t, peer);
    fill(t);
    return;
  }
  t.view().set_connected(peer, false);
  out.disconnect(peer);
}

void Membership::on_mended(NodeId self, NodeId peer, SimTime now, Effects& out) {
  // An exchange has found other peers meanwhile, and this one again if it is up.
  if (spec_.kind != Kind::kRegistry) return;
  Turn t(*this, self, now, out);
  if (t.view().knows(peer) && t.view().set_connected(peer, true)) out.connect(peer);
}

bool Membership::connected(NodeId self, NodeId peer) const {
  const View::Entry* entry = node(self).view.find(peer);
  return entry != nullptr && entry->connected;
}

void Membership::connect_to(Turn& t, NodeId peer) const {
  if (!t.view().set_connected(peer, true)) return;
  t.out.connect(peer);
  t.out.send(peer, {.kind = MessageKind::kConnect, .nodes = {}});
}

void Membership::disconnect_from(Turn& t, NodeId peer) const {
  if (!t.view().set_connected(peer, false)) return;
  t.out.disconnect(peer);
  t.out.send(peer, {.kind = MessageKind::kDisconnect, .nodes = {}});
}

void Membership::set_timer(Turn& t, Duration delay, TimerKind kind) { t.out.set_timer(delay, {kind, t.own.life}); }

// ----------------------------------------------------------------------------------------- figures

void Membership::learn(NodeId self, NodeId other, SimTime heard, SimTime now) {
  node(self).view.insert(other, heard);
  ++knowers_[index(other)];
  check_joiner(other, now);
}

void Membership::learn_bootstrap(NodeId self, SimTime now) {
  for (const NodeId peer : node(self).bootstrap)
    if (node(self).view.size() < spec_.view_capacity) learn(self, peer, now, now);
}

void Membership::forget(NodeId self, NodeId other) {
  node(self).view.erase(other);
  --knowers_[index(other)];
}

void Membership::count_view(NodeId self, bool up, SimTime now) {
  for (const View::Entry& entry : node(self).view.entries())
    up ? ++knowers_[index(entry.node)] : --knowers_[index(entry.node)];
  // A death may make a half of what was less.
  const std::vector<NodeId> waiting = unknown_;
  for (const NodeId joiner : waiting) check_joiner(joiner, now);
}

void Membership::check_joiner(NodeId joiner, SimTime now) {
  if (joiners_[index(joiner)] != Joiner::kUnknown || !node(joiner).up) return;
  if (2 * knowers_[index(joiner)] < live_ - 1) return;
  joiners_[index(joiner)] = Joiner::kKnown;
  std::erase(unknown_, joiner);
  known_after_s_ += to_seconds(now - joined_[index(joiner)]);
  ++known_;
}

std::optional<double> Membership::view_size_mean() const {
  if (live_ == 0) return std::nullopt;
  std::uint64_t entries = 0;
  for (const std::uint32_t knowers : knowers_) entries += knowers;
  return static_cast<double>(entries) / live_;
}

std::optional<double> Membership::view_size_p50() const {
  std::vector<std::size_t> sizes;
  for (const Node& n : nodes_)
    if (n.up) sizes.push_back(n.view.size());
  if (sizes.empty()) return std::nullopt;
  std::sort(sizes.begin(), sizes.end());
  const std::size_t half = sizes.size() / 2;
  if (sizes.size() % 2 == 1) return static_cast<double>(sizes[half]);
  return static_cast<double>(sizes[half - 1] + sizes[half]) / 2;
}

std::optional<double> Membership::stale_view_share() const {
  std::uint64_t entries = 0, stale = 0;
  for (std::size_t n = 0; n < nodes_.size(); ++n) {
    entries += knowers_[n];
    if (!nodes_[n].up) stale += knowers_[n];
  }
  if (entries == 0) return std::nullopt;
  return static_cast<double>(stale) / static_cast<double>(entries);
}

std::optional<double> Membership::join_known_s() const {
  if (known_ == 0) return std::nullopt;
  return known_after_s_ / known_;
}

std::size_t Membership::memory_bytes() const {
  std::size_t bytes = nodes_.size() * (sizeof(Node) + 2 * sizeof(SimTime) + sizeof(std::uint32_t) + sizeof(Joiner));
  for (const Node& n : nodes_)
    bytes += n.view.memory_bytes() + n.bootstrap.capacity() * sizeof(NodeId) + n.dropped.capacity() * sizeof(Dropped);
  return bytes;
}

}  // namespace hearsay::membership
