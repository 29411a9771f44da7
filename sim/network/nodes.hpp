#pragma once

// The attributes of every node, drawn from a NetworkSpec: regions by exact quota (largest remainder,
// shuffled), groups in file order, and for each attribute the first of group, network, region table that
// gives one.

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

/// What a protocol and the wire may know of a node.
struct NodeAttributes {
  RegionId region = kNoRegion;
  GroupId group = kNoGroup;
  RoleId role = kNoRole;
  bool validator = false;
  std::uint64_t uplink_bit_per_s = 0;  ///< 0: unlimited
  std::uint64_t downlink_bit_per_s = 0;
  std::uint32_t cores = 0;  ///< for a protocol's work; 0: unlimited
  double hash_power = 0;    ///< share of the whole
  Duration extra_latency;
  SimTime joins;                  ///< 0: up from the start
  std::uint32_t inbound_cap = 0;  ///< connections that it accepts; 0: any number
};

/// Attributes of nodes 0 .. n-1. Depends on (spec, n, seed) alone. O(n).
std::vector<NodeAttributes> draw_nodes(const NetworkSpec& spec, std::uint32_t n, std::uint64_t seed);

/// The nodes a selector names, ascending. `draws_index` keys the draw of kCount and kShare (the fault's index).
std::vector<std::uint32_t> select_nodes(const NodeSelector& selector, std::span<const NodeAttributes> nodes,
                                        std::uint64_t seed, std::uint64_t draws_index);

/// round(share * n), halves up.
std::uint32_t share_of(double share, std::uint32_t n);

/// How many nodes each group by share takes, 0 for the others: quotas() of their shares and of what these leave.
std::vector<std::uint32_t> group_quotas(std::span<const GroupSpec> groups, std::uint32_t n);

/// Exact quotas of n over shares that sum to 1: floor, then one more to the largest remainders (ties: lower index).
std::vector<std::uint32_t> quotas(std::span<const double> shares, std::uint32_t n);

}  // namespace hearsay::network
