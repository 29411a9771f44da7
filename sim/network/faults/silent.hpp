#pragma once

#include <string_view>
#include <vector>

#include "sim/network/faults/fault.hpp"

namespace hearsay::network {

/// The chosen nodes send nothing but items that they published themselves.
struct Silent {
  static constexpr std::string_view kName = "silent";
  static constexpr std::string_view kSummary = "nodes send nothing but items that they published themselves";
  static constexpr Unnamed kUnnamed = Unnamed::kRefused;
  static const std::vector<FaultKey<Silent>>& keys();
  static constexpr bool kSilences = true;
};

}  // namespace hearsay::network
