#include "protocols/block_relay.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/chain/block_tree.hpp"
#include "sim/core/math.hpp"
#include "sim/core/random.hpp"

namespace hearsay::protocols {

namespace {

using block_relay::kMessageHeader;

constexpr std::uint64_t kHashMessage = kMessageHeader + 1 + 36;    // a count and one entry
constexpr std::uint64_t kHeaderMessage = kMessageHeader + 1 + 81;  // a count, a header and the count 0
constexpr std::uint64_t kSendCmpctMessage = kMessageHeader + 9;

/// How many of n independent trials come out, each with probability p: jumps from one to the next. O(their number).
std::uint64_t binomial(KeyedDraws draws, std::uint64_t n, double p) {
  if (p <= 0) return 0;
  if (p >= 1) return n;
  if (p > 0.5) return n - binomial(draws, n, 1 - p);
  const double log_not = det_log(1 - p);
  std::uint64_t count = 0;
  for (double at = 0;; ++count) {
    at += std::floor(det_log(draws.open_uniform()) / log_not) + 1;
    if (at > static_cast<double>(n)) return count;
  }
}

/// Exact quotas of the nodes that are in `members`, in a random order.
void assign(std::vector<std::uint32_t> members, std::span<const double> shares, KeyedDraws draws, const auto& give) {
  draws.shuffle(members);
  double up_to = 0;
  std::size_t at = 0;
  for (std::size_t g = 0; g < shares.size(); ++g) {
    up_to += shares[g];
    const auto end = std::min<std::size_t>(
        members.size(), static_cast<std::size_t>(std::floor(up_to * static_cast<double>(members.size()) + 0.5)));
    for (; at < end; ++at) give(members[at], g);
  }
}

template <class M>
M about(ItemId block, std::uint64_t bytes) {
  M message;
  message.block = block;
  message.bytes = bytes;
  return message;
}

}  // namespace

// ------------------------------------------------------------------------------------------- setup

void BlockRelay::Params::validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const {
  const double groups =
      peer_groups.full.value_or(0) + peer_groups.compact.value_or(0) + peer_groups.headers.value_or(0);
  if (peer_groups.given() && std::abs(groups - 1) > 1e-9)
    problems.push_back(
        {"peer_groups", "the shares of full, compact and headers do not sum to 1; write shares that do"});
  if (peer_groups.compact.value_or(0) > 0 && !compact())
    problems.push_back({"peer_groups.compact",
                        "nodes that take compact blocks, under a mode that has none; write mode = \"compact-low\" or "
                        "\"compact-high\""});
  if (high_bandwidth_peers && setting.nodes > 0 && *high_bandwidth_peers >= setting.nodes)
    problems.push_back({"high_bandwidth_peers",
                        "more than a node can have peers; write at most " + std::to_string(setting.nodes - 1)});
  if (light_role != "light" && std::find(setting.roles.begin(), setting.roles.end(), light_role) == setting.roles.end())
    problems.push_back(
        {"light_role", "no group has the role \"" + light_role + "\"; give a [[group]] role = \"" + light_role + "\""});
  if (has_mempools()) {
    validate_mempools(setting, problems);
    return;
  }
  if (!compact()) return;
  const bool some_missing = !failure_rate && hit_rate > 0 && hit_rate < 1;
  if (setting.transactions == 0 && (some_missing || !sizes.cmpctblock))
    problems.push_back(
        {some_missing ? "hit_rate" : "mode",
         some_missing ? "it is of transactions, and the workload does not say how many a block has; write "
                        "workload.transactions = 2000"
                      : "the size of a compact block goes by its transactions; write workload.transactions = 2000, "
                        "or protocol.sizes = { cmpctblock = \"12361 B\" }"});
}

BlockRelay::Setup BlockRelay::prepare(const Params& params, const protocol::SetupView& view) {
  Setup setup;
  const std::size_t nodes = view.nodes.size();
  const Preference usual = params.mode == Mode::kFull      ? Preference::kFull
                           : params.mode == Mode::kHeaders ? Preference::kHeaders
                                                           : Preference::kCompact;
  setup.preference.assign(nodes, usual);
  std::vector<std::uint32_t> all, heavy;
  for (std::uint32_t n = 0; n < nodes; ++n) {
    const RoleId role = view.nodes[n].role;
    const bool light = role != kNoRole && view.roles[index(role)] == params.light_role;
    if (light)
      setup.preference[n] = Preference::kLight;
    else
      heavy.push_back(n);
    all.push_back(n);
  }
  if (params.peer_groups.given()) {
    constexpr Preference kOrder[] = {Preference::kFull, Preference::kCompact, Preference::kHeaders};
    const double shares[] = {params.peer_groups.full.value_or(0), params.peer_groups.compact.value_or(0),
                             params.peer_groups.headers.value_or(0)};
    assign(heavy, shares, view.draws(0), [&](std::uint32_t n, std::size_t g) { setup.preference[n] = kOrder[g]; });
  }
  for (const Preference each : setup.preference) setup.uniform = setup.uniform && each == setup.preference.front();
  if (params.failure_rate && params.control.share > 0) {
    setup.control.assign(nodes, false);
    assign(all, std::span(&params.control.share, 1), view.draws(1),
           [&](std::uint32_t n, std::size_t) { setup.control[n] = true; });
  }
  setup.transactions = Announce::prepare(params.transactions, view);
  double weight = 0;
  for (const FailureSize& each : params.failure_sizes) setup.failure_up_to.push_back(weight += each.weight);
  if (params.mode != Mode::kCompactHigh) return setup;
  setup.asked.resize(nodes);
  setup.asked_by.resize(nodes);
  for (std::uint32_t n = 0; n < nodes; ++n) {
    if (setup.preference[n] != Preference::kCompact) continue;
    for (const NodeId peer : view.neighbours(NodeId{n})) {
      if (setup.asked[n].size() >= params.most_high_bandwidth()) break;
      if (setup.preference[index(peer)] != Preference::kCompact) continue;
      setup.asked[n].push_back(peer);
      setup.asked_by[index(peer)].push_back(NodeId{n});
    }
  }
  return setup;
}

void BlockRelay::on_start(Ctx& ctx) {
  started_ = true;
  if (ctx.params().mode != Mode::kCompactHigh) return;
  asked_ = ctx.setup().asked[index(ctx.self())];
  asked_by_ = ctx.setup().asked_by[index(ctx.self())];
}

void BlockRelay::on_restart(Ctx& ctx) {
  if (!started_) return on_start(ctx);  // the state is lost
  if (transactions_)
    run_transactions(ctx, [](Announce& announce, Context<Announce>& part) { announce.on_restart(part); });
  std::vector<ItemId> blocks;
  for (const auto& [block, fetch] : fetches_) blocks.push_back(block);
  for (const ItemId block : blocks) {
    Fetch& fetch = fetches_.at(block);
    fetch.timeout.reset();
    if (fetch.stage == Fetch::Stage::kValidating)
      validate(ctx, block);
    else
      request(ctx, block, fetch, fetch.compact);
  }
}

// ----------------------------------------------------------------------------------------- sending

bool BlockRelay::compact_link(Ctx& ctx, NodeId peer) {
  const auto& preference = ctx.setup().preference;
  return preference[index(peer)] == Preference::kCompact && preference[index(ctx.self())] == Preference::kCompact;
}

namespace {

bool among(std::span<const NodeId> nodes, NodeId node) {
  return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

template <class Chosen>
void send_to(Context<BlockRelay>& ctx, BlockRelay::Message message, const Chosen& chosen) {
  std::vector<NodeId>& to = ctx.scratch();
  for (const NodeId peer : ctx.peers())
    if (chosen(peer)) to.push_back(peer);
  ctx.send(to, std::move(message));
}

/// What it holds, or what the workload says.
std::uint64_t size_of(const Context<BlockRelay>& ctx, ItemId block) {
  const chain::BlockContent* const content = ctx.is_block(block) ? ctx.content(block) : nullptr;
  return content != nullptr ? content->bytes : ctx.item(block).size_bytes;
}

BlockRelay::Block whole_block(Context<BlockRelay>& ctx, ItemId block) {
  return about<BlockRelay::Block>(block, ctx.params().sizes.block.value_or(kMessageHeader + size_of(ctx, block)));
}

}  // namespace

BlockRelay::CmpctBlock BlockRelay::compact_block(Ctx& ctx, ItemId block) const {
  const Params& params = ctx.params();
  const std::uint64_t transactions = ctx.is_block(block) ? std::max(1u, ctx.transactions(block)) : 1;
  block_relay::CompactContent content{
      .short_ids = transactions - 1, .short_id_bytes = params.short_id_bytes, .prefilled_bytes = params.coinbase_size};
  CmpctBlock message;
  message.block = block;
  if (const auto noted = unlikely_.find(block); noted != unlikely_.end()) {
    message.unlikely = noted->second;
    content.short_ids -= message.unlikely.size();
    if (params.unlikely == Unlikely::kHash) {
      content.hashes = message.unlikely.size();
    } else {
      content.prefilled += message.unlikely.size();
      for (const ItemId tx : message.unlikely) content.prefilled_bytes += ctx.item(tx).size_bytes;
    }
  }
  message.bytes = params.sizes.cmpctblock.value_or(kMessageHeader + block_relay::compact_block_bytes(content));
  return message;
}

void BlockRelay::push(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others) const {
  if (asked_by_.empty()) return;
  const bool back = ctx.params().announce_back;
  send_to(ctx, compact_block(ctx, block),
          [&](NodeId peer) { return among(asked_by_, peer) && (back || (peer != from && !among(others, peer))); });
}

void BlockRelay::relay(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others,
                       std::span<const NodeId> pushed) {
  const Params& params = ctx.params();
  const Setup& setup = ctx.setup();
  const auto announcement = [&]() -> Message {
    if (params.announce == Announcement::kInv) return about<Inv>(block, params.sizes.inv.value_or(kHashMessage));
    return about<Headers>(block, params.sizes.headers.value_or(kHeaderMessage));
  };
  if (params.announce_back) {
    from = kNoNode;
    others = {};
  }
  if (setup.uniform && others.empty() && pushed.empty()) {
    params.mode == Mode::kFull ? ctx.send_all(whole_block(ctx, block), from) : ctx.send_all(announcement(), from);
    return;
  }
  const auto lacks = [&](NodeId peer) { return peer != from && !among(others, peer) && !among(pushed, peer); };
  const auto wants_whole = [&](NodeId peer) { return setup.preference[index(peer)] == Preference::kFull; };
  send_to(ctx, announcement(), [&](NodeId peer) { return lacks(peer) && !wants_whole(peer); });
  send_to(ctx, whole_block(ctx, block), [&](NodeId peer) { return lacks(peer) && wants_whole(peer); });
}

void BlockRelay::on_publish(Ctx& ctx, ItemId block) {
  if (ctx.params().has_mempools() && !ctx.is_block(block)) {
    run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.on_publish(part, block); });
    return;
  }
  has_.insert(block, ctx.now(), {});
  note_unlikely(ctx, block);
  if (ctx.is_block(block) && ctx.is_valid(block)) follow(ctx, ctx.parent(block), block);
  ctx.deliver(block);
  if (ctx.setup().preference[index(ctx.self())] == Preference::kLight) return;
  push(ctx, block, kNoNode, {});
  relay(ctx, block, kNoNode, {}, asked_by_);
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const GetData& request) {
  if (!has_.contains(request.block, ctx.now(), {})) return;  // a restart has lost it
  if (request.compact)
    ctx.send(from, compact_block(ctx, request.block));
  else
    ctx.send(from, whole_block(ctx, request.block));
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const GetBlockTxn& request) {
  if (has_.contains(request.block, ctx.now(), {})) ctx.send(from, about<BlockTxn>(request.block, request.answer));
}

// --------------------------------------------------------------------------------------- receiving

bool BlockRelay::has(Ctx& ctx, ItemId block) {
  if (has_.contains(block, ctx.now(), {})) return true;
  if (!ctx.is_block(block)) return false;
  ItemId at = ctx.head();
  while (ctx.height(at) > ctx.height(block)) at = ctx.parent(at);
  return at == block;
}

bool BlockRelay::is_higher(Ctx& ctx, ItemId block) {
  return !ctx.is_block(block) || ctx.height(block) > ctx.height(ctx.head());
}

void BlockRelay::announced(Ctx& ctx, NodeId from, ItemId block) {
  if (const auto under_way = fetches_.find(block); under_way != fetches_.end()) {
    if (under_way->second.from != from) under_way->second.others.push_back(from);
    return;
  }
  if (has(ctx, block)) return;
  if (ctx.setup().preference[index(ctx.self())] == Preference::kLight) {
    has_.insert(block, ctx.now(), {});
    ctx.deliver(block);
    return;
  }
  Fetch& fetch = fetches_[block];
  fetch.from = from;
  request(ctx, block, fetch, compact_link(ctx, from));
}

void BlockRelay::request(Ctx& ctx, ItemId block, Fetch& fetch, bool compact) {
  fetch.stage = Fetch::Stage::kRequested;
  fetch.compact = compact;
  GetData message = about<GetData>(block, ctx.params().sizes.getdata.value_or(kHashMessage));
  message.compact = compact;
  ctx.send(fetch.from, message);
  set_timeout(ctx, block, fetch);
}

void BlockRelay::set_timeout(Ctx& ctx, ItemId block, Fetch& fetch) {
  cancel_timeout(ctx, fetch);
  if (ctx.params().request_timeout)
    fetch.timeout = ctx.set_timer(*ctx.params().request_timeout, {Timer::Kind::kRequest, block});
}

void BlockRelay::cancel_timeout(Ctx& ctx, Fetch& fetch) {
  if (fetch.timeout) ctx.cancel_timer(*fetch.timeout);
  fetch.timeout.reset();
}

void BlockRelay::ask_next(Ctx& ctx, ItemId block, Fetch& fetch) {
  cancel_timeout(ctx, fetch);
  while (!fetch.others.empty()) {
    fetch.from = fetch.others.front();
    fetch.others.erase(fetch.others.begin());
    if (!ctx.is_peer(fetch.from)) continue;
    request(ctx, block, fetch, compact_link(ctx, fetch.from));
    return;
  }
  fetches_.erase(block);
}

void BlockRelay::on_timer(Ctx& ctx, const Timer& timer) {
  if (timer.kind == Timer::Kind::kValidated) return validated(ctx, timer.block);
  if (timer.kind >= Timer::Kind::kTransactions) {
    const auto kind = static_cast<Announce::Timer::Kind>(static_cast<std::uint8_t>(timer.kind) -
                                                         static_cast<std::uint8_t>(Timer::Kind::kTransactions));
    const Announce::Timer own{kind, static_cast<std::uint32_t>(timer.block)};
    run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.on_timer(part, own); });
    return;
  }
  const auto found = fetches_.find(timer.block);
  if (found == fetches_.end() || found->second.stage == Fetch::Stage::kValidating) return;
  Fetch& fetch = found->second;
  fetch.timeout.reset();
  ctx.count(kTimedOut);
  if (fetch.stage == Fetch::Stage::kTransactions) {
    ctx.count(kFullForTimeout);
    request(ctx, timer.block, fetch, false);
    return;
  }
  ask_next(ctx, timer.block, fetch);
}

void BlockRelay::on_peer_down(Ctx& ctx, NodeId peer) {
  std::erase(asked_, peer);
  std::erase(asked_by_, peer);
  if (transactions_)
    run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.on_peer_down(part, peer); });
  std::vector<ItemId> stranded;
  for (auto& [block, fetch] : fetches_) {
    std::erase(fetch.others, peer);
    if (fetch.from == peer && fetch.stage != Fetch::Stage::kValidating) stranded.push_back(block);
  }
  for (const ItemId block : stranded) ask_next(ctx, block, fetches_.at(block));
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const Block& m) {
  if (!has(ctx, m.block)) complete(ctx, from, m.block);
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const BlockTxn& answer) {
  const auto found = fetches_.find(answer.block);
  if (found == fetches_.end() || has(ctx, answer.block)) return;
  Fetch& fetch = found->second;
  if (!fetch.wrong) return complete(ctx, from, answer.block);
  if (fetch.stage != Fetch::Stage::kTransactions || fetch.from != from) return;
  ctx.count(kFullForIntegrity);
  request(ctx, answer.block, fetch, false);
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const CmpctBlock& m) {
  if (has(ctx, m.block)) return;
  Fetch& fetch = fetches_[m.block];
  const bool other_way = fetch.from != kNoNode && fetch.from != from;
  if (other_way && fetch.stage == Fetch::Stage::kTransactions) {
    fetch.others.push_back(from);  // it is put together from another one
    return;
  }
  ctx.count(kCompact);
  const Missing missing = missing_of(ctx, m);
  fetch.missing = static_cast<std::uint32_t>(missing.transactions);
  fetch.wrong = missing.wrong;
  const bool fails = missing.ambiguous || (missing.wrong && !missing.any());
  if (!missing.any() && !fails) {
    ctx.count(kCompactHits);
    complete(ctx, from, m.block);
    return;
  }
  ctx.count(kMissingTx, fetch.missing);
  if (other_way) fetch.others.push_back(fetch.from);
  fetch.from = from;
  if (fails) {
    ctx.count(kFullForIntegrity);
    request(ctx, m.block, fetch, false);
    return;
  }
  if (missing.too_much) {
    ctx.count(kFullForMissing);
    request(ctx, m.block, fetch, false);
    return;
  }
  fetch.stage = Fetch::Stage::kTransactions;
  const auto& sizes = ctx.params().sizes;
  GetBlockTxn wish = about<GetBlockTxn>(
      m.block, sizes.getblocktxn.value_or(kMessageHeader + block_relay::request_bytes(missing.transactions)));
  wish.answer =
      sizes.blocktxn.value_or(kMessageHeader + block_relay::answer_bytes(missing.transactions, missing.bytes));
  ctx.send(from, wish);
  set_timeout(ctx, m.block, fetch);
}

BlockRelay::Missing BlockRelay::missing_of(Ctx& ctx, const CmpctBlock& m) const {
  const Params& params = ctx.params();
  const ItemId block = m.block;
  if (params.has_mempools()) return put_together(ctx, m);
  if (params.failure_rate) return failure_of(ctx, block);
  if (params.hit_rate >= 1) return {};
  const std::uint64_t all = ctx.is_block(block) ? ctx.transactions(block) : 0;
  if (all < 2) {  // not said, or nothing but the coinbase
    if (params.hit_rate > 0) return {};
    return {1, ctx.item(block).size_bytes, true};
  }
  const std::uint64_t others = all - 1;  // the coinbase is there
  const std::uint64_t count =
      binomial(ctx.draws(Stream::kMissing, index(ctx.self()), index(block)), others, 1 - params.hit_rate);
  const std::uint64_t content = ctx.item(block).size_bytes - chain::kHeaderBytes - chain::compact_size(all);
  return {count, count * content / all, static_cast<double>(count) > params.full_above * static_cast<double>(others)};
}

BlockRelay::Missing BlockRelay::failure_of(Ctx& ctx, ItemId block) {
  const Params& params = ctx.params();
  const Setup& setup = ctx.setup();
  KeyedDraws draws = ctx.draws(Stream::kMissing, index(ctx.self()), index(block));
  const bool control = !setup.control.empty() && setup.control[index(ctx.self())];
  if (!draws.chance(control ? params.control.failure_rate : *params.failure_rate)) return {};
  double share = 1;
  if (control) {
    share = params.control.failure_size;
  } else if (!setup.failure_up_to.empty()) {
    const auto& up_to = setup.failure_up_to;
    const auto at = std::upper_bound(up_to.begin(), up_to.end() - 1, draws.uniform() * up_to.back());
    share = params.failure_sizes[static_cast<std::size_t>(at - up_to.begin())].size;
  }
  const std::uint64_t transactions = ctx.is_block(block) ? ctx.transactions(block) : 0;
  const auto part = [&](std::uint64_t of) { return static_cast<std::uint64_t>(share * static_cast<double>(of)); };
  return {std::max<std::uint64_t>(1, part(transactions)), part(ctx.item(block).size_bytes), share > params.full_above};
}

void BlockRelay::receive(Ctx&, NodeId from, const SendCmpct& wish) {
  std::erase(asked_by_, from);
  if (wish.high_bandwidth) asked_by_.push_back(from);
}

// --------------------------------------------------------------------------------------- adopting

void BlockRelay::complete(Ctx& ctx, NodeId from, ItemId block) {
  has_.insert(block, ctx.now(), {});
  note_unlikely(ctx, block);
  const bool at_once = ctx.params().mode != Mode::kCompactHigh && validation(ctx, block, 0).ns == 0;
  if (at_once && !fetches_.contains(block)) return adopt(ctx, block, from, {}, {});
  Fetch& fetch = fetches_[block];
  cancel_timeout(ctx, fetch);
  if (fetch.from != kNoNode && fetch.from != from) fetch.others.push_back(fetch.from);
  fetch.from = from;
  fetch.stage = Fetch::Stage::kValidating;
  if (ctx.params().mode == Mode::kCompactHigh) {
    brought_first(ctx, from);
    if (ctx.params().relay == Relay::kAll && is_higher(ctx, block)) {
      fetch.pushed = asked_by_;
      push(ctx, block, from, fetch.others);
    }
  }
  validate(ctx, block);
}

Duration BlockRelay::validation(Ctx& ctx, ItemId block, std::uint32_t missing) const {
  const Params& params = ctx.params();
  std::int64_t unknown = missing;
  if (params.has_mempools() && params.validation_per_missing.ns > 0 && ctx.content(block) != nullptr) {
    const auto& all = ctx.content(block)->transactions;
    unknown = std::count_if(all.begin(), all.end(), [&](ItemId tx) { return !holds(tx); });
  }
  return params.validation_delay + params.validation_per_byte * static_cast<std::int64_t>(size_of(ctx, block)) +
         params.validation_per_missing * unknown;
}

void BlockRelay::validate(Ctx& ctx, ItemId block) {
  const Duration work = validation(ctx, block, fetches_.at(block).missing);
  if (work.ns > 0)
    ctx.work(work, {Timer::Kind::kValidated, block});
  else
    validated(ctx, block);
}

void BlockRelay::validated(Ctx& ctx, ItemId block) {
  const auto found = fetches_.find(block);
  if (found == fetches_.end()) return;
  const Fetch fetch = std::move(found->second);
  fetches_.erase(found);
  adopt(ctx, block, fetch.from, fetch.others, fetch.pushed);
}

void BlockRelay::adopt(Ctx& ctx, ItemId block, NodeId from, std::span<const NodeId> others,
                       std::span<const NodeId> pushed) {
  if (ctx.is_block(block) && !ctx.is_valid(block)) {
    ctx.count(kRejected);
    return;
  }
  if (ctx.is_block(block) && is_higher(ctx, block)) follow(ctx, ctx.head(), block);
  ctx.deliver(block);
  if (ctx.params().relay == Relay::kAll && is_higher(ctx, block)) relay(ctx, block, from, others, pushed);
}

/// BIP 152: the peers that were last the first to bring a block are the ones to ask.
void BlockRelay::brought_first(Ctx& ctx, NodeId from) {
  if (!compact_link(ctx, from)) return;
  const auto tell = [&](NodeId peer, bool wish) {
    SendCmpct message;
    message.high_bandwidth = wish;
    message.bytes = ctx.params().sizes.sendcmpct.value_or(kSendCmpctMessage);
    ctx.send(peer, message);
  };
  const auto place = std::find(asked_.begin(), asked_.end(), from);
  if (place != asked_.end()) {
    std::rotate(place, place + 1, asked_.end());
    return;
  }
  if (ctx.params().most_high_bandwidth() == 0) return;
  if (asked_.size() >= ctx.params().most_high_bandwidth()) {
    tell(asked_.front(), false);
    asked_.erase(asked_.begin());
  }
  asked_.push_back(from);
  tell(from, true);
}

void BlockRelay::gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const {
  namespace modelled = protocol::modelled;
  if (transactions_) transactions_->gauges(params.transactions, at, readings);
  std::uint64_t held = 0, bytes = modelled::kPeer * at.peers + modelled::kId * has_.size();
  for (const auto& [block, fetch] : fetches_) {
    bytes += modelled::kItem + modelled::kMark * fetch.others.size();
    if (fetch.stage != Fetch::Stage::kValidating) continue;
    ++held;
    bytes += at.items[index(block)].size_bytes;
  }
  readings.add(protocol::kItemsHeld, held);
  readings.add(protocol::kIdsSeen, has_.size());
  readings.add(protocol::kStateBytes, bytes);
}

std::size_t BlockRelay::memory_bytes() const {
  std::size_t bytes = has_.memory_bytes() + (asked_.capacity() + asked_by_.capacity()) * sizeof(NodeId);
  for (const auto& [block, fetch] : fetches_)
    bytes += sizeof(block) + sizeof(fetch) + 32 + fetch.others.capacity() * sizeof(NodeId);
  for (const auto& [block, ids] : unlikely_)
    bytes += sizeof(block) + sizeof(ids) + 32 + ids.capacity() * sizeof(ItemId);
  if (transactions_) bytes += sizeof(Announce) + transactions_->memory_bytes();
  return bytes;
}

}  // namespace hearsay::protocols
