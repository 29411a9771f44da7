#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// Multiplies the bandwidths of the chosen nodes, up and down. Unlimited bandwidth stays unlimited.
struct BandwidthDrop {
  static constexpr std::string_view kName = "bandwidth-drop";
  static constexpr std::string_view kSummary = "bandwidth is multiplied by a factor below 1";
  static constexpr Unnamed kUnnamed = Unnamed::kAllNodes;
  static const std::vector<FaultKey<BandwidthDrop>>& keys();

  double factor = 1;

  /// Never nothing, which would mean unlimited.
  std::uint64_t bandwidth(std::uint64_t bit_per_s) const;
};

}  // namespace hearsay::network
