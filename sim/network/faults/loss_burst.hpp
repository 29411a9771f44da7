#pragma once

#include <string_view>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// One more independent loss of the messages from and to the chosen nodes.
struct LossBurst {
  static constexpr std::string_view kName = "loss-burst";
  static constexpr std::string_view kSummary = "one more independent loss of messages from and to the chosen nodes";
  static constexpr Unnamed kUnnamed = Unnamed::kAllNodes;
  static const std::vector<FaultKey<LossBurst>>& keys();

  double loss = 0;

  bool loses(KeyedDraws& draws) const { return draws.chance(loss); }
};

}  // namespace hearsay::network
