#include "protocols/rumor.hpp"

#include <algorithm>
#include <string>

#include "sim/core/check.hpp"
#include "sim/protocol/rounds.hpp"

namespace hearsay::protocols {

void Rumor::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  protocol::require_partners("fanout", fanout, setting, problems);
  if (phase != Phase::kOnReceipt && propagation_delay.ns == 0)
    problems.push_back({"propagation_delay",
                        "the period of synchronous and poisson rounds must be above 0; write for example \"1 s\""});
  else if (phase == Phase::kSynchronous)
    protocol::require_exchange_fits(
        "propagation_delay", propagation_delay,
        {.legs = feedback ? 2 : 1, .copies = std::min(fanout, setting.most_peers), .message_bytes = setting.item_bytes},
        setting, problems);
  if (phase != Phase::kOnReceipt)
    protocol::require_countable("propagation_delay", propagation_delay, setting, problems);
  protocol::warn_of_few_peers("fanout", fanout, setting, problems);
  if (stop != Stop::kRounds && !k)
    problems.push_back({"k", "stop = \"counter\" and stop = \"coin\" need `k`, at least 1; write for example k = 3"});
  if (cache_capacity && at_once() && !feedback)
    problems.push_back(
        {"cache_capacity", "without a propagation_delay every item is passed on when it comes and none is held", true});
}

// -------------------------------------------------------------------------------------------- handlers

void Rumor::on_publish(Context<Rumor>& ctx, ItemId item) {
  seen_.insert(item, ctx.now(), ctx.params().seen_limits());
  accept(ctx, item, kNoNode);
}

void Rumor::on_message(Context<Rumor>& ctx, NodeId from, const Message& message) {
  if (const Item* copy = std::get_if<Item>(&message))
    on_item(ctx, from, *copy);
  else
    on_feedback(ctx, std::get<Feedback>(message));
}

void Rumor::on_timer(Context<Rumor>& ctx, const Timer& timer) {
  Held* held = state().cache.find(timer.id);
  HEARSAY_CHECK(held != nullptr, "a rumor that dies takes its timer along");
  advance(ctx, *held);
}

void Rumor::on_restart(Context<Rumor>& ctx) {
  if (!state_) return;
  for (const ItemId item : state_->cache.items()) {
    Held& held = *state_->cache.find(item);
    held.awaited = 0;
    ctx.params().at_once() ? advance(ctx, held) : schedule(ctx, held);
  }
}

void Rumor::on_item(Context<Rumor>& ctx, NodeId from, const Item& copy) {
  const Params& params = ctx.params();
  const bool is_new = seen_.insert(copy.id, ctx.now(), params.seen_limits());
  if (params.feedback) ctx.send(from, Feedback{copy.id, is_new || lacked_when_round_began(ctx, copy.id)});
  if (is_new) {
    accept(ctx, copy.id, from);
    return;
  }
  if (!params.track_peers || !state_) return;
  if (Held* held = state_->cache.find(copy.id)) {
    learn(*held, from);
    if (none_left(ctx, *held)) release(ctx, *held);
  }
}

void Rumor::on_feedback(Context<Rumor>& ctx, const Feedback& answer) {
  Held* held = state_ ? state_->cache.find(answer.id) : nullptr;
  if (held == nullptr) return;  // the rumor died while the answer was on its way
  const Params& params = ctx.params();
  if (held->awaited > 0) --held->awaited;
  if (params.stop == Stop::kCounter) held->count = answer.useful ? 0 : held->count + 1;
  const bool dies =
      !answer.useful && (params.stop == Stop::kCounter ? held->count >= *params.k : ctx.rng().below(*params.k) == 0);
  if (dies)
    release(ctx, *held);
  else if (params.at_once() && held->awaited == 0)
    advance(ctx, *held);
}

// ------------------------------------------------------------------------------------------- a rumor's life

void Rumor::accept(Context<Rumor>& ctx, ItemId item, NodeId from) {
  const Params& params = ctx.params();
  ctx.deliver(item);
  if (params.at_once() && !params.feedback && !params.track_peers) {
    Held held;  // nothing to remember: no cache, no allocation
    held.item = item;
    while (round(ctx, held)) {
    }
    return;
  }
  if (params.feedback && params.phase == Phase::kSynchronous) note_fresh(ctx, item);
  Held& held = hold(ctx, item);
  if (params.track_peers && from != kNoNode) {
    learn(held, from);
    if (none_left(ctx, held)) {
      release(ctx, held);
      return;
    }
  }
  params.at_once() ? advance(ctx, held) : schedule(ctx, held);
}

Rumor::Held& Rumor::hold(Context<Rumor>& ctx, ItemId item) {
  Cache& cache = state().cache;
  // An item that the seen-set forgot while it was passed on, and that came back, starts anew.
  if (Held* old = cache.find(item)) release(ctx, *old);
  if (const auto& capacity = ctx.params().cache_capacity; capacity && cache.size() >= *capacity) {
    release(ctx, *cache.find(cache.oldest()));
    ctx.count(kEvicted);
  }
  return cache.insert(item);
}

void Rumor::release(Context<Rumor>& ctx, Held& held) {
  ctx.cancel_timer(held.timer);
  state_->cache.erase(held);
}

void Rumor::schedule(Context<Rumor>& ctx, Held& held) {
  const Params& params = ctx.params();
  Duration delay = params.propagation_delay;
  if (params.phase == Phase::kSynchronous)
    delay = protocol::delay_to_next_tick(protocol::Phase::kSynchronous, delay, ctx.now(), ctx.rng());
  if (params.phase == Phase::kPoisson)
    delay = protocol::delay_to_next_tick(protocol::Phase::kPoisson, delay, ctx.now(), ctx.rng());
  held.timer = ctx.set_timer(delay, {held.item});
}

/// Makes the round that is due, and those that follow at once; then waits for the next, or lets the rumor die.
void Rumor::advance(Context<Rumor>& ctx, Held& held) {
  const Params& params = ctx.params();
  state_->cache.touch(held);
  bool goes_on = round(ctx, held);
  while (goes_on && params.at_once() && !params.feedback) goes_on = round(ctx, held);
  if (!goes_on)
    release(ctx, held);
  else if (!params.at_once())
    schedule(ctx, held);
}

/// One round; false if the rumor dies with it.
bool Rumor::round(Context<Rumor>& ctx, Held& held) {
  const Params& params = ctx.params();
  std::span<const NodeId> partners;
  if (held.known.empty())
    partners = protocol::choose_partners(ctx, ctx.peers(), params.fanout);
  else
    partners = protocol::choose_partners(ctx, ctx.peers(), params.fanout, [&](NodeId peer) {
      return !std::binary_search(held.known.begin(), held.known.end(), peer);
    });
  if (partners.empty()) return false;
  bool goes_on = true;
  partners = partners.first(contacts(ctx, held, partners.size(), goes_on));
  ctx.send(partners, Item{held.item, ctx.item(held.item).size_bytes});
  if (!params.track_peers || !goes_on) return goes_on;
  for (const NodeId peer : partners) learn(held, peer);
  return !none_left(ctx, held);
}

/// How many of a round's partners are contacted before the rumor dies, and whether it outlives the round.
std::size_t Rumor::contacts(Context<Rumor>& ctx, Held& held, std::size_t partners, bool& goes_on) {
  const Params& params = ctx.params();
  if (params.stop == Stop::kRounds) {
    goes_on = ++held.count < params.rounds;
    return partners;
  }
  if (params.feedback) {
    held.awaited = static_cast<std::uint32_t>(partners);
    return partners;
  }
  std::size_t made = 0;
  while (goes_on && made < partners) {
    ++made;
    goes_on = params.stop == Stop::kCounter ? ++held.count < *params.k : ctx.rng().below(*params.k) != 0;
  }
  return made;
}

// ------------------------------------------------------------------------------------- what a node remembers

Rumor::State& Rumor::state() {
  if (!state_) state_ = std::make_unique<State>();
  return *state_;
}

void Rumor::note_fresh(Context<Rumor>& ctx, ItemId item) {
  const SimTime now_in = protocol::round_start(ctx.now(), ctx.params().propagation_delay);
  State& s = state();
  if (s.round != now_in) s.fresh.clear();
  s.round = now_in;
  s.fresh.push_back(item);
}

bool Rumor::lacked_when_round_began(Context<Rumor>& ctx, ItemId item) const {
  const Params& params = ctx.params();
  if (params.phase != Phase::kSynchronous || !state_) return false;
  if (state_->round != protocol::round_start(ctx.now(), params.propagation_delay)) return false;
  return std::find(state_->fresh.begin(), state_->fresh.end(), item) != state_->fresh.end();
}

void Rumor::learn(Held& held, NodeId peer) {
  const auto place = std::lower_bound(held.known.begin(), held.known.end(), peer);
  if (place == held.known.end() || *place != peer) held.known.insert(place, peer);
}

/// Does every peer have the item? Forgets former peers when there are more names than peers. Uses ctx.scratch().
bool Rumor::none_left(Context<Rumor>& ctx, Held& held) {
  if (held.known.size() < ctx.peers().size()) return false;
  std::vector<NodeId>& peers = ctx.scratch();
  peers.assign(ctx.peers().begin(), ctx.peers().end());
  std::sort(peers.begin(), peers.end());
  std::erase_if(held.known, [&](NodeId known) { return !std::binary_search(peers.begin(), peers.end(), known); });
  return held.known.size() == peers.size();
}

void Rumor::gauges(const Params&, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  constexpr std::uint64_t kCounterBytes = 8;
  readings.add(protocol::kItemsHeld, held());
  readings.add(protocol::kIdsSeen, seen_.size());
  readings.add(protocol::kStateBytes, modelled::kPeer * at.peers + modelled::kId * seen_.size());
  if (!state_) return;
  std::uint64_t bytes = 0;
  state_->cache.for_each([&](const Held& rumor) {
    bytes +=
        at.items[index(rumor.item)].size_bytes + modelled::kItem + kCounterBytes + modelled::kMark * rumor.known.size();
  });
  readings.add(protocol::kStateBytes, bytes);
}

std::size_t Rumor::memory_bytes() const {
  std::size_t bytes = seen_.memory_bytes();
  if (state_) bytes += sizeof(State) + state_->cache.memory_bytes() + state_->fresh.capacity() * sizeof(ItemId);
  return bytes;
}

// --------------------------------------------------------------------------------------------- the cache

std::vector<Rumor::Cache::Place>::iterator Rumor::Cache::place_of(ItemId item) {
  return std::lower_bound(by_item_.begin(), by_item_.end(), item,
                          [](const Place& place, ItemId id) { return place.first < id; });
}

Rumor::Held* Rumor::Cache::find(ItemId item) {
  const auto place = place_of(item);
  return place != by_item_.end() && place->first == item ? &slots_[place->second] : nullptr;
}

std::vector<ItemId> Rumor::Cache::items() const {
  std::vector<ItemId> ids;
  for (const Place& place : by_item_) ids.push_back(place.first);
  return ids;
}

std::size_t Rumor::Cache::memory_bytes() const {
  std::size_t bytes =
      slots_.capacity() * sizeof(Held) + free_.capacity() * sizeof(std::uint32_t) + by_item_.capacity() * sizeof(Place);
  for (const Held& slot : slots_) bytes += slot.known.capacity() * sizeof(NodeId);
  return bytes;
}

Rumor::Held& Rumor::Cache::insert(ItemId item) {
  auto slot = static_cast<std::uint32_t>(slots_.size());
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  by_item_.insert(place_of(item), {item, slot});
  link_newest(slot);
  Held& held = slots_[slot];
  held.item = item;
  held.count = held.awaited = 0;
  held.timer = {};
  return held;
}

void Rumor::Cache::touch(Held& held) {
  const auto slot = static_cast<std::uint32_t>(&held - slots_.data());
  unlink(slot);
  link_newest(slot);
}

void Rumor::Cache::erase(Held& held) {
  const auto slot = static_cast<std::uint32_t>(&held - slots_.data());
  unlink(slot);
  by_item_.erase(place_of(held.item));
  held.known.clear();
  free_.push_back(slot);
  if (by_item_.empty() && slots_.size() > kKept) *this = Cache{};
}

void Rumor::Cache::link_newest(std::uint32_t slot) {
  slots_[slot].older = newest_;
  slots_[slot].newer = kNone;
  (newest_ == kNone ? oldest_ : slots_[newest_].newer) = slot;
  newest_ = slot;
}

void Rumor::Cache::unlink(std::uint32_t slot) {
  const Held& held = slots_[slot];
  (held.newer == kNone ? newest_ : slots_[held.newer].older) = held.older;
  (held.older == kNone ? oldest_ : slots_[held.older].newer) = held.newer;
}

}  // namespace hearsay::protocols
