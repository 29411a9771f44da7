#include "sim/membership/static.hpp"

#include <algorithm>

namespace hearsay::membership {

using protocol::PeerDown;

void Static::on_start(Ctx& ctx) {
  missing_.clear();  // the timers died with the node
  for (const NodeId peer : ctx.topology_peers()) {
    if (ctx.is_peer(peer) || ctx.attributes(peer).joins > ctx.now()) continue;
    missing_.push_back(peer);
    ask(ctx, peer);
  }
}

void Static::ask(Ctx& ctx, NodeId peer) {
  if (ctx.is_peer(peer)) {
    std::erase(missing_, peer);
    return;
  }
  ctx.connect(peer);
  ctx.set_timer(ctx.reconnect_delay(), {peer});
}

void Static::on_peer_down(Ctx& ctx, NodeId peer, PeerDown why) {
  if (why != PeerDown::kBroken && why != PeerDown::kCrashed) return;
  const auto in = [peer](const auto& list) { return std::find(list.begin(), list.end(), peer) != list.end(); };
  if (in(missing_) || !in(ctx.topology_peers())) return;
  missing_.push_back(peer);
  ctx.set_timer(ctx.reconnect_delay(), {peer});
}

}  // namespace hearsay::membership
