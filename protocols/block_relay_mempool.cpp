// Block relay with explicit mempools: what blocks hold, and what nodes have of it.

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "protocols/block_relay.hpp"
#include "sim/core/random.hpp"
#include "sim/core/units.hpp"

namespace hearsay::protocols {

void BlockRelay::Params::validate_mempools(protocol::Setting setting, protocol::Diagnostics& problems) const {
  if (!setting.mining || setting.max_other_bytes == 0) {
    problems.push_back({"mempool", setting.mining
                                       ? "mempools of what no workload publishes; add a [[workload]] kind = "
                                         "\"transactions\", or write mempool = \"statistical\""
                                       : "mempools are for blocks, and nobody mines; add a [[workload]] kind = "
                                         "\"mining\", or write name = \"announce\""});
    return;
  }
  setting.min_item_bytes = setting.min_other_bytes;
  setting.max_item_bytes = setting.max_other_bytes;
  protocol::Diagnostics of_part;
  transactions.validate(setting, of_part);
  for (const protocol::Diagnostic& problem : of_part)
    problems.push_back({"transactions." + problem.key, problem.message, problem.warning});
}

// --------------------------------------------------------------------------------------- transactions

void BlockRelay::receive(Ctx& ctx, NodeId from, const Announce::Tx& tx) {
  if (ctx.setup().preference[index(ctx.self())] == Preference::kLight) return;
  run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.receive(part, from, tx); });
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const TxInv& inv) {
  if (ctx.setup().preference[index(ctx.self())] == Preference::kLight) return;
  run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.receive(part, from, inv); });
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const TxGetData& request) {
  run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.receive(part, from, request); });
}

void BlockRelay::receive(Ctx& ctx, NodeId from, const Announce::NotFound& answer) {
  run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) { announce.receive(part, from, answer); });
}

// --------------------------------------------------------------------------------------------- blocks

std::optional<chain::BlockContent> BlockRelay::block_content(const Ctx& ctx, ItemId block) const {
  if (!ctx.params().has_mempools()) return std::nullopt;
  chain::BlockContent content;
  std::vector<ItemId>& chosen = content.transactions;
  if (transactions_) transactions_->held().for_each([&](ItemId tx) { chosen.push_back(tx); });
  const std::uint64_t fixed = chain::kHeaderBytes + ctx.params().coinbase_size;
  const std::uint64_t frame = fixed + chain::compact_size(chosen.size() + 1);
  const std::uint64_t most = ctx.item(block).size_bytes;
  const std::uint64_t room = most > frame ? most - frame : 0;
  std::uint64_t bytes = 0;
  for (const ItemId tx : chosen) bytes += ctx.item(tx).size_bytes;
  if (bytes > room) {
    std::vector<std::pair<double, ItemId>> by_fee;
    for (const ItemId tx : chosen) by_fee.emplace_back(-ctx.common_uniform(Stream::kFeeRate, index(tx)), tx);
    std::sort(by_fee.begin(), by_fee.end());
    chosen.clear();
    bytes = 0;
    for (const auto& [fee, tx] : by_fee) {
      const std::uint64_t size = ctx.item(tx).size_bytes;
      if (bytes + size > room) continue;
      bytes += size;
      chosen.push_back(tx);
    }
    std::sort(chosen.begin(), chosen.end());
  }
  content.bytes = fixed + chain::compact_size(chosen.size() + 1) + bytes;
  return content;
}

void BlockRelay::follow(Ctx& ctx, ItemId old_head, ItemId block) {
  if (!ctx.params().has_mempools()) return;
  std::vector<ItemId> gone, now;  // transactions of the blocks that leave the chain, and of those that join it
  const auto add = [&](std::vector<ItemId>& to, ItemId of) {
    if (const auto* content = ctx.content(of))
      to.insert(to.end(), content->transactions.begin(), content->transactions.end());
  };
  for (; ctx.height(block) > ctx.height(old_head); block = ctx.parent(block)) add(now, block);
  for (; block != old_head; block = ctx.parent(block), old_head = ctx.parent(old_head)) {
    add(now, block);
    add(gone, old_head);
  }
  std::sort(now.begin(), now.end());
  std::sort(gone.begin(), gone.end());
  run_transactions(ctx, [&](Announce& announce, Context<Announce>& part) {
    for (const ItemId tx : now) announce.remove(part, tx);
    for (const ItemId tx : gone)
      if (!std::binary_search(now.begin(), now.end(), tx)) announce.restore(part, tx);
  });
}

void BlockRelay::note_unlikely(Ctx& ctx, ItemId block) {
  const Params& params = ctx.params();
  if (params.unlikely == Unlikely::kShortId || !params.has_mempools() || !params.compact() || !ctx.is_block(block))
    return;
  constexpr std::uint32_t kRecent = 10;
  std::erase_if(unlikely_, [&](const auto& noted) { return ctx.height(noted.first) + kRecent < ctx.height(block); });
  protocol::ItemIds unlikely;
  for (const ItemId tx : ctx.content(block)->transactions)
    if (!transactions_ || transactions_->announced_share(ctx.peers(), tx) < params.unlikely_below)
      unlikely.push_back(tx);
  if (!unlikely.empty()) unlikely_[block] = std::move(unlikely);
}

BlockRelay::Missing BlockRelay::put_together(Ctx& ctx, const CmpctBlock& m) const {
  const Params& params = ctx.params();
  const std::vector<ItemId>& all = ctx.content(m.block)->transactions;
  const auto hash = [&](ItemId item) { return ctx.draws(Stream::kTxHash, index(item), 0).bits(); };
  const std::uint64_t key = hash(m.block);
  const auto id_of = [&](ItemId tx) { return block_relay::short_id(key, hash(tx), params.short_id_bytes); };
  Missing missing;
  const auto lacks = [&](ItemId tx) {
    ++missing.transactions;
    missing.bytes += ctx.item(tx).size_bytes;
  };
  block_relay::Slots& slots = ctx.workspace().slots;
  slots.reset(all.size());
  auto unlikely = m.unlikely.begin();
  for (const ItemId tx : all) {
    if (unlikely == m.unlikely.end() || *unlikely != tx) {
      slots.add(tx, id_of(tx));
      continue;
    }
    ++unlikely;
    if (params.unlikely == Unlikely::kHash && !holds(tx)) lacks(tx);
  }
  if (slots.ambiguous()) {
    missing.ambiguous = true;
    return missing;
  }
  if (transactions_) transactions_->held().for_each([&](ItemId tx) { slots.offer(tx, id_of(tx)); });
  for (const auto& slot : slots.slots()) {
    if (slot.empty())
      lacks(slot.of);
    else if (slot.filled != slot.of)
      missing.wrong = true;
  }
  missing.too_much = static_cast<double>(missing.transactions) > params.full_above * static_cast<double>(all.size());
  return missing;
}

}  // namespace hearsay::protocols
