#include "protocols/announce.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/core/units.hpp"
#include "sim/protocol/rounds.hpp"

namespace hearsay::protocols {

using protocol::ItemIds;
using protocol::ItemSet;

// ---------------------------------------------------------------------------------------- parameters

namespace {

std::string names_text(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

void check_full_peers(const Announce::Params& params, const protocol::Setting& setting,
                      protocol::Diagnostics& problems) {
  const auto* const count = std::get_if<std::int64_t>(&params.full_peers);
  const auto* const share = std::get_if<double>(&params.full_peers);
  const auto* const group = std::get_if<std::string>(&params.full_peers);
  if (count != nullptr && *count > setting.most_peers)
    problems.push_back({"full_peers",
                        std::to_string(*count) + " peers, but no node has more than " +
                            std::to_string(setting.most_peers) +
                            ", so all get transactions whole; write 1.0 for all, or fewer",
                        true});
  if (group != nullptr && std::find(setting.groups.begin(), setting.groups.end(), *group) == setting.groups.end())
    problems.push_back({"full_peers", "there is no group \"" + *group + "\"; write " +
                                          (setting.groups.empty() ? "a [[group]] of that name"
                                                                  : "one of " + names_text(setting.groups)) +
                                          ", a number of peers, or a share of them (1.0 is all)"});
  const bool nobody = (count != nullptr && *count == 0) || (share != nullptr && *share == 0);
  if (nobody && !params.announce_rest)
    problems.push_back({"announce_rest",
                        "no peer gets a transaction, and none its hash, so nothing would ever be "
                        "sent; write announce_rest = true, or full_peers"});
}

void check_mempool(const Announce::Params& params, const protocol::Setting& setting, protocol::Diagnostics& problems) {
  if (!params.mempool_bytes) return;
  const auto limit = static_cast<double>(*params.mempool_bytes);
  const auto size = [](double bytes) { return format_size(static_cast<std::uint64_t>(bytes)); };
  if (limit < setting.min_item_bytes)
    problems.push_back({"mempool_bytes", "no item is smaller than " + size(setting.min_item_bytes) +
                                             ", so nothing would ever be held; write more"});
  else if (limit < setting.max_item_bytes && std::isfinite(setting.max_item_bytes))
    problems.push_back({"mempool_bytes",
                        "items of up to " + size(setting.max_item_bytes) +
                            " are published, and those that exceed it are refused by all nodes, their publisher too",
                        true});
}

void check_requests(const Announce::Params& params, const protocol::Setting& setting, protocol::Diagnostics& problems) {
  if (!params.announces()) return;
  if (!params.request_timeout) {
    if (setting.can_lose)
      problems.push_back({"request_timeout",
                          "messages get lost, and without it a lost request is never made again; write for example "
                          "request_timeout = \"60 s\"",
                          true});
    return;
  }
  const double round_trip_ns = 2 * setting.max_latency_ns;
  if (std::isfinite(round_trip_ns) && static_cast<double>(params.request_timeout->ns) <= round_trip_ns)
    problems.push_back({"request_timeout",
                        format_duration(*params.request_timeout) + " is not longer than the longest round trip, " +
                            format_duration({static_cast<std::int64_t>(round_trip_ns)}) +
                            ", so answers that are on their way are asked for again; write a longer one",
                        true});
}

}  // namespace

void Announce::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  check_full_peers(*this, setting, problems);
  check_mempool(*this, setting, problems);
  check_requests(*this, setting, problems);
  if (seen_ttl || seen_capacity)
    problems.push_back(
        {seen_ttl ? "seen_ttl" : "seen_capacity",
         "a transaction that is forgotten while it is still announced is requested and relayed anew, without end where "
         "the spread takes longer; remember it for longer",
         true});
}

Announce::Setup Announce::prepare(const Params& params, const protocol::SetupView& view) {
  Setup setup;
  const auto* const group = std::get_if<std::string>(&params.full_peers);
  if (group == nullptr) return setup;
  const auto found = std::find(view.groups.begin(), view.groups.end(), *group);
  if (found != view.groups.end()) setup.full_group = static_cast<GroupId>(found - view.groups.begin());
  return setup;
}

// ------------------------------------------------------------------------------------------- handlers

void Announce::on_restart(Ctx& ctx) {
  expires_ = false;  // its timer died with the others
  set_expiry_timer(ctx);
  requested_.for_each([&](ItemId item) { ask(ctx, item, requests_.at(item)); });
  for (auto& [peer, queue] : queues_)
    if (!queue.ids.empty()) set_trickle_timer(ctx, peer, queue);
}

void Announce::on_publish(Ctx& ctx, ItemId item) {
  seen_.insert(item, ctx.now(), ctx.params().seen_limits());
  offer(ctx, item);
}

void Announce::on_timer(Ctx& ctx, const Timer& timer) {
  switch (timer.kind) {
    case Timer::Kind::kTrickle: flush(ctx, NodeId{timer.what}); return;
    case Timer::Kind::kRequest:
      ctx.count(kTimedOut);
      ask_next(ctx, ItemId{timer.what}, requests_.at(ItemId{timer.what}));
      return;
    case Timer::Kind::kExpiry: expire(ctx); return;
  }
}

void Announce::on_peer_down(Ctx& ctx, NodeId peer) {
  known_.forget(peer);
  if (const auto queue = queues_.find(peer); queue != queues_.end()) {
    ctx.cancel_timer(queue->second.timer);
    queues_.erase(queue);
  }
  const ItemSet before = requested_;
  before.for_each([&](ItemId item) {
    Request& request = requests_.at(item);
    request.next.erase(std::remove(request.next.begin(), request.next.end(), peer), request.next.end());
    if (request.asked != peer) return;
    ctx.cancel_timer(request.timer);
    ask_next(ctx, item, request);
  });
}

void Announce::receive(Ctx& ctx, NodeId from, const Tx& tx) {
  end_request(ctx, tx.id);
  const bool is_new = seen_.insert(tx.id, ctx.now(), ctx.params().seen_limits());
  if (is_new || holds(tx.id)) known_.mark(from, tx.id, ctx.peers());
  if (is_new) offer(ctx, tx.id);
}

void Announce::receive(Ctx& ctx, NodeId from, const Inv& inv) {
  GetData& wanted = ctx.workspace().wanted;
  wanted.ids.clear();
  for (const ItemId item : inv.ids) {
    if (seen_.contains(item, ctx.now(), ctx.params().seen_limits())) {
      if (holds(item)) known_.mark(from, item, ctx.peers());
      continue;
    }
    known_.mark(from, item, ctx.peers());
    const auto [request, is_first] = requests_.try_emplace(item);
    if (is_first) {
      requested_.insert(item);
      request->second.asked = from;
      set_request_timer(ctx, item, request->second);
      wanted.ids.push_back(item);
    } else if (auto& next = request->second.next;
               request->second.asked != from && std::find(next.begin(), next.end(), from) == next.end()) {
      next.push_back(from);
    }
  }
  if (!wanted.ids.empty()) ctx.send(from, wanted);
}

void Announce::receive(Ctx& ctx, NodeId from, const GetData& request) {
  NotFound& missing = ctx.workspace().missing;
  missing.ids.clear();
  for (const ItemId item : request.ids) {
    if (holds(item))
      ctx.send(from, Tx{item, ctx.item(item).size_bytes});
    else
      missing.ids.push_back(item);
  }
  if (!missing.ids.empty()) ctx.send(from, missing);
}

void Announce::receive(Ctx& ctx, NodeId from, const NotFound& answer) {
  for (const ItemId item : answer.ids) {
    const auto request = requests_.find(item);
    if (request == requests_.end() || request->second.asked != from) continue;
    ctx.count(kNotFound);
    ctx.cancel_timer(request->second.timer);
    ask_next(ctx, item, request->second);
  }
}

// -------------------------------------------------------------------------------------------- mempool

/// An item that was not seen before.
void Announce::offer(Ctx& ctx, ItemId item) {
  if (!admit(ctx, item)) {
    ctx.count(kRefused);
    return;
  }
  ctx.deliver(item);
  relay(ctx, item);
}

bool Announce::admit(Ctx& ctx, ItemId item) {
  const announce::MempoolLimits& limits = ctx.params();
  const std::uint64_t bytes = ctx.item(item).size_bytes;
  const std::uint64_t most = limits.mempool_bytes ? static_cast<std::uint64_t>(*limits.mempool_bytes)
                                                  : std::numeric_limits<std::uint64_t>::max();
  if (bytes > most) return false;
  const double fee_rate = limits.by_fee() ? ctx.common_uniform(Stream::kFeeRate, index(item)) : 0;
  pool_.insert(item, bytes, limits, fee_rate, ctx.now());
  while (pool_.bytes() > most) {
    const ItemId victim = pool_.first_to_go(limits);
    pool_.erase(victim, ctx.item(victim).size_bytes);
    if (victim == item) return false;
    ctx.count(kEvicted);
    forget_gone();
  }
  set_expiry_timer(ctx);
  return true;
}

void Announce::remove(Ctx& ctx, ItemId item) {
  end_request(ctx, item);
  if (seen_.insert(item, ctx.now(), ctx.params().seen_limits())) ctx.deliver(item);
  if (pool_.erase(item, ctx.item(item).size_bytes)) forget_gone();
}

void Announce::restore(Ctx& ctx, ItemId item) {
  seen_.insert(item, ctx.now(), ctx.params().seen_limits());
  if (!holds(item) && !admit(ctx, item)) ctx.count(kRefused);
}

void Announce::set_expiry_timer(Ctx& ctx) {
  if (!ctx.params().tx_expiry || expires_) return;
  const auto oldest = pool_.oldest();
  if (!oldest) return;
  // What expired while the node was down goes as soon as it is up.
  const Duration left = oldest->since + *ctx.params().tx_expiry - ctx.now();
  ctx.set_timer({std::max<std::int64_t>(left.ns, 1)}, {Timer::Kind::kExpiry, 0});
  expires_ = true;
}

void Announce::expire(Ctx& ctx) {
  expires_ = false;
  for (auto oldest = pool_.oldest(); oldest && oldest->since + *ctx.params().tx_expiry <= ctx.now();
       oldest = pool_.oldest()) {
    pool_.erase(oldest->id, ctx.item(oldest->id).size_bytes);
    ctx.count(kExpired);
  }
  forget_gone();
  set_expiry_timer(ctx);
}

/// Who announced what is neither held nor requested any more, whole words of ids at a time.
void Announce::forget_gone() {
  std::size_t word = pool_.held().begin_word();
  if (!requests_.empty()) word = std::min(word, requested_.begin_word());
  if (word <= forgotten_below_) return;
  forgotten_below_ = word;
  known_.drop_words_below(word);
}

// ---------------------------------------------------------------------------------------------- relay

/// How many of the candidates get the item whole: these come first. O(candidates).
std::size_t Announce::choose_full(Ctx& ctx, std::vector<NodeId>& candidates) const {
  const protocol::Quota& quota = ctx.params().full_peers;
  if (std::holds_alternative<std::string>(quota)) {
    const auto of_group = [&](NodeId peer) { return ctx.attributes(peer).group == ctx.setup().full_group; };
    return static_cast<std::size_t>(std::stable_partition(candidates.begin(), candidates.end(), of_group) -
                                    candidates.begin());
  }
  std::size_t wanted = 0;
  if (const auto* const count = std::get_if<std::int64_t>(&quota)) {
    wanted = static_cast<std::size_t>(*count);
  } else {
    // 0.29 x 100 is 28.999... in binary: what misses a whole number by rounding alone counts as it.
    const double share = std::get<double>(quota) * static_cast<double>(ctx.peers().size());
    wanted = static_cast<std::size_t>(std::floor(share + 1e-9));
  }
  if (wanted >= candidates.size()) return candidates.size();
  for (std::size_t i = 0; i < wanted; ++i)
    std::swap(candidates[i], candidates[i + ctx.rng().below(candidates.size() - i)]);
  return wanted;
}

void Announce::relay(Ctx& ctx, ItemId item) {
  std::vector<NodeId>& candidates = ctx.scratch();
  announce::PeerMarks::Reader known(known_, item);
  for (const NodeId peer : ctx.peers())
    if (!known.has(peer)) candidates.push_back(peer);
  const std::size_t full = choose_full(ctx, candidates);
  const std::span<const NodeId> peers(candidates);
  ctx.send(peers.first(full), Tx{item, ctx.item(item).size_bytes});
  if (ctx.params().announce_rest) announce_to(ctx, peers.subspan(full), item);
}

void Announce::announce_to(Ctx& ctx, std::span<const NodeId> peers, ItemId item) {
  if (ctx.params().trickle.ns == 0) {
    Inv& inv = ctx.workspace().inv;
    inv.ids.assign(1, item);
    ctx.send(peers, inv);
    return;
  }
  for (const NodeId peer : peers) {
    Queue& queue = queues_[peer];
    if (queue.ids.empty()) set_trickle_timer(ctx, peer, queue);
    queue.ids.push_back(item);
  }
}

void Announce::set_trickle_timer(Ctx& ctx, NodeId peer, Queue& queue) {
  const Duration wait =
      protocol::delay_to_next_tick(protocol::Phase::kPoisson, ctx.params().trickle, ctx.now(), ctx.rng());
  queue.timer = ctx.set_timer(wait, {Timer::Kind::kTrickle, static_cast<std::uint32_t>(peer)});
}

void Announce::flush(Ctx& ctx, NodeId peer) {
  Queue& queue = queues_[peer];
  Inv& inv = ctx.workspace().inv;
  inv.ids.clear();
  for (const ItemId item : queue.ids)
    if (holds(item) && !known_.has(peer, item)) inv.ids.push_back(item);
  queue.ids.clear();
  if (!inv.ids.empty()) ctx.send(peer, inv);
}

// ------------------------------------------------------------------------------------------- requests

void Announce::set_request_timer(Ctx& ctx, ItemId item, Request& request) {
  if (ctx.params().request_timeout)
    request.timer =
        ctx.set_timer(*ctx.params().request_timeout, {Timer::Kind::kRequest, static_cast<std::uint32_t>(item)});
}

void Announce::ask(Ctx& ctx, ItemId item, Request& request) {
  GetData& wanted = ctx.workspace().wanted;
  wanted.ids.assign(1, item);
  ctx.send(request.asked, wanted);
  set_request_timer(ctx, item, request);
}

/// The request has failed, and its timer is no longer set.
void Announce::ask_next(Ctx& ctx, ItemId item, Request& request) {
  if (request.next.empty()) return end_request(ctx, item);
  request.asked = request.next.front();
  request.next.erase(request.next.begin());
  ask(ctx, item, request);
}

/// If there is one.
void Announce::end_request(Ctx& ctx, ItemId item) {
  if (!requested_.erase(item)) return;
  const auto request = requests_.find(item);
  ctx.cancel_timer(request->second.timer);
  requests_.erase(request);
}

// --------------------------------------------------------------------------------------- for the whole

double Announce::announced_share(std::span<const NodeId> peers, ItemId item) const {
  if (peers.empty()) return 0;
  announce::PeerMarks::Reader known(known_, item);
  const auto announced = std::count_if(peers.begin(), peers.end(), [&](NodeId peer) { return known.has(peer); });
  return static_cast<double>(announced) / static_cast<double>(peers.size());
}

void Announce::gauges(const Params&, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  constexpr std::uint64_t kRequestBytes = 24;
  const std::size_t seen = seen_.size();
  std::uint64_t bytes =
      modelled::kPeer * at.peers + modelled::kId * seen + modelled::kItem * pool_.size() + pool_.bytes();
  bytes += modelled::kMark * known_.count(pool_.held());
  requested_.for_each([&](ItemId item) { bytes += kRequestBytes + modelled::kMark * requests_.at(item).next.size(); });
  for (const auto& [peer, queue] : queues_) bytes += modelled::kMark * queue.ids.size();
  readings.add(protocol::kItemsHeld, pool_.size());
  readings.add(protocol::kIdsSeen, seen);
  readings.add(protocol::kStateBytes, bytes);
}

std::size_t Announce::memory_bytes() const {
  std::size_t bytes = seen_.memory_bytes() + pool_.memory_bytes() + known_.memory_bytes();
  bytes += queues_.capacity() * sizeof(std::pair<NodeId, Queue>);
  for (const auto& [peer, queue] : queues_) bytes += queue.ids.capacity() * sizeof(ItemId);
  constexpr std::size_t kBucketAndLink = 2 * sizeof(void*);
  return bytes + requested_.memory_bytes() +
         requests_.size() * (sizeof(std::pair<const ItemId, Request>) + kBucketAndLink);
}

}  // namespace hearsay::protocols
