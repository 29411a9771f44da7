#include "sim/simulation/ledger_tables.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace hearsay::simulation {

namespace {

using metrics::LedgerTables;

template <class Id>
std::string name_of(const std::vector<std::string>& names, Id id, Id none) {
  return id == none ? std::string() : names[index(id)];
}

std::vector<LedgerTables::Node> nodes_of(const World& world) {
  std::vector<LedgerTables::Node> nodes;
  for (std::uint32_t n = 0; n < world.attributes.size(); ++n) {
    const network::NodeAttributes& a = world.attributes[n];
    nodes.push_back({.region = name_of(world.labels.regions, a.region, kNoRegion),
                     .role = name_of(world.labels.roles, a.role, kNoRole),
                     .hash_power = a.hash_power,
                     .uplink_bit_per_s = a.uplink_bit_per_s,
                     .downlink_bit_per_s = a.downlink_bit_per_s,
                     .peers = static_cast<std::uint32_t>(world.overlay.peers(NodeId{n}).size()),
                     .up = world.up(NodeId{n})});
  }
  return nodes;
}

/// When items came to live nodes, by item, in order.
class BlockArrivals {
 public:
  BlockArrivals(const World& world, std::span<const metrics::LedgerRow> rows) {
    for (std::uint32_t n = 0; n < world.attributes.size(); ++n) live_ += world.up(NodeId{n}) ? 1 : 0;
    for (const metrics::LedgerRow& row : rows)
      if (world.tree->is_block(ItemId{row.item}) && world.up(NodeId{row.node}))
        times_.emplace_back(row.item, row.time_ns);
    std::sort(times_.begin(), times_.end());
  }
  /// When `percent` of the live nodes had it; -1: they never did.
  std::int64_t reached(std::uint32_t item, std::uint64_t percent) const {
    const std::uint64_t wanted = std::max<std::uint64_t>(1, (live_ * percent + 99) / 100);
    const auto first = std::lower_bound(times_.begin(), times_.end(), std::pair(item, INT64_MIN));
    const auto end = std::upper_bound(first, times_.end(), std::pair(item, INT64_MAX));
    return static_cast<std::uint64_t>(end - first) < wanted ? -1
                                                            : (first + static_cast<std::ptrdiff_t>(wanted - 1))->second;
  }

 private:
  std::uint64_t live_ = 0;
  std::vector<std::pair<std::uint32_t, std::int64_t>> times_;
};

std::vector<LedgerTables::Block> blocks_of(const World& world, const std::vector<bool>& on_main,
                                           std::span<const metrics::LedgerRow> rows) {
  const chain::BlockTree& tree = *world.tree;
  const BlockArrivals arrivals(world, rows);
  std::vector<LedgerTables::Block> blocks;
  for (std::uint32_t i = 0; i < tree.items(); ++i) {
    const ItemId item{i};
    if (!tree.is_block(item) || tree.height(item) == 0) continue;
    const protocol::ItemInfo& info = world.item_infos[i];
    const ItemId parent = tree.parent(item);
    const chain::BlockContent* const content = tree.content(item);
    const auto since = [&](std::int64_t at) { return at < 0 ? -1 : at - info.published.ns; };
    using Status = LedgerTables::BlockStatus;
    blocks.push_back({.item = i,
                      .parent = parent == kNoItem ? -1 : static_cast<std::int64_t>(parent),
                      .height = tree.height(item),
                      .miner = static_cast<std::uint32_t>(info.origin),
                      .size_bytes = content != nullptr ? content->bytes : info.size_bytes,
                      .transactions = tree.transactions(item),
                      .time_ns = info.published.ns,
                      .status = !tree.is_valid(item) ? Status::kInvalid
                                : on_main[i]         ? Status::kMain
                                                     : Status::kStale,
                      .t50_ns = since(arrivals.reached(i, 50)),
                      .t90_ns = since(arrivals.reached(i, 90))});
  }
  return blocks;
}

/// Which block has each item, by item: the main chain's, else the one that was found last. -1: none.
std::vector<std::int64_t> blocks_by_transaction(const chain::BlockTree& tree, const std::vector<bool>& on_main,
                                                bool& known) {
  std::vector<std::int64_t> holder(tree.items(), -1);
  for (const bool main : {false, true})
    for (std::uint32_t i = 0; i < tree.items(); ++i) {
      const chain::BlockContent* const content = tree.content(ItemId{i});
      if (content == nullptr) continue;
      known = true;
      if (!tree.is_valid(ItemId{i}) || on_main[i] != main) continue;
      for (const ItemId tx : content->transactions) holder[index(tx)] = i;
    }
  return holder;
}

std::vector<LedgerTables::Transaction> transactions_of(const World& world, const std::vector<bool>& on_main) {
  bool known = false;
  std::vector<std::int64_t> holder;
  if (world.tree) holder = blocks_by_transaction(*world.tree, on_main, known);
  std::vector<LedgerTables::Transaction> transactions;
  for (std::uint32_t i = 0; i < world.item_infos.size(); ++i) {
    if ((world.tree && world.tree->is_block(ItemId{i})) || !world.recorder.is_published(ItemId{i})) continue;
    const protocol::ItemInfo& info = world.item_infos[i];
    const std::int64_t block = known ? holder[i] : -1;
    using Status = LedgerTables::TxStatus;
    const Status status = !known                                     ? Status::kUnknown
                          : block < 0                                ? Status::kPending
                          : on_main[static_cast<std::size_t>(block)] ? Status::kConfirmed
                                                                     : Status::kStale;
    transactions.push_back({.item = i,
                            .time_ns = info.published.ns,
                            .origin = static_cast<std::uint32_t>(info.origin),
                            .size_bytes = info.size_bytes,
                            .block = block,
                            .status = status});
  }
  return transactions;
}

}  // namespace

LedgerTables make_ledger_tables(const World& world, const std::vector<bool>& on_main,
                                std::span<const metrics::LedgerRow> rows) {
  LedgerTables tables{.nodes = nodes_of(world), .blocks = {}, .transactions = transactions_of(world, on_main)};
  if (world.tree) tables.blocks = blocks_of(world, on_main, rows);
  return tables;
}

}  // namespace hearsay::simulation
