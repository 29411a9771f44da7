// Membership by a central list.

#include <algorithm>

#include "sim/membership/membership.hpp"

namespace hearsay::membership {

bool Membership::is_registered(NodeId other, SimTime now) const {
  const SimTime renewed = registered_[index(other)];
  return renewed != kNever && (spec_.expire_after.ns == 0 || now < renewed + spec_.expire_after);
}

void Membership::registry_start(Turn& t) { registry_renew(t); }

void Membership::registry_renew(Turn& t) {
  registered_[index(t.self)] = t.now;
  set_timer(t, std::max(spec_.registry_delay, nanoseconds(1)), TimerKind::kList);
  if (spec_.refresh.ns > 0) set_timer(t, spec_.refresh, TimerKind::kRenew);
}

void Membership::registry_list(Turn& t) {
  chosen_.clear();
  for (const View::Entry& entry : t.view().entries())
    if (!is_registered(entry.node, t.now)) chosen_.push_back(entry.node);
  for (const NodeId gone : chosen_) {
    disconnect_from(t, gone);
    forget(t.self, gone);
  }
  chosen_.clear();
  for (std::uint32_t n = 0; n < nodes_.size(); ++n) {
    const NodeId other{n};
    if (other == t.self || !is_registered(other, t.now)) continue;
    if (View::Entry* entry = t.view().find(other); entry != nullptr)
      entry->heard = t.now;
    else
      learn(t.self, other, t.now, t.now);
    if (!connected(t.self, other)) chosen_.push_back(other);
  }
  // In random order: the first to be served shall not be the lowest id.
  t.rng.shuffle(chosen_);
  for (const NodeId other : chosen_) connect_to(t, other);
}

void Membership::registry_message(Turn& t, NodeId from, const Message& message) {
  if (message.kind == MessageKind::kConnect) {
    if (!t.view().knows(from)) learn(t.self, from, t.now, t.now);
    if (t.view().set_connected(from, true)) t.out.connect(from);
  } else if (message.kind == MessageKind::kDisconnect) {
    if (t.view().knows(from) && t.view().set_connected(from, false)) t.out.disconnect(from);
  }
}

}  // namespace hearsay::membership
