#include "sim/membership/hyparview.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "sim/protocol/rounds.hpp"

namespace hearsay::membership {

using protocol::PeerDown;

namespace {

bool has(std::span<const NodeId> list, NodeId node) { return std::find(list.begin(), list.end(), node) != list.end(); }

/// Out of an unordered list; false if it is not there.
bool take(std::vector<NodeId>& list, NodeId node) {
  const auto at = std::find(list.begin(), list.end(), node);
  if (at == list.end()) return false;
  *at = list.back();
  list.pop_back();
  return true;
}

}  // namespace

void Hyparview::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  const auto say = [&](const char* key, std::string text) { problems.push_back({key, std::move(text)}); };
  if (active >= setting.nodes)
    say("active", std::to_string(active) + " is not below topology.nodes = " + std::to_string(setting.nodes) +
                      "; a node has at most " + std::to_string(setting.nodes - 1) + " peers");
  if (passive_walk > active_walk)
    say("passive_walk", std::to_string(passive_walk) + " is above active_walk = " + std::to_string(active_walk) +
                            "; a walk never has so many steps left");
  if (shuffle_passive > passive)
    say("shuffle_passive", std::to_string(shuffle_passive) + " is above passive = " + std::to_string(passive) +
                               "; a shuffle sends nodes of the passive view");
  if (shuffle_active > active)
    say("shuffle_active", std::to_string(shuffle_active) + " is above active = " + std::to_string(active) +
                              "; a shuffle sends nodes of the active view");
  if (shuffle_active + shuffle_passive + 1 > passive)
    say("passive", std::to_string(passive) + " is smaller than a shuffle, " +
                       std::to_string(shuffle_active + shuffle_passive + 1) +
                       " nodes with the sender; raise it, or send fewer");
  protocol::require_countable("shuffle_interval", shuffle_interval, setting, problems);
  if (!setting.failures_seen)
    problems.push_back({"",
                        "nobody notices that a peer is gone; write network.keep_alive = \"1 s\", or transport = "
                        "\"reliable\"",
                        true});
}

// ------------------------------------------------------------------------------------ join and repair

void Hyparview::on_start(Ctx& ctx) {
  // It may have kept its state, but no connection.
  const std::vector<NodeId> before = std::exchange(active_, {});
  for (const NodeId peer : before) make_passive(ctx, peer);
  for (const NodeId peer : ctx.peers()) {
    if (!take(passive_, peer)) ctx.learned(peer);
    active_.push_back(peer);
  }
  tried_.clear();
  asked_ = kNoNode;
  if (active_.empty()) join(ctx);
  const auto interval = static_cast<std::uint64_t>(ctx.params().shuffle_interval.ns);
  ctx.set_timer(nanoseconds(1 + static_cast<std::int64_t>(ctx.rng().below(interval))), {});
}

/// Asks one of the topology's peers that has joined before this node.
void Hyparview::join(Ctx& ctx) {
  std::vector<NodeId>& contacts = ctx.scratch();
  for (const NodeId peer : ctx.topology_peers())
    if (ctx.attributes(peer).joins <= ctx.attributes().joins && !has(tried_, peer)) contacts.push_back(peer);
  if (!contacts.empty()) ask(ctx, contacts[ctx.rng().below(contacts.size())], kJoin);
}

void Hyparview::ask(Ctx& ctx, NodeId node, Purpose purpose) {
  asked_ = node;
  asked_for_ = purpose;
  ctx.connect(node, purpose);
}

bool Hyparview::accepts(const Ctx& ctx, NodeId, std::uint8_t purpose) const {
  return purpose != kLow || active_.size() < ctx.params().active;
}

/// Rule 3.
void Hyparview::repair(Ctx& ctx) {
  if (asked_ != kNoNode || active_.size() >= ctx.params().active) return;
  std::vector<NodeId>& candidates = ctx.scratch();
  for (const NodeId node : passive_)
    if (!has(tried_, node)) candidates.push_back(node);
  if (!candidates.empty())
    ask(ctx, candidates[ctx.rng().below(candidates.size())], active_.empty() ? kHigh : kLow);
  else if (active_.empty())
    join(ctx);
}

void Hyparview::on_peer_up(Ctx& ctx, NodeId peer) {
  if (!take(passive_, peer)) ctx.learned(peer);
  active_.push_back(peer);
  if (peer == asked_) {
    asked_ = kNoNode;
    if (asked_for_ == kJoin) ctx.send(peer, Joined{});
  }
  if (active_.size() > ctx.params().active) {
    const NodeId victim = active_[ctx.rng().below(active_.size() - 1)];  // not the last, who has just come
    std::erase(active_, victim);
    make_passive(ctx, victim);
    ctx.disconnect(victim);
  }
  repair(ctx);
}

void Hyparview::on_peer_down(Ctx& ctx, NodeId peer, PeerDown why) {
  if (peer == asked_) asked_ = kNoNode;
  const bool was_active = std::erase(active_, peer) > 0;
  if (why == PeerDown::kClosedHere && !was_active) return;  // by rule 2
  switch (why) {
    case PeerDown::kClosedHere:
    case PeerDown::kClosed:
      if (was_active) make_passive(ctx, peer);
      break;
    case PeerDown::kRefused: tried_.push_back(peer); break;
    default:
      // It is down, as far as can be seen.
      tried_.push_back(peer);
      if (take(passive_, peer) || was_active) ctx.forgot(peer);
      break;
  }
  repair(ctx);
}

void Hyparview::on_message(Ctx& ctx, NodeId from, const Message& message) {
  std::visit([&](const auto& m) { on(ctx, from, m); }, message);
}

void Hyparview::on(Ctx& ctx, NodeId from, const Joined&) {
  for (const NodeId peer : active_)
    if (peer != from) ctx.send(peer, ForwardJoin{from, ctx.params().active_walk});
}

void Hyparview::on(Ctx& ctx, NodeId from, const ForwardJoin& walk) {
  if (walk.node == ctx.self()) return;
  if (walk.steps > 0 && active_.size() > 1) {
    if (walk.steps == ctx.params().passive_walk) add_passive(ctx, walk.node);
    if (const NodeId next = other_peer(ctx, from, walk.node); next != kNoNode) {
      ctx.send(next, ForwardJoin{walk.node, walk.steps - 1});
      return;
    }
  }
  if (!has(active_, walk.node) && asked_ == kNoNode) ask(ctx, walk.node, kHigh);
}

// ------------------------------------------------------------------------------------------- shuffle

void Hyparview::on_timer(Ctx& ctx, const Timer&) {
  tried_.clear();
  repair(ctx);
  ctx.set_timer(ctx.params().shuffle_interval, {});
  if (active_.empty()) return;
  const NodeId next = active_[ctx.rng().below(active_.size())];
  Shuffle walk{ctx.self(), ctx.params().active_walk, some(ctx, active_, ctx.params().shuffle_active)};
  shuffled_ = some(ctx, passive_, ctx.params().shuffle_passive);
  walk.nodes.insert(walk.nodes.end(), shuffled_.begin(), shuffled_.end());
  ctx.send(next, std::move(walk));
}

void Hyparview::on(Ctx& ctx, NodeId from, const Shuffle& walk) {
  if (walk.origin == ctx.self()) return;
  if (walk.steps > 1 && active_.size() > 1) {
    if (const NodeId next = other_peer(ctx, from, walk.origin); next != kNoNode) {
      Shuffle onward = walk;
      --onward.steps;
      ctx.send(next, std::move(onward));
      return;
    }
  }
  ShuffleReply reply{some(ctx, passive_, walk.nodes.size() + 1)};
  add_passive(ctx, walk.origin, reply.nodes);
  integrate(ctx, walk.nodes, reply.nodes);
  ctx.send(walk.origin, std::move(reply));
}

void Hyparview::on(Ctx& ctx, NodeId, const ShuffleReply& reply) { integrate(ctx, reply.nodes, shuffled_); }

void Hyparview::integrate(Ctx& ctx, std::span<const NodeId> nodes, std::span<const NodeId> sent) {
  for (const NodeId node : nodes) add_passive(ctx, node, sent);
  repair(ctx);
}

void Hyparview::add_passive(Ctx& ctx, NodeId node, std::span<const NodeId> sent) {
  if (node == ctx.self() || has(active_, node) || has(passive_, node)) return;
  make_passive(ctx, node, sent);
  ctx.learned(node);
}

void Hyparview::make_passive(Ctx& ctx, NodeId node, std::span<const NodeId> sent) {
  if (passive_.size() >= ctx.params().passive) {
    auto out = std::find_if(passive_.begin(), passive_.end(), [&](NodeId old) { return has(sent, old); });
    if (out == passive_.end()) out = passive_.begin() + static_cast<std::ptrdiff_t>(ctx.rng().below(passive_.size()));
    ctx.forgot(*out);
    *out = passive_.back();
    passive_.pop_back();
  }
  passive_.push_back(node);
}

NodeId Hyparview::other_peer(Ctx& ctx, NodeId not_this, NodeId nor_this) const {
  std::vector<NodeId>& others = ctx.scratch();
  for (const NodeId peer : active_)
    if (peer != not_this && peer != nor_this) others.push_back(peer);
  return others.empty() ? kNoNode : others[ctx.rng().below(others.size())];
}

std::vector<NodeId> Hyparview::some(Ctx& ctx, std::span<const NodeId> of, std::size_t count) {
  std::vector<NodeId> chosen(of.begin(), of.end());
  ctx.rng().shuffle(chosen);
  if (chosen.size() > count) chosen.resize(count);
  return chosen;
}

}  // namespace hearsay::membership
