#pragma once

// The figures of a run's blocks: metrics, and what each miner found.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/chain/history.hpp"
#include "sim/core/time.hpp"
#include "sim/metrics/figure_metrics.hpp"
#include "sim/metrics/result.hpp"
#include "sim/metrics/samples.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

/// Of the items beside the blocks.
struct Confirmations {
  std::uint64_t published = 0;
  bool known = false;       ///< which blocks hold them
  metrics::Samples waited;  ///< from the publication to the discovery of the block, ns; of those on the main chain
};

struct ChainHistory {
  chain::History of_blocks;
  chain::HeadMoves of_heads;
  std::uint64_t invalid = 0;  ///< blocks found
  Confirmations of_transactions;
};

/// Of a run with a chain, at its end; `moves`: what its threads counted.
ChainHistory chain_history(const World& world, std::span<const chain::HeadMoves* const> moves, SimTime end);

/// Adds them in the order of the catalogue.
void put_metrics(ChainHistory history, metrics::NamedValues& metrics);

std::vector<metrics::MinerReport> miner_reports(const chain::History& history,
                                                std::span<const network::NodeAttributes> nodes);

}  // namespace hearsay::simulation
