#include "sim/simulation/cores.hpp"

#include <algorithm>

namespace hearsay::simulation {

Cores::Cores(std::span<const network::NodeAttributes> nodes) {
  if (std::all_of(nodes.begin(), nodes.end(), [](const auto& node) { return node.cores == 0; })) return;
  std::uint32_t first = 0;
  for (const network::NodeAttributes& node : nodes) {
    nodes_.push_back({first, node.cores, {}});
    first += node.cores;
  }
  free_.resize(first);
}

Duration Cores::queue(NodeId id, SimTime now, Duration work) {
  Node& node = nodes_[index(id)];
  if (node.cores == 0) return work;
  node.offered = node.offered + work;
  const auto own = std::span(free_).subspan(node.first, node.cores);
  SimTime& core = *std::min_element(own.begin(), own.end());
  core = std::max(core, now) + work;
  return core - now;
}

void Cores::clear(NodeId id, SimTime now) {
  if (nodes_.empty()) return;
  const Node& node = nodes_[index(id)];
  std::fill_n(free_.begin() + node.first, node.cores, now);
}

Cores::Utilisation Cores::utilisation(SimTime time) const {
  double sum = 0, max = 0;
  std::uint64_t limited = 0;
  for (const Node& node : nodes_) {
    if (node.cores == 0) continue;
    const double load = to_seconds(SimTime{node.offered.ns}) / (node.cores * to_seconds(time));
    sum += load;
    max = std::max(max, load);
    ++limited;
  }
  if (limited == 0 || time.ns == 0) return {};
  return {sum / static_cast<double>(limited), max};
}

}  // namespace hearsay::simulation
