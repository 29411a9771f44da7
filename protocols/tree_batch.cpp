#include "protocols/tree_batch.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/core/math.hpp"

namespace hearsay::protocols {

using protocol::ItemIds;
using protocol::ItemSet;
using tree_batch::Flight;
using tree_batch::Held;
using tree_batch::kHeaderBytes;
using tree_batch::kIdBytes;
using tree_batch::kItemHeaderBytes;
using tree_batch::kOriginBytes;

TreeBatch::Setup TreeBatch::prepare(const Params& params, const protocol::SetupView& view) {
  const auto nodes = static_cast<std::uint32_t>(view.nodes.size());
  const NodeId root{params.root};
  const bool bfs = params.tree == Shape::kBfs;
  const std::uint32_t branching =
      params.max_depth ? tree_batch::branching_for(nodes, *params.max_depth) : params.branching;
  return {bfs ? protocol::bfs_tree(view, root) : tree_batch::tree_of_ids(nodes, branching, root), view,
          params.shortcuts, bfs, params.windows()};
}

// ------------------------------------------------------------------------------------------ handlers

void TreeBatch::on_start(Ctx& ctx) {
  session_ = ctx.now();
  nodes_ = ctx.node_count();
  const Setup& places = ctx.setup();
  if (!places.tree().contains(ctx.self())) return;
  depth_ = places.tree().depth(ctx.self());
  path_ = places.longest_path(ctx.self());
  for (const tree_batch::Neighbour& n : places.neighbours(ctx.self())) links_.add(n.id, n.role).heard = ctx.now();
  start_clocks(ctx);
  if (ctx.now() == SimTime{} || ctx.params().syncs()) return;
  for (Link& link : links_) ask(ctx, link);  // so that they hear of the new start
}

void TreeBatch::on_restart(Ctx& ctx) {
  if (session_.ns < 0) return on_start(ctx);  // without its state
  seeking_ = false;
  asked_ = kNoNode;
  for (Link& link : links_) {
    link.resending = link.ack_waits = false;
    link.asked = Link::kNotYet;
    link.acks_due.clear();
    link.land_all();
    if (link.down) arm(ctx, link, ctx.params().suspect_after);
  }
  start_clocks(ctx);
  if (ctx.setup().window(ctx.self()).ns == 0) flush_all(ctx);
  seek(ctx);
}

void TreeBatch::start_clocks(Ctx& ctx) {
  if (links_.size() == 0) return;
  const Params& params = ctx.params();
  if (const Duration window = ctx.setup().window(ctx.self()); window.ns > 0)
    ctx.set_timer(protocol::delay_to_first_tick(params.phase, window, ctx.now(), ctx.rng()), {Timer::Kind::kFlush});
  if (params.syncs())
    ctx.set_timer(protocol::delay_to_first_tick(protocol::Phase::kRandom, params.sync_interval, ctx.now(), ctx.rng()),
                  {Timer::Kind::kSync});
  if (params.repair) ctx.set_timer(params.suspect_after, {Timer::Kind::kWatch});
}

void TreeBatch::on_publish(Ctx& ctx, ItemId item) {
  seen_.insert(item, ctx.now(), ctx.params().seen_limits());
  ctx.deliver(item);
  hold(ctx, item);
  spread(ctx, kNoNode, {&item, 1});
}

void TreeBatch::on_message(Ctx& ctx, NodeId from, const Message& message) {
  std::visit([&](const auto& m) { on(ctx, from, m); }, message);
}

void TreeBatch::on_timer(Ctx& ctx, const Timer& timer) {
  const Params& params = ctx.params();
  switch (timer.kind) {
    case Timer::Kind::kFlush:
      flush_all(ctx);
      ctx.set_timer(protocol::delay_to_next_tick(params.phase, ctx.setup().window(ctx.self()), ctx.now(), ctx.rng()),
                    {Timer::Kind::kFlush});
      break;
    case Timer::Kind::kResend: resend(ctx, timer.neighbour); break;
    case Timer::Kind::kAck: {
      Link* const link = links_.find(timer.neighbour);
      if (link == nullptr) break;
      link->ack_waits = false;
      if (link->acks_due.empty()) break;
      Ack ack;
      ack.acks = {std::exchange(link->acks_due, {}), link->session};
      post(ctx, link->id, std::move(ack), 0);
      break;
    }
    case Timer::Kind::kSync:
      sync(ctx);
      ctx.set_timer(params.sync_interval, {Timer::Kind::kSync});
      break;
    case Timer::Kind::kSeek:
      seeking_ = false;
      asked_ = kNoNode;
      seek(ctx);
      break;
    case Timer::Kind::kWatch:
      watch(ctx);
      ctx.set_timer(params.suspect_after, {Timer::Kind::kWatch});
      break;
  }
}

void TreeBatch::on_peer_up(Ctx& ctx, NodeId peer) {
  Link* const link = links_.find(peer);
  if (link != nullptr && link->down) ask(ctx, *link);
}

void TreeBatch::on_peer_down(Ctx& ctx, NodeId peer) {
  Link* const link = links_.find(peer);
  if (link != nullptr && !link->down) go_down(ctx, *link);
}

// --------------------------------------------------------------------------------- what the node has

void TreeBatch::hold(Ctx& ctx, ItemId item) {
  if (items_.contains(item)) return;
  items_.insert(item);
  newest_ = held_ == 0 ? item : std::max(newest_, item);
  ++held_;
  held_bytes_ += ctx.item(item).size_bytes;
  if (ctx.params().syncs()) fresh_.insert(item);
}

template <class Each>
void TreeBatch::for_each_held(const Each& each) const {
  for (std::size_t w = 0; w < end_word(); ++w) ItemSet::for_each_bit(w, items_.word(w), each);
}

void TreeBatch::accept(Ctx& ctx, NodeId from, const ItemIds& items, bool synced) {
  Link* const link = links_.find(from);
  std::vector<ItemId>& fresh = ctx.workspace().fresh;
  fresh.clear();
  for (const ItemId item : items) {
    if (link != nullptr) link->has(item);
    if (!seen_.insert(item, ctx.now(), ctx.params().seen_limits())) continue;
    ctx.deliver(item);
    hold(ctx, item);
    fresh.push_back(item);
  }
  if (fresh.empty()) return;
  if (synced) ctx.count(kSynced, static_cast<std::uint32_t>(fresh.size()));
  spread(ctx, from, fresh);
}

/// What is new waits for the next flush to all but its sender, or does not wait.
void TreeBatch::spread(Ctx& ctx, NodeId from, std::span<const ItemId> fresh) {
  const Params& params = ctx.params();
  const bool filter = params.delta == Delta::kBloom;
  const bool at_once = ctx.setup().window(ctx.self()).ns == 0;
  const std::uint32_t most = at_once ? 1 : params.max_items.value_or(std::numeric_limits<std::uint32_t>::max());
  for (Link& link : links_) {
    if (link.id == from) continue;
    for (const ItemId item : fresh)
      if (!filter || !ctx.rng().chance(*params.bloom_rate)) link.wait_for_flush(item);
    if (link.waiting >= most && !link.down) flush(ctx, link);
  }
}

// -------------------------------------------------------------------------------------------- batches

void TreeBatch::flush_all(Ctx& ctx) {
  const bool always = ctx.params().flush == Flush::kAlways;
  for (Link& link : links_)
    if (!link.down && (link.waiting > 0 || always)) flush(ctx, link);
}

void TreeBatch::flush(Ctx& ctx, Link& link) {
  const Params& params = ctx.params();
  Batch batch;
  if (link.waiting > 0) {
    std::uint64_t content = 0;
    const auto add = [&](ItemId item) {
      batch.carried.push_back(item);
      content += ctx.item(item).size_bytes;
    };
    if (params.delta == Delta::kNone)
      for_each_held(add);
    else
      link.pending.for_each(add);
    last_flush_bytes_ = content;
    ctx.count(kFlushes);
    constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
    for (; content > kMost; content -= kMost) ctx.count(kFlushedBytes, kMost);
    ctx.count(kFlushedBytes, static_cast<std::uint32_t>(content));
    if (params.acks) {
      batch.number = ++link.batches;
      link.flights.push_back({batch.number, ctx.now(), std::move(link.pending)});
      link.pending = {};
      arm(ctx, link, params.resend_after);
    }
    link.clear_pending();
  }
  send_batch(ctx, link, std::move(batch));
}

/// Whether anybody is there.
void TreeBatch::ask(Ctx& ctx, Link& link) {
  Batch batch;
  batch.number = ++link.batches;
  send_batch(ctx, link, std::move(batch));
  if (link.down) arm(ctx, link, ctx.params().suspect_after);
}

void TreeBatch::send_batch(Ctx& ctx, Link& link, Batch batch) {
  if (!link.acks_due.empty()) batch.acks = {std::exchange(link.acks_due, {}), link.session};
  if (batch.number != 0 && link.asked == Link::kNotYet) link.asked = ctx.now();
  const std::uint64_t bytes = kIdBytes * batch.acks.numbers.size();
  post(ctx, link.id, std::move(batch), bytes);
}

template <class M>
void TreeBatch::post(Ctx& ctx, NodeId to, M message, std::uint64_t body_bytes) {
  message.session = session_;
  message.bytes = kHeaderBytes + body_bytes;
  if constexpr (requires { message.carried; })
    for (const ItemId item : message.carried) message.bytes += kItemHeaderBytes + ctx.item(item).size_bytes;
  if constexpr (std::is_same_v<M, Ack>) message.bytes += kIdBytes * (message.acks.numbers.size() - 1);
  ctx.send(to, std::move(message));
}

void TreeBatch::arm(Ctx& ctx, Link& link, Duration delay) {
  if (std::exchange(link.resending, true)) return;
  ctx.set_timer(delay, {Timer::Kind::kResend, link.id});
}

void TreeBatch::resend(Ctx& ctx, NodeId neighbour) {
  const Params& params = ctx.params();
  Link* const link = links_.find(neighbour);
  if (link == nullptr) return;
  link->resending = false;
  if (link->down) return ask(ctx, *link);
  if (link->flights.empty()) return;
  const auto overdue = [&](const Flight& f) { return f.sent + params.resend_after <= ctx.now(); };
  const auto fresh = std::find_if_not(link->flights.begin(), link->flights.end(), overdue);
  const auto count = static_cast<std::size_t>(fresh - link->flights.begin());
  if (count > 0) {
    if (link->asked != Link::kNotYet && ctx.now() - link->asked >= params.suspect_after) return go_down(ctx, *link);
    link->land(count);
    if (link->waiting > 0) {
      ctx.count(kResent);
      flush(ctx, *link);
    }
  }
  if (!link->flights.empty()) arm(ctx, *link, link->flights.front().sent + params.resend_after - ctx.now());
}

void TreeBatch::on(Ctx& ctx, NodeId from, const Batch& m) {
  Link* const link = hear(ctx, from, m.session);
  const bool stale = link != nullptr && m.session < link->session;
  if (link != nullptr && !stale) take(*link, m.acks);
  if (m.number != 0 && !stale) {
    if (link != nullptr && ctx.params().acks && ctx.params().ack_delay.ns > 0 && !m.carried.empty()) {
      link->acks_due.push_back(m.number);
      if (!std::exchange(link->ack_waits, true)) ctx.set_timer(ctx.params().ack_delay, {Timer::Kind::kAck, link->id});
    } else {
      Ack ack;
      ack.acks = {{m.number}, m.session};
      ack.stranger = link == nullptr;
      post(ctx, from, std::move(ack), 0);
    }
  }
  accept(ctx, from, m.carried, false);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const Ack& m) {
  Link* const link = hear(ctx, from, m.session);
  if (link == nullptr || m.session < link->session) return;
  take(*link, m.acks);
  if (m.stranger && (link->role == Role::kFoster || link->role == Role::kAdopted)) go_down(ctx, *link);
}

void TreeBatch::take(Link& link, const tree_batch::Acks& acks) {
  if (acks.of != session_) return;
  for (const std::uint32_t number : acks.numbers) link.acknowledged(number);
  if (link.flights.empty()) link.asked = Link::kNotYet;
}

// ----------------------------------------------------------------------------------------- neighbours

/// A message came; the neighbour's link, null if it is none. References to other links end here.
TreeBatch::Link* TreeBatch::hear(Ctx& ctx, NodeId from, SimTime session) {
  Link* const link = links_.find(from);
  if (link == nullptr || session < link->session) return link;
  if (session > link->session) {
    const bool anew = link->session != Link::kNotYet;
    link->session = session;
    if (anew) {
      link->land_all();
      link->acks_due.clear();
      wait_for_all_due(ctx, *link);
    }
  }
  link->heard = ctx.now();
  link->asked = link->flights.empty() ? Link::kNotYet : ctx.now();
  if (!std::exchange(link->down, false)) return link;
  if (ctx.setup().window(ctx.self()).ns == 0 && link->waiting > 0) flush(ctx, *link);
  if (link->role == Role::kParent) come_home(ctx);
  return links_.find(from);
}

/// For a neighbour of which nothing is known: anti-entropy leaves to the batches what came lately, and brings the rest.
void TreeBatch::wait_for_all_due(Ctx& ctx, Link& link) {
  const auto wait = [&](ItemId item) { link.wait_for_flush(item); };
  if (ctx.params().syncs()) {
    fresh_before_.for_each(wait);
    fresh_.for_each(wait);
  } else {
    for_each_held(wait);
  }
  if (ctx.setup().window(ctx.self()).ns == 0 && link.waiting > 0 && !link.down) flush(ctx, link);
}

/// It does not answer, or is gone. References to links end here.
void TreeBatch::go_down(Ctx& ctx, Link& link) {
  const NodeId id = link.id;
  link.land_all();
  link.down = true;
  if (link.role == Role::kFoster || link.role == Role::kAdopted)
    links_.remove(id);
  else
    arm(ctx, link, ctx.params().suspect_after);
  if (foster_ == id) foster_ = kNoNode;
  seek(ctx);
}

// --------------------------------------------------------------------------------------------- repair

TreeBatch::Link* TreeBatch::home() {
  for (Link& link : links_)
    if (link.role == Role::kParent) return &link;
  return nullptr;
}

bool TreeBatch::is_orphan() {
  const Link* const parent = home();
  return parent != nullptr && parent->down && foster_ == kNoNode;
}

/// Asks the next candidate, if a parent is wanted and nobody is being asked.
void TreeBatch::seek(Ctx& ctx) {
  constexpr int kTriesAtOnce = 4;
  if (!ctx.params().repair || seeking_ || !is_orphan()) return;
  for (int tries = 0; tries < kTriesAtOnce; ++tries) {
    const NodeId candidate = ctx.setup().candidate(ctx.self(), attempts_++);
    const Link* const link = links_.find(candidate);
    if (link != nullptr && link->down) continue;
    if (link != nullptr) {
      foster_ = candidate;
      ctx.count(kTakenIn);
      return;
    }
    asked_ = candidate;
    post(ctx, candidate, Attach{}, 0);
    break;
  }
  seeking_ = true;
  ctx.set_timer(ctx.params().suspect_after, {Timer::Kind::kSeek});
}

void TreeBatch::come_home(Ctx& ctx) {
  asked_ = kNoNode;
  attempts_ = 0;
  const NodeId foster = std::exchange(foster_, kNoNode);
  Link* const link = foster == kNoNode ? nullptr : links_.find(foster);
  if (link == nullptr || link->role != Role::kFoster) return;
  post(ctx, foster, Detach{}, 0);
  links_.remove(foster);
}

/// A parent that says nothing is asked whether it is there.
void TreeBatch::watch(Ctx& ctx) {
  Link* const parent = foster_ != kNoNode ? links_.find(foster_) : home();
  if (parent == nullptr || parent->down) return;
  const Duration patience = ctx.params().suspect_after;
  if (parent->asked != Link::kNotYet && ctx.now() - parent->asked >= patience)
    go_down(ctx, *parent);
  else if (parent->asked == Link::kNotYet && ctx.now() - parent->heard >= patience)
    ask(ctx, *parent);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const Attach& m) {
  if (ctx.setup().rank(from) <= ctx.setup().rank(ctx.self())) return;
  post(ctx, from, Attached{}, 0);
  if (hear(ctx, from, m.session) != nullptr) return;
  Link& link = links_.add(from, Role::kAdopted);
  link.session = m.session;
  link.heard = ctx.now();
  wait_for_all_due(ctx, link);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const Attached& m) {
  if (hear(ctx, from, m.session) != nullptr) return;
  if (from != asked_ || !is_orphan()) return post(ctx, from, Detach{}, 0);
  asked_ = kNoNode;
  foster_ = from;
  ctx.count(kTakenIn);
  Link& link = links_.add(from, Role::kFoster);
  link.session = m.session;
  link.heard = ctx.now();
  wait_for_all_due(ctx, link);
  if (ctx.params().syncs()) ask_for_difference(ctx, from);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const Detach& m) {
  const Link* const link = hear(ctx, from, m.session);
  if (link != nullptr && link->role == Role::kAdopted) links_.remove(from);
}

// --------------------------------------------------------------------------------------- anti-entropy

void TreeBatch::sync(Ctx& ctx) {
  fresh_before_ = std::exchange(fresh_, {});
  std::vector<NodeId>& partners = ctx.workspace().partners;
  partners.clear();
  for (const Link& link : links_)
    if (!link.down) partners.push_back(link.id);
  if (!partners.empty()) ask_for_difference(ctx, partners[ctx.rng().below(partners.size())]);
}

void TreeBatch::ask_for_difference(Ctx& ctx, NodeId partner) {
  SyncRequest request;
  request.held = summary();
  std::uint64_t bytes = 0;
  switch (ctx.params().sync_payload) {
    case SyncPayload::kDigest:
      request.recent = fresh_before_;
      request.recent.insert_all(fresh_);
      bytes = vector_bytes() + kIdBytes * request.recent.size();
      break;
    case SyncPayload::kFull: for_each_held([&](ItemId item) { request.carried.push_back(item); }); break;
    case SyncPayload::kBloom: bytes = filter_bytes(ctx.params()); break;
  }
  post(ctx, partner, std::move(request), bytes);
}

/// Of a version vector of what the node has: entries, and the ids that are missing below the newest.
std::uint64_t TreeBatch::vector_bytes() const {
  if (held_ == 0) return 0;
  std::uint64_t present = 0;
  for (std::size_t w = items_.floor_word(); w < end_word(); ++w)
    present += static_cast<std::uint64_t>(std::popcount(items_.word(w)));
  const std::uint64_t missing = index(newest_) + 1 - ItemSet::kBits * items_.floor_word() - present;
  return kOriginBytes * std::min<std::uint64_t>(nodes_, held_) + kIdBytes * missing;
}

/// Of a Bloom filter of what the node has: log2(1/rate) / ln 2 bits an item.
std::uint64_t TreeBatch::filter_bytes(const Params& params) const {
  const double ln2 = det_log(2);
  return static_cast<std::uint64_t>(
      std::ceil(-det_log(*params.bloom_rate) / (ln2 * ln2) * static_cast<double>(held_) / 8));
}

/// What the node has had for a while, and a neighbour with these items lacks.
ItemIds TreeBatch::lacking(Ctx& ctx, const Link* link, const Held& held) const {
  const Params& params = ctx.params();
  const bool filter = params.sync_payload == SyncPayload::kBloom;
  ItemIds items;
  for (std::size_t w = held.items.floor_word(); w < end_word(); ++w) {
    const ItemSet::Word coming = link == nullptr ? 0 : link->coming(w);
    ItemSet::for_each_bit(w, items_.word(w) & ~recent(w) & ~held.word(w) & ~coming, [&](ItemId item) {
      if (!filter || !ctx.rng().chance(*params.bloom_rate)) items.push_back(item);
    });
  }
  return items;
}

void TreeBatch::on(Ctx& ctx, NodeId from, const SyncRequest& m) {
  Link* const link = hear(ctx, from, m.session);
  const SyncPayload payload = ctx.params().sync_payload;
  if (link != nullptr && payload != SyncPayload::kBloom) link->has_all(m.held);
  accept(ctx, from, m.carried, true);
  SyncReply reply;
  reply.carried = lacking(ctx, link, m.held);
  std::uint64_t bytes = 0;
  if (payload == SyncPayload::kDigest) {
    for (std::size_t w = items_.floor_word(); w < m.held.end; ++w)
      reply.wants.insert_word(w, m.held.word(w) & ~m.recent.word(w) & ~items_.word(w));
    bytes = kIdBytes * reply.wants.size();
  } else if (payload == SyncPayload::kBloom) {
    reply.held = summary();
    bytes = filter_bytes(ctx.params());
  }
  if (payload != SyncPayload::kBloom && reply.carried.empty() && reply.wants.empty()) return;
  post(ctx, from, std::move(reply), bytes);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const SyncReply& m) {
  const Link* const link = hear(ctx, from, m.session);
  accept(ctx, from, m.carried, true);
  SyncItems answer;
  if (ctx.params().sync_payload == SyncPayload::kBloom) {
    answer.carried = lacking(ctx, link, m.held);
  } else {
    m.wants.for_each([&](ItemId item) {
      if (items_.contains(item)) answer.carried.push_back(item);
    });
  }
  if (!answer.carried.empty()) post(ctx, from, std::move(answer), 0);
}

void TreeBatch::on(Ctx& ctx, NodeId from, const SyncItems& m) {
  hear(ctx, from, m.session);
  accept(ctx, from, m.carried, true);
}

// --------------------------------------------------------------------------------------------- gauges

void TreeBatch::gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  constexpr std::uint64_t kRecordBytes = 24;
  std::uint64_t of_one = kRecordBytes;
  if (params.delta == Delta::kVersionVector) of_one += kOriginBytes * std::min<std::uint64_t>(nodes_, held_);
  if (params.delta == Delta::kBloom) of_one += filter_bytes(params);
  std::uint64_t neighbours = of_one * links_.size();
  for (const Link& link : links_) neighbours += modelled::kMark * (link.waiting + link.unacknowledged());
  const std::size_t seen = seen_.size();
  readings.add(protocol::kItemsHeld, held_);
  readings.add(protocol::kIdsSeen, seen);
  readings.add(protocol::kStateBytes,
               modelled::kPeer * at.peers + modelled::kId * seen + modelled::kItem * held_ + held_bytes_ + neighbours);
  readings.add(kNeighbourState, neighbours);
  readings.add(kLastFlush, last_flush_bytes_);
  readings.add(kDepth, depth_);
  readings.add(kPath, path_);
}

std::size_t TreeBatch::memory_bytes() const {
  return seen_.memory_bytes() + items_.memory_bytes() + fresh_.memory_bytes() + fresh_before_.memory_bytes() +
         links_.memory_bytes();
}

}  // namespace hearsay::protocols
