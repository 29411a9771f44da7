#include "sim/simulation/chain_figures.hpp"

#include <cstdint>
#include <optional>

#include "sim/metrics/optional_values.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::simulation {

ChainHistory chain_history(const World& world, std::span<const chain::HeadMoves* const> moves, SimTime end) {
  const chain::BlockTree& tree = *world.tree;
  ChainHistory history{{}, chain::HeadMoves(tree.items())};
  for (const chain::HeadMoves* more : moves) history.of_heads.merge(*more);
  std::vector<chain::Discovery> found;
  for (std::uint32_t i = 0; i < tree.items(); ++i)
    if (tree.is_block(ItemId{i}) && tree.height(ItemId{i}) > 0)
      found.push_back({ItemId{i}, world.item_infos[i].origin, world.item_infos[i].published});
  std::vector<bool> up(tree.nodes());
  for (std::uint32_t n = 0; n < tree.nodes(); ++n) up[n] = world.up(NodeId{n});
  history.of_blocks =
      chain::history_of(tree, found, workload::mining_of(world.spec.workloads)->settle, history.of_heads, up, end);
  return history;
}

void put_metrics(const ChainHistory& history, metrics::NamedValues& metrics) {
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
