#pragma once

// The network of a run as protocols are set up from it (sim/protocol/setup.hpp).

#include <span>
#include <string>
#include <vector>

#include "sim/network/position.hpp"
#include "sim/protocol/setup.hpp"
#include "sim/simulation/world.hpp"

namespace hearsay::simulation {

class DrawnNetwork final : public protocol::SetupView {
 public:
  explicit DrawnNetwork(const World& world) : SetupView(world.seed), world_(world) {
    for (const auto& region : world.spec.network.regions) region_names_.push_back(region.name);
    for (const auto& group : world.spec.network.groups) group_names_.push_back(group.name);
    nodes = world.attributes;
    roles = world.spec.network.roles;
    regions = region_names_;
    groups = group_names_;
  }
  std::span<const NodeId> neighbours(NodeId node) const override { return world_.overlay.base_peers(node); }
  Duration link_latency(NodeId a, NodeId b) const override { return world_.overlay.latency(a, b); }
  network::Position position(NodeId node) const override {
    return network::position_of(world_.topology_seed(), static_cast<std::uint32_t>(node));
  }

 private:
  const World& world_;
  std::vector<std::string> region_names_, group_names_;
};

}  // namespace hearsay::simulation
