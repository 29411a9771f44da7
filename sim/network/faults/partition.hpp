#pragma once

#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// Cuts the links between the chosen nodes and the rest, or between sides. A message is lost if it is on its way, from
/// its hand-over to its arrival, at any instant of the fault.
struct Partition {
  static constexpr std::string_view kName = "partition";
  static constexpr std::string_view kSummary = "links between the chosen nodes and the rest, or between sides, are cut";
  static constexpr Unnamed kUnnamed = Unnamed::kRefused;
  static constexpr std::string_view kAllChosen = "all nodes are on one side, so the partition cuts nothing";
  static const std::vector<FaultKey<Partition>>& keys();

  Sides sides{};         ///< empty: the chosen nodes are the first side, the rest is the second
  bool one_way = false;  ///< only what goes from the first side to the others is cut

  /// The side of each node.
  std::vector<Side> divide(const Chosen& chosen) const;
  bool cuts(Side from, Side to) const {
    return from != to && from != kNoSide && to != kNoSide && (!one_way || from == 0);
  }
};

}  // namespace hearsay::network
