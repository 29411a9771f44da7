#include "sim/simulation/delay_bound.hpp"

#include <boost/graph/compressed_sparse_row_graph.hpp>
#include <boost/graph/dijkstra_shortest_paths.hpp>

#include <limits>

namespace hearsay::simulation {

std::vector<std::int64_t> delay_bound(const network::Overlay& overlay, NodeId origin) {
  using Graph = boost::compressed_sparse_row_graph<boost::directedS, boost::no_property, std::int64_t>;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
  std::vector<std::int64_t> weights;
  for (std::uint32_t n = 0; n < overlay.nodes(); ++n)
    for (const NodeId peer : overlay.base_peers(NodeId{n})) {
      edges.emplace_back(n, static_cast<std::uint32_t>(peer));
      weights.push_back(overlay.latency(NodeId{n}, peer).ns);
    }
  const Graph graph(boost::edges_are_sorted, edges.begin(), edges.end(), weights.begin(), overlay.nodes());
  std::vector<std::int64_t> distance(overlay.nodes());
  boost::dijkstra_shortest_paths(
      graph, static_cast<std::uint32_t>(origin),
      boost::weight_map(boost::get(boost::edge_bundle, graph))
          .distance_map(boost::make_iterator_property_map(distance.begin(), boost::get(boost::vertex_index, graph)))
          .distance_inf(std::numeric_limits<std::int64_t>::max()));
  for (std::int64_t& d : distance)
    if (d == std::numeric_limits<std::int64_t>::max()) d = -1;
  return distance;
}

}  // namespace hearsay::simulation
