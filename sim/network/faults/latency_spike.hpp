#pragma once

#include <algorithm>
#include <span>
#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// Multiplies the latency of what goes from or to the chosen nodes, or adds to it.
struct LatencySpike {
  static constexpr std::string_view kName = "latency-spike";
  static constexpr std::string_view kSummary = "latency is multiplied or added to";
  static constexpr Unnamed kUnnamed = Unnamed::kAllNodes;
  static const std::vector<FaultKey<LatencySpike>>& keys();
  static std::string_view wrong(std::span<const std::string_view> given);

  double factor = 1;
  Duration add{};

  Duration latency(Duration usual) const;
  double least_factor() const { return std::min(1.0, factor); }
};

}  // namespace hearsay::network
