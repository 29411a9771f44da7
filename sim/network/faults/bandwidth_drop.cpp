#include "sim/network/faults/bandwidth_drop.hpp"

#include <algorithm>
#include <cmath>

namespace hearsay::network {

const std::vector<FaultKey<BandwidthDrop>>& BandwidthDrop::keys() {
  static const std::vector<FaultKey<BandwidthDrop>> keys = {
      {.name = "factor",
       .member = &BandwidthDrop::factor,
       .help = "what is left of the bandwidth",
       .required = "factor = 0.1",
       .max = 1,
       .above_min = true,
       .instead = "write what is left of the bandwidth, such as 0.1"},
  };
  return keys;
}

std::uint64_t BandwidthDrop::bandwidth(std::uint64_t bit_per_s) const {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::floor(static_cast<double>(bit_per_s) * factor)));
}

}  // namespace hearsay::network
