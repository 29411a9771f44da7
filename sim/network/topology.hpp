#pragma once

// Graphs: generated from our own streams (never by a library's generator, whose draws differ between
// versions), kept as a plain undirected edge list, and analysed by Boost.Graph.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/network/spec.hpp"

namespace hearsay::network {

struct Edge {
  std::uint32_t a = 0;  ///< a < b
  std::uint32_t b = 0;
  friend auto operator<=>(const Edge&, const Edge&) = default;
};

struct Graph {
  std::uint32_t nodes = 0;
  std::vector<Edge> edges;  ///< sorted, no duplicates, no self-loops
};

/// The graph of `spec`; random kinds depend on (spec, seed) alone. Near-linear in nodes + edges.
Graph draw_topology(const TopologySpec& spec, std::uint64_t seed);

/// Sizes of the connected components, descending. Boost.Graph's disjoint sets.
std::vector<std::uint32_t> component_sizes(const Graph& graph);

/// The number of undirected edges a draw will have (expectation for random kinds): for estimates.
double expected_edges(const TopologySpec& spec);

struct TopologyInfo {
  std::string_view name;  ///< as in a scenario
  TopologyKind kind;
  std::string_view keys;  ///< comma-separated scenario keys it reads besides `nodes`
  std::string_view help;  ///< one sentence: what it is, degree, source
};
/// Every kind, in the order of the enum.
const std::vector<TopologyInfo>& topology_catalogue();

}  // namespace hearsay::network
