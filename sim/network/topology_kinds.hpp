#pragma once

// The random kinds, each in a file of its own; called by draw_topology alone. Each returns its edges in any order,
// without duplicates or self-loops. `draws` is the sequence (seed, Stream::kTopology).

#include <cstdint>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/network/spec.hpp"
#include "sim/network/topology.hpp"

namespace hearsay::network {

inline Edge edge_of(std::uint32_t a, std::uint32_t b) { return a < b ? Edge{a, b} : Edge{b, a}; }

std::vector<Edge> random_regular(std::uint32_t nodes, std::uint32_t degree, KeyedDraws& draws);
std::vector<Edge> erdos_renyi(std::uint32_t nodes, double probability, KeyedDraws& draws);
std::vector<Edge> watts_strogatz(std::uint32_t nodes, std::uint32_t degree, double rewire, KeyedDraws& draws);
std::vector<Edge> barabasi_albert(std::uint32_t nodes, std::uint32_t attach, KeyedDraws& draws);
/// Uses spec.nodes, outbound or outbound_cdf, inbound_cap.
std::vector<Edge> bitcoin(const TopologySpec& spec, KeyedDraws& draws);
/// The points are those of position.hpp for `seed`.
std::vector<Edge> geometric(std::uint32_t nodes, double radius, std::uint64_t seed);

}  // namespace hearsay::network
