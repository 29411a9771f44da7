#include "sim/membership/registry.hpp"

#include <algorithm>

#include "sim/core/units.hpp"
#include "sim/protocol/rounds.hpp"

namespace hearsay::membership {

using protocol::PeerDown;

void Registry::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  if (refresh) protocol::require_countable("refresh", *refresh, setting, problems);
  if (!expire_after) return;
  if (!refresh)
    problems.push_back({"expire_after",
                        "without refresh no entry is renewed: a node that starts later than this learns of few or none",
                        true});
  else if (*expire_after <= *refresh)
    problems.push_back({"expire_after", format_duration(*expire_after) + " is not above refresh, " +
                                            format_duration(*refresh) + ": live nodes would expire before they renew"});
}

void Registry::on_start(Ctx& ctx) {
  view_.disconnect_all();
  renew(ctx);
}

void Registry::on_timer(Ctx& ctx, const Timer& timer) {
  switch (timer.kind) {
    case Timer::Kind::kList: read_list(ctx); break;
    case Timer::Kind::kRenew: renew(ctx); break;
    case Timer::Kind::kRetry:
      if (view_.knows(timer.peer)) connect_to(ctx, timer.peer);
      break;
  }
}

void Registry::renew(Ctx& ctx) {
  const Params& params = ctx.params();
  ctx.enlist();
  ctx.set_timer(std::max(params.registry_delay, nanoseconds(1)), {Timer::Kind::kList});
  if (params.refresh) ctx.set_timer(*params.refresh, {Timer::Kind::kRenew});
}

bool Registry::is_listed(const Ctx& ctx, NodeId node) {
  const Params& params = ctx.params();
  const SimTime renewed = ctx.enlisted(node, params.registry_delay);
  return renewed != kNever &&
         (!params.expire_after || ctx.now() - params.registry_delay < renewed + *params.expire_after);
}

void Registry::read_list(Ctx& ctx) {
  std::vector<NodeId>& chosen = ctx.workspace();
  chosen.clear();
  for (const View::Entry& entry : view_.entries())
    if (!is_listed(ctx, entry.node)) chosen.push_back(entry.node);
  for (const NodeId gone : chosen) {
    if (view_.set_connected(gone, false)) ctx.disconnect(gone);
    view_.erase(gone);
    ctx.forgot(gone);
  }
  chosen.clear();
  for (std::uint32_t n = 0; n < ctx.node_count(); ++n) {
    const NodeId other{n};
    if (other == ctx.self() || !is_listed(ctx, other)) continue;
    learn(ctx, other);
    if (!view_.find(other)->connected) chosen.push_back(other);
  }
  // In random order: the first to be served shall not be the lowest id.
  ctx.rng().shuffle(chosen);
  for (const NodeId other : chosen) connect_to(ctx, other);
}

void Registry::learn(Ctx& ctx, NodeId node) {
  if (view_.knows(node)) return;
  view_.insert(node, ctx.now());
  ctx.learned(node);
}

void Registry::connect_to(Ctx& ctx, NodeId node) {
  if (view_.set_connected(node, true)) ctx.connect(node);
}

void Registry::on_peer_up(Ctx& ctx, NodeId peer) {
  learn(ctx, peer);
  view_.set_connected(peer, true);
}

void Registry::on_peer_down(Ctx& ctx, NodeId peer, PeerDown why) {
  if (!view_.knows(peer)) return;
  view_.set_connected(peer, false);
  if (why != PeerDown::kClosed && why != PeerDown::kClosedHere)
    ctx.set_timer(ctx.reconnect_delay(), {Timer::Kind::kRetry, peer});
}

}  // namespace hearsay::membership
