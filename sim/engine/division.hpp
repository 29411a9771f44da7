#pragma once

// How the nodes of one run are divided into lanes: sets of nodes whose events are run together, one lane after the
// other or several at once. The division is no part of a run's results.

#include <cstdint>
#include <vector>

namespace hearsay::engine {

struct Division {
  std::uint32_t lanes = 1;
  int node_shift = 32;                      ///< node n is in lane n >> node_shift, unless there is a table
  std::vector<std::uint16_t> lane_table{};  ///< by node; empty where lanes are ranges of ids
  /// Windows of 2^window_shift ns: no longer than anything takes from one lane to another.
  int window_shift = 0;

  std::uint32_t lane_of(std::int32_t node) const {
    if (!lane_table.empty()) [[unlikely]]
      return lane_table[static_cast<std::uint32_t>(node)];
    return static_cast<std::uint32_t>(std::uint64_t{static_cast<std::uint32_t>(node)} >> node_shift);
  }
};

}  // namespace hearsay::engine
