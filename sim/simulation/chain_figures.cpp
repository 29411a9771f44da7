#include "sim/simulation/chain_figures.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "sim/metrics/optional_values.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::simulation {

namespace {

/// In blocks that count: no figure counts the last `settle` ones.
Confirmations confirmations(const World& world, std::span<const chain::Discovery> found, std::uint32_t settle,
                            const std::vector<bool>& on_main) {
  const chain::BlockTree& tree = *world.tree;
  Confirmations all;
  for (std::uint32_t i = 0; i < tree.items(); ++i)
    if (!tree.is_block(ItemId{i}) && world.recorder.is_published(ItemId{i})) ++all.published;
  for (const chain::Discovery& d : found) all.known = all.known || tree.content(d.block) != nullptr;
  for (const chain::Discovery& d : found.first(found.size() - std::min<std::size_t>(settle, found.size()))) {
    if (!on_main[index(d.block)] || tree.content(d.block) == nullptr) continue;
    for (const ItemId tx : tree.content(d.block)->transactions)
      all.waited.add((d.time - world.item_infos[index(tx)].published).ns);
  }
  return all;
}

}  // namespace

ChainHistory chain_history(const World& world, std::span<const chain::HeadMoves* const> moves, SimTime end) {
  const chain::BlockTree& tree = *world.tree;
  ChainHistory history{{}, chain::HeadMoves(tree.items()), 0, {}};
  for (const chain::HeadMoves* more : moves) history.of_heads.merge(*more);
  std::vector<chain::Discovery> found;
  for (std::uint32_t i = 0; i < tree.items(); ++i) {
    if (!tree.is_block(ItemId{i}) || tree.height(ItemId{i}) == 0) continue;
    if (tree.is_valid(ItemId{i}))
      found.push_back({ItemId{i}, world.item_infos[i].origin, world.item_infos[i].published});
    else
      ++history.invalid;
  }
  std::vector<bool> up(tree.nodes());
  for (std::uint32_t n = 0; n < tree.nodes(); ++n) up[n] = world.up(NodeId{n});
  const std::uint32_t settle = workload::mining_of(world.spec.workloads)->settle;
  history.of_blocks = chain::history_of(tree, found, settle, history.of_heads, up, end);
  history.of_transactions = confirmations(world, found, settle, history.of_blocks.on_main);
  return history;
}

void put_metrics(ChainHistory history, metrics::NamedValues& metrics) {
  using metrics::ratio;
  const chain::History& blocks = history.of_blocks;
  const chain::HeadMoves& heads = history.of_heads;
  const auto put = [&](const char* name, std::optional<double> value) { metrics.emplace_back(name, value); };
  const auto found = static_cast<double>(blocks.found), main = static_cast<double>(blocks.main);
  const auto reorgs = static_cast<double>(heads.reorgs());
  put("blocks_found", found);
  put("blocks_main", main);
  put("blocks_stale", found - main);
  put("stale_rate", ratio(found - main, found));
  put("stale_per_main", ratio(found - main, main));
  put("head_agreement", blocks.head_agreement);
  put("fork_time_share", blocks.fork_time_share);
  put("reorgs", reorgs);
  put("reorg_depth_mean", ratio(static_cast<double>(heads.depths()), reorgs));
  put("reorg_depth_max", heads.reorgs() > 0 ? std::optional(static_cast<double>(heads.deepest())) : std::nullopt);
  put("reorg_deep_share", ratio(static_cast<double>(heads.deep()), reorgs));
  put("blocks_invalid", static_cast<double>(history.invalid));
  Confirmations& confirmed = history.of_transactions;
  if (confirmed.published == 0) return;
  const auto published = static_cast<double>(confirmed.published);
  put("tx_published", published);
  put("tx_confirmed_share",
      confirmed.known ? ratio(static_cast<double>(confirmed.waited.count()), published) : std::nullopt);
  put("tx_confirmation_p50_s", metrics::in_seconds(confirmed.waited.quantile(0.5)));
  put("tx_confirmation_p90_s", metrics::in_seconds(confirmed.waited.quantile(0.9)));
}

std::vector<metrics::MinerReport> miner_reports(const chain::History& history,
                                                std::span<const network::NodeAttributes> nodes) {
  double power = 0;
  for (const network::NodeAttributes& node : nodes) power += node.hash_power;
  std::vector<metrics::MinerReport> reports;
  for (const chain::MinerBlocks& miner : history.miners)
    reports.push_back({static_cast<std::uint32_t>(miner.node), nodes[index(miner.node)].hash_power / power, miner.found,
                       miner.stale});
  return reports;
}

}  // namespace hearsay::simulation
