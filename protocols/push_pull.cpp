#include "protocols/push_pull.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/core/units.hpp"

namespace hearsay::protocols {

using protocol::ItemIds;
using protocol::ItemSet;

namespace {

constexpr auto kNothingExcluded = [](std::size_t) { return ItemSet::Word{0}; };

ItemId next(ItemId id) { return static_cast<ItemId>(index(id) + 1); }

/// Place of an item's class in `priority`; behind them all if it is not there.
std::ptrdiff_t rank(const Context<PushPull>& ctx, ItemId id) {
  const auto& priority = ctx.params().priority;
  return std::find(priority.begin(), priority.end(), ctx.class_name(ctx.item(id).item_class)) - priority.begin();
}

/// What a round of one item takes at least.
protocol::ExchangeNeeds needs_of(const PushPull::Params& p, const protocol::Setting& setting) {
  using Mode = PushPull::Mode;
  const bool digests = p.exchange == PushPull::Exchange::kDigest;
  protocol::ExchangeNeeds needs;
  needs.legs = p.mode == Mode::kPush ? 1 : p.mode == Mode::kPushPull && digests ? 3 : 2;
  if (p.mode == Mode::kPush || p.mode == Mode::kMixed || p.is_eager())
    needs.copies = std::min(p.fanout, setting.most_peers);
  double body = static_cast<double>(PushPull::kItemHeaderBytes) + setting.item_bytes;
  if (p.compress_above && body > static_cast<double>(*p.compress_above)) {
    needs.preparation = nearest_duration(body * static_cast<double>(p.compression_delay_per_byte.ns));
    body *= p.compression_ratio.value_or(1);
  }
  needs.message_bytes = static_cast<double>(PushPull::kHeaderBytes) + body;
  return needs;
}

/// What is legal and does not do what its author may expect.
void warn_of_what_is_in_vain(const PushPull::Params& p, const protocol::Setting& setting,
                             protocol::Diagnostics& problems) {
  protocol::warn_of_few_peers("fanout", p.fanout, setting, problems);
  if (p.mode == PushPull::Mode::kPush && p.track_peers && setting.can_lose)
    problems.push_back({"track_peers",
                        "a push to a peer is not repeated, so what is lost on its way, here to a fault or to loss, is "
                        "never repaired; write track_peers = false, or a mode that pulls",
                        true});
  if (setting.runs_on && setting.first_publication + p.max_message_age > setting.duration)
    problems.push_back({"max_message_age",
                        "every item is still offered when the run ends, as " + format_duration(p.max_message_age) +
                            " are not over by then, so what is sent in all is cut off; make the run longer, this "
                            "shorter, or write run.until = \"covered\"",
                        true});
  if (p.prefer_low_latency > 0 && p.latency_from == PushPull::LatencyFrom::kMeasured && p.mode == PushPull::Mode::kPush)
    problems.push_back({"latency_from",
                        "a push has no answer, so no round trip is measured and no peer preferred; write "
                        "latency_from = \"links\", or a mode that pulls",
                        true});
  if (p.prefer_same_region > 0 && !setting.has_regions)
    problems.push_back({"prefer_same_region",
                        "no node has a region, so nothing is preferred; remove it, or set "
                        "network.regions",
                        true});
}

}  // namespace

// ---------------------------------------------------------------------------------------- parameters

void PushPull::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  protocol::require_partners("fanout", fanout, setting, problems);
  if (max_message_age < interval)
    problems.push_back({"max_message_age", format_duration(max_message_age) + " is shorter than one interval, " +
                                               format_duration(interval) +
                                               ", so items would expire before a round; write a longer one"});
  if (phase == protocol::Phase::kSynchronous)
    protocol::require_exchange_fits("interval", interval, needs_of(*this, setting), setting, problems);
  protocol::require_countable("interval", interval, setting, problems);
  protocol::require_countable("prune_interval", prune_interval, setting, problems);
  if (prefer_same_region + prefer_low_latency > 1)
    problems.push_back({"prefer_low_latency",
                        "prefer_same_region and prefer_low_latency are shares of the same picks and add up to more "
                        "than 1; lower one"});
  if (compress_above && !compression_ratio)
    problems.push_back(
        {"compress_above",
         "needs `compression_ratio`, the compressed size over the size; write for example compression_ratio = 0.4"});
  if (seen_ttl && *seen_ttl < max_message_age)
    problems.push_back({"seen_ttl",
                        "is shorter than max_message_age, " + format_duration(max_message_age) +
                            ", so items that are still offered are accepted anew",
                        true});
  for (const std::string& name : priority)
    if (std::find(setting.classes.begin(), setting.classes.end(), name) == setting.classes.end())
      problems.push_back(
          {"priority", "no workload publishes items of class \"" + name + "\"; set `class` in a workload"});
  warn_of_what_is_in_vain(*this, setting, problems);
}

// ----------------------------------------------------------------------------- time and what is held

/// Brings `recent_` and the round up to now; every handler begins with it. O(1); O(log held) when something expires.
void PushPull::refresh(Ctx& ctx) {
  const Params& params = ctx.params();
  if (params.phase == protocol::Phase::kSynchronous) {
    const SimTime start = protocol::round_start(ctx.now(), params.interval);
    if (start != round_) {
      round_ = start;
      fresh_.clear();
    }
  }
  const auto expired = [&](ItemId id) { return ctx.item(id).published + params.max_message_age < ctx.now(); };
  if (recent_ >= end_ || !expired(recent_)) return;
  std::size_t from = index(recent_) + 1;
  for (std::size_t left = index(end_) - from; left > 0;) {
    const std::size_t half = left / 2;
    if (expired(static_cast<ItemId>(from + half))) {
      from += half + 1;
      left -= half + 1;
    } else {
      left = half;
    }
  }
  recent_ = static_cast<ItemId>(from);
}

bool PushPull::see(Ctx& ctx, ItemId item, const protocol::SeenLimits& limits) {
  if (!seen_.insert(item, ctx.now(), limits)) return false;
  ctx.deliver(item);
  meet_node(ctx.item(item).origin);
  return true;
}

void PushPull::hold(Ctx& ctx, ItemId item) {
  refresh(ctx);
  if (ctx.item(item).published + ctx.params().max_message_age < ctx.now()) return;
  held_.insert(item);
  if (ctx.params().phase == protocol::Phase::kSynchronous) fresh_.insert(item);
  end_ = std::max(end_, next(item));
}

/// Recent items of a word that may be offered now.
ItemSet::Word PushPull::offered(std::size_t w) const {
  const ItemSet::Word word = held_.word(w) & ~fresh_.word(w);
  return w == ItemSet::word_of(recent_) ? word & ~(ItemSet::bit_of(recent_) - 1) : word;
}

bool PushPull::offers_anything() const {
  for (std::size_t w = held_.end_word(); w > offered_from(); --w)
    if (offered(w - 1) != 0) return true;
  return false;
}

/// The offered items but the excluded, in the order of a message; excluded(w) covers all words below `first_word`.
template <class Excluded>
ItemIds PushPull::collect(Ctx& ctx, std::size_t first_word, const Excluded& excluded) const {
  ItemIds items;
  for (std::size_t w = std::max(first_word, offered_from()); w < held_.end_word(); ++w)
    ItemSet::for_each_bit(w, offered(w) & ~excluded(w), [&](ItemId id) { items.push_back(id); });
  if (!ctx.params().priority.empty()) {
    std::sort(items.begin(), items.end(),
              [&](ItemId a, ItemId b) { return std::pair(rank(ctx, a), a) < std::pair(rank(ctx, b), b); });
  }
  return items;
}

/// The same as a digest.
template <class Excluded>
ItemSet PushPull::list(std::size_t first_word, const Excluded& excluded) const {
  ItemSet ids;
  for (std::size_t w = std::max(first_word, offered_from()); w < held_.end_word(); ++w)
    ids.insert_word(w, offered(w) & ~excluded(w));
  return ids;
}

void PushPull::prune(Ctx& ctx) {
  held_.drop_below(recent_);
  held_.release_memory();
  peers_.prune(recent_);
  seen_.contains(recent_, ctx.now(), ctx.params().seen_limits());  // whatever is looked up, the forgotten are swept out
}

void PushPull::gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  constexpr std::uint64_t kRecordBytes = 24, kSketchBytes = 256, kTripBytes = 24;
  std::uint64_t bytes = modelled::kPeer * at.peers + modelled::kId * ids_seen() + modelled::kItem * held() +
                        kRecordBytes * peers_.size() + modelled::kMark * peers_.marks(held_, recent_, params.tracks()) +
                        (sketch_ ? kSketchBytes : 0) + (favoured_ ? kTripBytes * favoured_->round_trips().size() : 0);
  held_.for_each([&](ItemId id) { bytes += at.items[index(id)].size_bytes; });
  readings.add(protocol::kItemsHeld, held());
  readings.add(protocol::kIdsSeen, ids_seen());
  readings.add(protocol::kStateBytes, bytes);
}

// ------------------------------------------------------------------------------------------- handlers

void PushPull::on_start(Ctx& ctx) {
  const Params& params = ctx.params();
  begin_session(ctx.now());
  if (params.adaptive_fanout && !sketch_) {
    sketch_ = std::make_unique<NodeSketch>();
    sketch_->add(ctx.self());
    for (const NodeId id : ctx.peers()) sketch_->add(id);
  }
  ctx.set_timer(protocol::delay_to_first_tick(params.phase, params.interval, ctx.now(), ctx.rng()),
                {Timer::Kind::kTick, 0});
  ctx.set_timer(params.prune_interval, {Timer::Kind::kPrune, 0});
}

void PushPull::on_restart(Ctx& ctx) {
  delayed_.clear();  // their timers died
  on_start(ctx);
}

void PushPull::on_publish(Ctx& ctx, ItemId item) {
  see(ctx, item, ctx.params().seen_limits());
  hold(ctx, item);
}

void PushPull::on_timer(Ctx& ctx, const Timer& timer) {
  refresh(ctx);
  switch (timer.kind) {
    case Timer::Kind::kTick:
      tick(ctx);
      ctx.set_timer(protocol::delay_to_next_tick(ctx.params().phase, ctx.params().interval, ctx.now(), ctx.rng()),
                    timer);
      return;
    case Timer::Kind::kPrune:
      prune(ctx);
      ctx.set_timer(ctx.params().prune_interval, timer);
      return;
    case Timer::Kind::kCompressed: {
      const auto ready =
          std::find_if(delayed_.begin(), delayed_.end(), [&](const Delayed& d) { return d.number == timer.number; });
      if (ready == delayed_.end()) return;
      ctx.send(ready->to, std::move(ready->message));
      delayed_.erase(ready);
      return;
    }
  }
}

void PushPull::on_peer_up(Ctx&, NodeId peer) {
  if (favoured_) favoured_->clear();
  meet_node(peer);
}

void PushPull::on_peer_down(Ctx&, NodeId peer) {
  if (favoured_) {
    favoured_->clear();
    favoured_->round_trips().forget(peer);
  }
  peers_.forget(peer);
}

void PushPull::on_message(Ctx& ctx, NodeId from, const Message& message) {
  std::visit([&](const auto& m) { receive(ctx, from, m); }, message);
}

// --------------------------------------------------------------------------------------------- rounds

void PushPull::tick(Ctx& ctx) {
  const Params& params = ctx.params();
  Mode mode = params.mode;
  if (mode == Mode::kMixed) mode = ctx.rng().chance(params.push_ratio) ? Mode::kPush : Mode::kPull;
  // Who has nothing to push need not choose to whom.
  if (mode == Mode::kPush && !offers_anything()) return;
  const std::span<const NodeId> partners = choose(ctx);
  if (params.measures() && mode != Mode::kPush)
    for (const NodeId partner : partners) favoured_->round_trips().called(partner, ctx.now());
  if (mode == Mode::kPush)
    push(ctx, partners);
  else if (mode == Mode::kPull)
    call_with_digest<Pull>(ctx, partners);
  else if (params.exchange == Exchange::kEager)
    call_eagerly(ctx, partners);
  else
    call_with_digest<ExchangeDigest>(ctx, partners);
}

std::span<const NodeId> PushPull::choose(Ctx& ctx) {
  const Params& params = ctx.params();
  std::size_t fanout = params.fanout;
  if (sketch_) {
    const double nodes = std::max(static_cast<double>(ctx.peers().size() + 1), sketch_->estimate());
    fanout = std::max<std::size_t>(fanout, reliable_fanout(nodes));
  }
  const FavouredPeers::Shares shares{params.prefer_same_region, params.prefer_low_latency};
  if (shares.same_region + shares.low_latency == 0) return protocol::choose_partners(ctx, ctx.peers(), fanout);
  if (!favoured_ || !favoured_->ready() || params.measures()) list_favoured(ctx);
  std::vector<NodeId>& chosen = ctx.scratch();
  favoured_->choose(ctx.peers(), fanout, shares, ctx.rng(), chosen);
  return chosen;
}

void PushPull::list_favoured(Ctx& ctx) {
  const Params& params = ctx.params();
  if (!favoured_) favoured_ = std::make_unique<FavouredPeers>();
  std::vector<NodeId> same_region;
  std::vector<std::pair<std::int64_t, NodeId>> nearness;
  for (const NodeId id : ctx.peers()) {
    if (ctx.attributes(id).region == ctx.attributes().region) same_region.push_back(id);
    if (params.prefer_low_latency == 0) continue;
    if (!params.measures()) {
      nearness.emplace_back(ctx.link_latency(id).ns, id);
    } else if (const auto ns = favoured_->round_trips().measured_ns(id, ctx.now(), params.max_message_age)) {
      nearness.emplace_back(*ns, id);
    }
  }
  favoured_->assign(std::move(same_region), nearness, ctx.peers().size());
}

void PushPull::push(Ctx& ctx, std::span<const NodeId> partners) {
  std::vector<Outgoing> rest;
  if (!ctx.params().tracks()) {
    Push m;
    m.carried = collect(ctx, 0, kNothingExcluded);
    post_what_is_urgent(ctx, partners, std::move(m), rest);
    post_all(ctx, rest);
    return;
  }
  for (const NodeId partner : partners) {
    const Peer& p = peer(partner);
    Push m;
    m.carried = collect(ctx, p.known.floor_word(), [&](std::size_t w) { return p.known.word(w); });
    if (m.carried.empty()) continue;
    note_sent(ctx, partner, m.carried);
    post_what_is_urgent(ctx, {&partner, 1}, std::move(m), rest);
  }
  post_all(ctx, rest);
}

void PushPull::call_eagerly(Ctx& ctx, std::span<const NodeId> partners) {
  std::vector<Outgoing> rest;
  if (!ctx.params().tracks()) {
    EagerRequest m;
    m.carried = collect(ctx, 0, kNothingExcluded);
    post_what_is_urgent(ctx, partners, std::move(m), rest);
    post_all(ctx, rest);
    return;
  }
  for (const NodeId partner : partners) {
    Peer& p = peer(partner);
    EagerRequest m;
    m.carried = collect(ctx, p.known.floor_word(), [&](std::size_t w) { return p.known.word(w); });
    m.ids = std::exchange(p.talk().unacknowledged, {});
    note_sent(ctx, partner, m.carried);
    post_what_is_urgent(ctx, {&partner, 1}, std::move(m), rest);
  }
  post_all(ctx, rest);
}

template <class Call>
void PushPull::call_with_digest(Ctx& ctx, std::span<const NodeId> partners) {
  if (!ctx.params().is_delta()) {
    Call m;
    m.whole = true;
    m.ids = list(0, kNothingExcluded);
    post(ctx, partners, std::move(m));
    return;
  }
  for (const NodeId partner : partners) {
    Dialogue& dialogue = peer(partner).talk();
    Call m;
    m.exchange = dialogue.call = ++exchanges_;
    write_digest(dialogue, m);
    dialogue.called = m.ids;
    post(ctx, {&partner, 1}, std::move(m));
  }
}

// -------------------------------------------------------------------------------------------- answers

void PushPull::on(Ctx& ctx, NodeId from, const Push& m) { accept(ctx, from, m); }

void PushPull::on(Ctx& ctx, NodeId from, const Pull& m) {
  PullReply reply;
  read_digest(ctx, from, m, reply);
  reply.carried = lacking(ctx, from, m);
  if (reply.carried.empty()) return;
  note_sent(ctx, from, reply.carried);
  answer(ctx, from, std::move(reply));
}

/// An answer to a call of this node's own.
void PushPull::measure(Ctx& ctx, NodeId from) {
  if (ctx.params().measures() && favoured_) favoured_->round_trips().answered(from, ctx.now());
}

void PushPull::on(Ctx& ctx, NodeId from, const PullReply& m) {
  measure(ctx, from);
  confirm_call(ctx, from, m);
  accept(ctx, from, m);
}

void PushPull::on(Ctx& ctx, NodeId from, const ExchangeDigest& m) {
  ExchangeReply reply;
  read_digest(ctx, from, m, reply);
  reply.carried = lacking(ctx, from, m);
  if (ctx.params().is_delta()) {
    Dialogue& dialogue = peer(from).talk();
    dialogue.answer = m.exchange;
    write_digest(dialogue, reply);
    dialogue.answered = reply.ids;
  } else {
    reply.whole = true;
    reply.ids = list(0, kNothingExcluded);
  }
  note_sent(ctx, from, reply.carried);
  answer(ctx, from, std::move(reply));
}

void PushPull::on(Ctx& ctx, NodeId from, const ExchangeReply& m) {
  ExchangeItems reply;
  measure(ctx, from);
  confirm_call(ctx, from, m);
  read_digest(ctx, from, m, reply);
  accept(ctx, from, m);
  reply.carried = lacking(ctx, from, m);
  if (reply.carried.empty()) return;
  note_sent(ctx, from, reply.carried);
  answer(ctx, from, std::move(reply));
}

void PushPull::on(Ctx& ctx, NodeId from, const ExchangeItems& m) {
  if (ctx.params().is_delta()) {
    Peer* p = meet(ctx, from, m);
    if (p != nullptr && p->dialogue && m.exchange != 0 && p->dialogue->answer == m.exchange) {
      p->dialogue->announced.insert_all(p->dialogue->answered);
      p->dialogue->announced_base = !m.start_over;
      p->dialogue->answer = 0;
      p->dialogue->answered.clear();
    }
  }
  accept(ctx, from, m);
}

void PushPull::on(Ctx& ctx, NodeId from, const EagerRequest& m) {
  EagerReply reply;
  accept(ctx, from, m);
  if (ctx.params().tracks()) {
    Dialogue& dialogue = peer(from).talk();
    reply.carried = collect(ctx, dialogue.told.floor_word(), [&](std::size_t w) { return dialogue.told.word(w); });
    if (reply.carried.empty()) return;
    reply.ids = std::exchange(dialogue.unacknowledged, {});
    note_sent(ctx, from, reply.carried);
  } else {
    ItemSet had = m.ids;
    for (const ItemId id : m.carried) had.insert(id);
    reply.carried = collect(ctx, 0, [&](std::size_t w) { return had.word(w); });
    if (reply.carried.empty()) return;
  }
  answer(ctx, from, std::move(reply));
}

void PushPull::on(Ctx& ctx, NodeId from, const EagerReply& m) {
  measure(ctx, from);
  accept(ctx, from, m);
}

void PushPull::on(Ctx& ctx, NodeId from, const Urgent& m) { accept(ctx, from, m); }

/// Takes the items of a message, and what it says of its sender.
void PushPull::accept(Ctx& ctx, NodeId from, const Body& m) {
  const Params& params = ctx.params();
  for (const ItemId item : m.carried)
    if (see(ctx, item, params.seen_limits())) hold(ctx, item);
  Peer* p = meet(ctx, from, m);
  if (p == nullptr) return;
  const bool eager = params.is_eager();
  if (eager) p->known.insert_all(m.ids);
  for (const ItemId item : m.carried) p->known.insert(item);
  if (!eager && !params.is_delta()) return;
  Dialogue& dialogue = p->talk();
  for (const ItemId item : m.carried) dialogue.told.insert(item);
  if (!eager) return;
  dialogue.told.insert_all(m.ids);
  for (const ItemId item : m.carried) dialogue.unacknowledged.insert(item);
}

/// Takes note of a digest; the reply says if it builds on what is not remembered.
void PushPull::read_digest(Ctx& ctx, NodeId from, const Body& m, Body& reply) {
  reply.exchange = m.exchange;
  Peer* p = meet(ctx, from, m);
  if (p == nullptr) return;
  if (ctx.params().tracks()) p->known.insert_all(m.ids);
  if (!ctx.params().is_delta()) return;
  Dialogue& dialogue = p->talk();
  if (m.whole) {
    dialogue.told = {};
    dialogue.told.raise(recent_);
    dialogue.knows_base = true;
  }
  dialogue.told.insert_all(m.ids);
  reply.start_over = !dialogue.knows_base;
}

/// The offered items that the sender of a digest lacks by that digest, and the earlier ones that a delta builds on.
ItemIds PushPull::lacking(Ctx& ctx, NodeId from, const Body& m) {
  if (!ctx.params().is_delta()) return collect(ctx, 0, [&](std::size_t w) { return m.ids.word(w); });
  const Dialogue& dialogue = peer(from).talk();
  return collect(ctx, dialogue.told.floor_word(), [&](std::size_t w) { return dialogue.told.word(w); });
}

/// A delta digest: what the peer has not heard of, or everything if it has no base to add it to.
void PushPull::write_digest(Dialogue& dialogue, Body& m) {
  if (!dialogue.announced_base) {
    dialogue.announced = {};
    dialogue.announced.raise(recent_);
  }
  m.whole = !dialogue.announced_base;
  m.ids = list(dialogue.announced.floor_word(), [&](std::size_t w) { return dialogue.announced.word(w); });
}

/// A reply completes the exchange that this node began with its sender.
void PushPull::confirm_call(Ctx& ctx, NodeId from, const Body& m) {
  if (!ctx.params().is_delta()) return;
  Peer* p = meet(ctx, from, m);
  if (p == nullptr || !p->dialogue || m.exchange == 0 || p->dialogue->call != m.exchange) return;
  Dialogue& dialogue = *p->dialogue;
  dialogue.announced.insert_all(dialogue.called);
  dialogue.announced_base = !m.start_over;
  dialogue.call = 0;
  dialogue.called.clear();
}

// ---------------------------------------------------------------------------- what is known of peers

PushPull::Peer& PushPull::peer(NodeId id) {
  Peer& p = peers_.at(id);
  p.known.raise(recent_);
  if (p.dialogue) {
    p.dialogue->told.raise(recent_);
    p.dialogue->announced.raise(recent_);
  }
  return p;
}

/// The state of a message's sender; null if nothing is kept of peers, or if the sender has started anew since.
PushPull::Peer* PushPull::meet(Ctx& ctx, NodeId from, const Body& m) {
  if (!ctx.params().tracks() && !ctx.params().is_delta()) return nullptr;
  Peer& p = peer(from);
  if (p.session == m.session) [[likely]]
    return &p;
  if (m.session < p.session) return nullptr;
  const bool restarted = p.session.ns >= 0 || (p.heard.ns >= 0 && p.heard < m.session);
  if (restarted) p = Peer{};
  p.session = m.session;
  return &peer(from);
}

void PushPull::learn(Ctx& ctx, NodeId from, ItemId item) {
  if (!ctx.params().tracks()) return;
  refresh(ctx);
  Peer& p = peer(from);
  if (p.session.ns < 0 && p.heard.ns < 0) p.heard = ctx.now();
  p.known.insert(item);
}

void PushPull::note_sent(Ctx& ctx, NodeId to, const ItemIds& items) {
  if (!ctx.params().tracks() || items.empty()) return;
  Peer& p = peer(to);
  for (const ItemId item : items) p.known.insert(item);
}

// -------------------------------------------------------------------------------------------- sending

void PushPull::post(Ctx& ctx, std::span<const NodeId> to, Message message) {
  const Params& params = ctx.params();
  Body& body = std::visit([](auto& m) -> Body& { return m; }, message);
  std::uint64_t size = kIdBytes * body.ids.size();
  for (const ItemId item : body.carried) size += kItemHeaderBytes + ctx.item(item).size_bytes;
  Duration delay;
  if (params.compress_above && size > static_cast<std::uint64_t>(*params.compress_above)) {
    delay = params.compression_delay_per_byte * static_cast<std::int64_t>(size);
    size = static_cast<std::uint64_t>(std::ceil(params.compression_ratio.value_or(1) * static_cast<double>(size)));
  }
  body.session = session_;
  body.bytes = kHeaderBytes + size;
  if (delay.ns == 0) [[likely]] {
    ctx.send(to, std::move(message));
    return;
  }
  delayed_.push_back({{{to.begin(), to.end()}, std::move(message)}, ++compressions_});
  ctx.set_timer(delay, {Timer::Kind::kCompressed, compressions_});
}

/// Posts a message at once, but what may wait for others of the round goes to `rest`: it is in order of priority.
void PushPull::post_what_is_urgent(Ctx& ctx, std::span<const NodeId> to, Message message, std::vector<Outgoing>& rest) {
  const std::size_t classes = ctx.params().priority.size();
  if (classes == 0) [[likely]] {
    post(ctx, to, std::move(message));
    return;
  }
  ItemIds& carried = std::visit([](auto& m) -> Body& { return m; }, message).carried;
  const auto first = std::find_if(carried.begin(), carried.end(),
                                  [&](ItemId id) { return rank(ctx, id) == static_cast<std::ptrdiff_t>(classes); });
  if (first == carried.end() && !carried.empty()) {
    post(ctx, to, std::move(message));
    return;
  }
  if (first != carried.begin()) {
    Urgent ahead;
    ahead.carried.assign(carried.begin(), first);
    if (auto* request = std::get_if<EagerRequest>(&message))
      for (const ItemId item : ahead.carried) request->ids.insert(item);
    carried.erase(carried.begin(), first);
    post(ctx, to, std::move(ahead));
  }
  rest.push_back({{to.begin(), to.end()}, std::move(message)});
}

void PushPull::post_all(Ctx& ctx, std::vector<Outgoing>& rest) {
  for (Outgoing& out : rest) post(ctx, out.to, std::move(out.message));
}

void PushPull::answer(Ctx& ctx, NodeId to, Message message) {
  std::vector<Outgoing> rest;
  post_what_is_urgent(ctx, {&to, 1}, std::move(message), rest);
  post_all(ctx, rest);
}

}  // namespace hearsay::protocols
