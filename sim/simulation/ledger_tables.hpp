#pragma once

// What a run's ledger says of its nodes, blocks and transactions.

#include <span>
#include <vector>

#include "sim/metrics/result.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

/// At the end of a run. `on_main`: by item, whether it is a block of the main chain; empty where there is none. `rows`:
/// the first delivery of each item at each node. O(nodes + items + rows log rows).
metrics::LedgerTables make_ledger_tables(const World& world, const std::vector<bool>& on_main,
                                         std::span<const metrics::LedgerRow> rows);

}  // namespace hearsay::simulation
