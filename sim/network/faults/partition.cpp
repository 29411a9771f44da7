#include "sim/network/faults/partition.hpp"

#include "sim/core/check.hpp"

namespace hearsay::network {

const std::vector<FaultKey<Partition>>& Partition::keys() {
  static const std::vector<FaultKey<Partition>> keys = {
      {.name = "sides",
       .member = &Partition::sides,
       .help = "lists of groups, or of regions, in place of nodes: each list is a side, and nodes on none are cut from "
               "none"},
      {.name = "one_way",
       .member = &Partition::one_way,
       .help = "only what goes from the chosen nodes, or from the first side, to the others is cut"},
  };
  return keys;
}

std::vector<Side> Partition::divide(const Chosen& chosen) const {
  std::vector<Side> side(chosen.nodes.size(), sides.empty() ? 1 : kNoSide);
  if (sides.empty())
    for (const std::uint32_t n : chosen.members) side[n] = 0;
  HEARSAY_CHECK(sides.size() < kNoSide, "there are no more groups than sides");
  for (std::size_t s = 0; s < sides.size(); ++s)
    for (const NodeSelector& part : sides[s])
      for (const std::uint32_t n : select_nodes(part, chosen.nodes, chosen.seed, chosen.fault))
        side[n] = static_cast<Side>(s);
  return side;
}

}  // namespace hearsay::network
