#pragma once

#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// Takes the chosen nodes down from its beginning to its end. What has not left a node then never does, what arrives
/// meanwhile is lost, timers are gone.
struct Crash {
  static constexpr std::string_view kName = "crash";
  static constexpr std::string_view kSummary = "nodes go down at once and come back at the end of the fault";
  static constexpr Unnamed kUnnamed = Unnamed::kRefused;
  static constexpr Down kDown = Down::kTogether;
  static const std::vector<FaultKey<Crash>>& keys();

  bool lose_state = true;
};

}  // namespace hearsay::network
