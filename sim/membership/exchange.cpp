#include "sim/membership/exchange.hpp"

#include <algorithm>
#include <string>

#include "sim/core/units.hpp"
#include "sim/protocol/rounds.hpp"

namespace hearsay::membership {

using protocol::PeerDown;

void Exchange::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  const auto say = [&](const char* key, std::string text) { problems.push_back({key, std::move(text)}); };
  if (active >= setting.nodes)
    say("active", std::to_string(active) + " is not below topology.nodes = " + std::to_string(setting.nodes) +
                      "; a node has at most " + std::to_string(setting.nodes - 1) + " peers");
  if (ping_timeout > ping_interval)
    say("ping_timeout", format_duration(ping_timeout) + " is above ping_interval, " + format_duration(ping_interval) +
                            "; a ping is judged before the next one is sent");
  if (expire_after && *expire_after <= ping_interval)
    say("expire_after", format_duration(*expire_after) + " is not above ping_interval, " +
                            format_duration(ping_interval) + ": nobody is heard of more often");
  if (capacity() < active)
    say("view_capacity",
        std::to_string(capacity()) + " is below active = " + std::to_string(active) + "; a node knows its peers");
  protocol::require_countable("ping_interval", ping_interval, setting, problems);
  if (rotate_interval) protocol::require_countable("rotate_interval", *rotate_interval, setting, problems);
}

std::size_t Exchange::memory_bytes() const {
  return view_.memory_bytes() + bootstrap_.capacity() * sizeof(NodeId) + dropped_.capacity() * sizeof(Dropped);
}

// --------------------------------------------------------------------------------------- rules 1 and 2

void Exchange::on_start(Ctx& ctx) {
  const Params& params = ctx.params();
  view_.disconnect_all();
  bootstrap_.clear();
  for (const NodeId peer : ctx.topology_peers())
    if (ctx.attributes(peer).joins <= ctx.attributes().joins) bootstrap_.push_back(peer);
  if (view_.size() == 0)
    for (const NodeId peer : bootstrap_)
      if (view_.size() < params.capacity()) learn(ctx, peer, ctx.now());
  for (const NodeId peer : ctx.peers())
    if (view_.knows(peer)) view_.set_connected(peer, true);
  fill(ctx);
  const auto within = [&](Duration span) {
    return nanoseconds(1 + static_cast<std::int64_t>(ctx.rng().below(static_cast<std::uint64_t>(span.ns))));
  };
  ctx.set_timer(within(params.ping_interval), {Timer::Kind::kRound});
  if (params.rotate_interval) ctx.set_timer(within(*params.rotate_interval), {Timer::Kind::kRotate});
}

void Exchange::fill(Ctx& ctx) {
  while (view_.peers() < ctx.params().active && view_.strangers() > 0) connect_to(ctx, view_.draw(false, ctx.rng()));
}

void Exchange::connect_to(Ctx& ctx, NodeId peer) {
  if (view_.set_connected(peer, true)) ctx.connect(peer);
}

void Exchange::disconnect_from(Ctx& ctx, NodeId peer) {
  if (view_.set_connected(peer, false)) ctx.disconnect(peer);
}

void Exchange::on_peer_up(Ctx& ctx, NodeId peer) {
  if (hear(ctx, peer))
    view_.set_connected(peer, true);
  else
    ctx.disconnect(peer);
}

void Exchange::on_peer_down(Ctx& ctx, NodeId peer, PeerDown why) {
  if (!view_.knows(peer)) return;
  view_.set_connected(peer, false);
  // Closed here: by rule 3 or 7, or by the protocol.
  if (why == PeerDown::kClosedHere || why == PeerDown::kClosed || why == PeerDown::kRefused) return;
  drop(ctx, peer);
  if (why != PeerDown::kNoAnswer) fill(ctx);
}

void Exchange::on_message(Ctx& ctx, NodeId from, const Message& message) {
  if (const Ping* ping = std::get_if<Ping>(&message))
    answer(ctx, from, *ping);
  else
    read(ctx, from, std::get<Pong>(message));
}

void Exchange::on_timer(Ctx& ctx, const Timer& timer) {
  switch (timer.kind) {
    case Timer::Kind::kRound: ping_round(ctx); break;
    case Timer::Kind::kTimeout: ping_timeout(ctx); break;
    case Timer::Kind::kRotate: rotate(ctx); break;
  }
}

// --------------------------------------------------------------------------------------- rules 3 and 4

void Exchange::answer(Ctx& ctx, NodeId from, const Ping& ping) {
  hear(ctx, from);
  std::vector<View::Entry>& sample = ctx.workspace().sample;
  view_.sample(ctx.params().list_size, from, ctx.rng(), sample);
  Pong pong{.round = ping.round, .to_peer = ping.to_peer, .is_peer = ctx.is_peer(from), .nodes = {}};
  pong.nodes.reserve(sample.size());
  for (const View::Entry& entry : sample) pong.nodes.emplace_back(entry.node, entry.heard);
  ctx.send(from, std::move(pong));
}

void Exchange::read(Ctx& ctx, NodeId from, const Pong& pong) {
  if (hear(ctx, from)) {
    View::Entry& entry = *view_.find(from);
    if (pong.to_peer && entry.awaited && pong.round == round_) {
      entry.awaited = false;
      entry.missed = 0;
    }
    if (!pong.to_peer) connect_to(ctx, from);  // a lost bootstrap peer, found again
    if (pong.to_peer && !pong.is_peer && ctx.is_peer(from)) disconnect_from(ctx, from);
  }
  for (const Descriptor& report : pong.nodes) hear_of(ctx, report);
}

void Exchange::ping_round(Ctx& ctx) {
  forget_the_silent(ctx);
  ++round_;
  std::vector<NodeId>& chosen = ctx.workspace().chosen;
  chosen.clear();
  for (View::Entry& entry : view_.mutable_entries()) {
    if (!entry.connected || !ctx.is_peer(entry.node)) continue;
    entry.awaited = true;
    chosen.push_back(entry.node);
  }
  ctx.rng().shuffle(chosen);
  for (const NodeId peer : chosen) ctx.send(peer, Ping{.round = round_});
  const bool pinged = !chosen.empty();
  ask_lost_bootstrap(ctx);
  fill(ctx);
  // The timeout first, so that it comes first where both are due at once.
  if (pinged) ctx.set_timer(ctx.params().ping_timeout, {Timer::Kind::kTimeout});
  ctx.set_timer(ctx.params().ping_interval, {Timer::Kind::kRound});
}

void Exchange::ping_timeout(Ctx& ctx) {
  std::vector<NodeId>& chosen = ctx.workspace().chosen;
  chosen.clear();
  for (View::Entry& entry : view_.mutable_entries()) {
    if (!entry.connected || !entry.awaited) continue;
    entry.awaited = false;
    if (++entry.missed >= ctx.params().suspect_after) chosen.push_back(entry.node);
  }
  for (const NodeId peer : chosen) {
    disconnect_from(ctx, peer);
    drop(ctx, peer);
  }
  fill(ctx);
}

void Exchange::drop(Ctx& ctx, NodeId peer) {
  forget(ctx, peer);
  dropped_.push_back({peer, ctx.now()});
}

// ---------------------------------------------------------------------------------------------- rule 5

void Exchange::learn(Ctx& ctx, NodeId node, SimTime heard) {
  view_.insert(node, heard);
  ctx.learned(node);
}

void Exchange::forget(Ctx& ctx, NodeId node) {
  view_.erase(node);
  ctx.forgot(node);
}

bool Exchange::hear(Ctx& ctx, NodeId other) {
  std::erase_if(dropped_, [other](const Dropped& d) { return d.node == other; });
  if (View::Entry* entry = view_.find(other); entry != nullptr) {
    entry->heard = ctx.now();
    return true;
  }
  if (!make_room(ctx, ctx.now())) return false;
  learn(ctx, other, ctx.now());
  return true;
}

void Exchange::hear_of(Ctx& ctx, const Descriptor& report) {
  const auto [node, heard] = report;
  if (node == ctx.self() || heard + ctx.params().lifetime() <= ctx.now()) return;
  if (View::Entry* entry = view_.find(node); entry != nullptr) {
    entry->heard = std::max(entry->heard, heard);
    return;
  }
  const auto dropped =
      std::find_if(dropped_.begin(), dropped_.end(), [other = node](const Dropped& d) { return d.node == other; });
  if (dropped != dropped_.end()) {
    if (heard <= dropped->at) return;
    dropped_.erase(dropped);
  }
  if (make_room(ctx, heard)) learn(ctx, node, heard);
}

bool Exchange::make_room(Ctx& ctx, SimTime heard) {
  if (view_.size() < ctx.params().capacity()) return true;
  const NodeId oldest = view_.draw_old(ctx.rng());
  if (oldest == kNoNode || view_.find(oldest)->heard >= heard) return false;
  forget(ctx, oldest);
  return true;
}

void Exchange::forget_the_silent(Ctx& ctx) {
  const auto silent_since = [&](SimTime heard) { return heard + ctx.params().lifetime() <= ctx.now(); };
  // A drop need not be remembered once every older report is too old itself.
  std::erase_if(dropped_, [&](const Dropped& d) { return silent_since(d.at); });
  std::vector<NodeId>& chosen = ctx.workspace().chosen;
  chosen.clear();
  for (const View::Entry& entry : view_.entries())
    if (!entry.connected && silent_since(entry.heard)) chosen.push_back(entry.node);
  for (const NodeId silent : chosen) forget(ctx, silent);
}

// --------------------------------------------------------------------------------------- rules 6 and 7

void Exchange::ask_lost_bootstrap(Ctx& ctx) {
  std::size_t asked = 0;
  const std::size_t many = view_.peers() == 0 ? bootstrap_.size() : 1;
  for (std::size_t i = 0; i < bootstrap_.size() && asked < many; ++i) {
    const NodeId peer = bootstrap_[next_bootstrap_ % bootstrap_.size()];
    next_bootstrap_ = static_cast<std::uint32_t>((next_bootstrap_ + 1) % bootstrap_.size());
    if (view_.knows(peer)) continue;
    ctx.send(peer, Ping{.round = round_, .to_peer = false});
    ++asked;
  }
}

void Exchange::rotate(Ctx& ctx) {
  const std::uint32_t active = ctx.params().active;
  ctx.set_timer(*ctx.params().rotate_interval, {Timer::Kind::kRotate});
  // Drawn before anybody is let go, so that nobody is exchanged for itself.
  const NodeId fresh = view_.strangers() > 0 ? view_.draw(false, ctx.rng()) : kNoNode;
  while (view_.peers() > active) disconnect_from(ctx, view_.draw(true, ctx.rng()));
  if (fresh == kNoNode) return;
  if (view_.peers() == active) disconnect_from(ctx, view_.draw(true, ctx.rng()));
  connect_to(ctx, fresh);
}

}  // namespace hearsay::membership
