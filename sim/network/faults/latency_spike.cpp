#include "sim/network/faults/latency_spike.hpp"

namespace hearsay::network {

const std::vector<FaultKey<LatencySpike>>& LatencySpike::keys() {
  static const std::vector<FaultKey<LatencySpike>> keys = {
      {.name = "factor",
       .member = &LatencySpike::factor,
       .help = "multiplies the latency (factor or add, not both)",
       .above_min = true},
      {.name = "add", .member = &LatencySpike::add, .help = "is added to the latency"},
  };
  return keys;
}

std::string_view LatencySpike::wrong(std::span<const std::string_view> given) {
  if (given.size() == 1) return {};
  return given.empty() ? "a latency spike needs factor, such as factor = 3, or add, such as add = \"200 ms\""
                       : "factor and add are both given; remove one";
}

Duration LatencySpike::latency(Duration usual) const {
  if (factor != 1) usual = nearest_duration(static_cast<double>(usual.ns) * factor);
  return usual + add;
}

}  // namespace hearsay::network
