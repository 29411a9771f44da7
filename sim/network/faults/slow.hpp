#pragma once

#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// The chosen nodes wait before every send. That is no waiting for the wire: no part of the queueing delay.
struct Slow {
  static constexpr std::string_view kName = "slow";
  static constexpr std::string_view kSummary = "nodes wait before every send";
  static constexpr Unnamed kUnnamed = Unnamed::kRefused;
  static const std::vector<FaultKey<Slow>>& keys();

  Duration delay{};

  Duration pause() const { return delay; }
};

}  // namespace hearsay::network
