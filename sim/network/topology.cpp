#include "sim/network/topology.hpp"

#include <algorithm>
#include <bit>
#include <boost/pending/disjoint_sets.hpp>
#include <cstddef>
#include <functional>

#include "sim/core/check.hpp"
#include "sim/core/random.hpp"
#include "sim/network/topology_kinds.hpp"

namespace hearsay::network {

namespace {

/// ceil(sqrt(n)).
std::uint32_t grid_width(std::uint32_t n) {
  std::uint64_t width = 0;
  while (width * width < n) ++width;
  return static_cast<std::uint32_t>(width);
}

std::vector<Edge> complete(std::uint32_t n) {
  std::vector<Edge> edges;
  edges.reserve(static_cast<std::size_t>(n) * (n == 0 ? 0 : n - 1) / 2);
  for (std::uint32_t a = 0; a < n; ++a) {
    for (std::uint32_t b = a + 1; b < n; ++b) edges.push_back({a, b});
  }
  return edges;
}

std::vector<Edge> line(std::uint32_t n) {
  std::vector<Edge> edges;
  for (std::uint32_t k = 1; k < n; ++k) edges.push_back({k - 1, k});
  return edges;
}

std::vector<Edge> ring(std::uint32_t n) {
  std::vector<Edge> edges = line(n);
  if (n > 2) edges.push_back({0, n - 1});
  return edges;
}

std::vector<Edge> star(std::uint32_t n) {
  std::vector<Edge> edges;
  for (std::uint32_t k = 1; k < n; ++k) edges.push_back({0, k});
  return edges;
}

std::vector<Edge> grid(std::uint32_t n) {
  const std::uint32_t width = grid_width(n);
  std::vector<Edge> edges;
  for (std::uint32_t k = 0; k < n; ++k) {
    if (k % width + 1 < width && k + 1 < n) edges.push_back({k, k + 1});
    if (n - k > width) edges.push_back({k, k + width});
  }
  return edges;
}

std::vector<Edge> tree(std::uint32_t n, std::uint32_t branching) {
  HEARSAY_CHECK(branching > 0, "a tree without branches");
  std::vector<Edge> edges;
  for (std::uint32_t k = 1; k < n; ++k) edges.push_back({(k - 1) / branching, k});
  return edges;
}

std::vector<Edge> hypercube(std::uint32_t n) {
  HEARSAY_CHECK(std::has_single_bit(n), "a hypercube has a power of two nodes");
  std::vector<Edge> edges;
  for (std::uint32_t k = 0; k < n; ++k) {
    for (std::uint32_t bit = 1; bit < n; bit *= 2) {
      if ((k & bit) == 0) edges.push_back({k, k | bit});
    }
  }
  return edges;
}

std::vector<Edge> from_file(const TopologySpec& spec) {
  std::vector<Edge> edges;
  edges.reserve(spec.file_edges.size());
  for (const FileEdge& edge : spec.file_edges) {
    HEARSAY_CHECK(edge.from < edge.to && edge.to < spec.nodes, "an edge of a file that is no edge");
    edges.push_back({edge.from, edge.to});
  }
  return edges;
}

std::vector<Edge> edges_of(const TopologySpec& spec, std::uint64_t seed) {
  KeyedDraws draws(seed, Stream::kTopology);
  const std::uint32_t n = spec.nodes;
  switch (spec.kind) {
    case TopologyKind::kComplete: return complete(n);
    case TopologyKind::kLine: return line(n);
    case TopologyKind::kRing: return ring(n);
    case TopologyKind::kStar: return star(n);
    case TopologyKind::kGrid: return grid(n);
    case TopologyKind::kTree: return tree(n, spec.branching);
    case TopologyKind::kHypercube: return hypercube(n);
    case TopologyKind::kRandomRegular: return random_regular(n, spec.degree, draws);
    case TopologyKind::kErdosRenyi: return erdos_renyi(n, spec.probability, draws);
    case TopologyKind::kWattsStrogatz: return watts_strogatz(n, spec.degree, spec.rewire, draws);
    case TopologyKind::kBarabasiAlbert: return barabasi_albert(n, spec.attach, draws);
    case TopologyKind::kBitcoin: return bitcoin(spec, draws);
    case TopologyKind::kGeometric: return geometric(n, spec.radius, seed);
    case TopologyKind::kFile: return from_file(spec);
    case TopologyKind::kNone: return {};
  }
  HEARSAY_CHECK(false, "a topology of no kind");
}

/// Expected outbound links per node of a bitcoin topology.
double mean_outbound(const TopologySpec& spec) {
  if (spec.outbound > 0) return spec.outbound;
  double mean = 0;
  double below = 0;
  for (std::size_t i = 0; i < spec.outbound_cdf.size(); ++i) {
    mean += static_cast<double>(i + 1) * (spec.outbound_cdf[i] - below);
    below = spec.outbound_cdf[i];
  }
  return mean;
}

/// Probability that two uniform points of the unit square are at most `radius` apart; above 1, where the exact law
/// leaves less than 0.026, one.
double within(double radius) {
  constexpr double kPi = 3.14159265358979323846;
  if (radius > 1) return 1;
  return radius * radius * (kPi - radius * (8.0 / 3.0 - radius * 0.5));
}

}  // namespace

Graph draw_topology(const TopologySpec& spec, std::uint64_t seed) {
  Graph graph{spec.nodes, edges_of(spec, seed)};
  if (!std::is_sorted(graph.edges.begin(), graph.edges.end())) std::sort(graph.edges.begin(), graph.edges.end());
  return graph;
}

std::vector<std::uint32_t> component_sizes(const Graph& graph) {
  std::vector<std::uint8_t> rank(graph.nodes, 0);
  std::vector<std::uint32_t> parent(graph.nodes);
  for (std::uint32_t k = 0; k < graph.nodes; ++k) parent[k] = k;
  boost::disjoint_sets<std::uint8_t*, std::uint32_t*> sets(rank.data(), parent.data());
  for (const Edge& edge : graph.edges) sets.union_set(edge.a, edge.b);

  std::vector<std::uint32_t> size_of_root(graph.nodes, 0);
  for (std::uint32_t k = 0; k < graph.nodes; ++k) ++size_of_root[sets.find_set(k)];
  std::vector<std::uint32_t> sizes;
  for (const std::uint32_t size : size_of_root) {
    if (size > 0) sizes.push_back(size);
  }
  std::sort(sizes.begin(), sizes.end(), std::greater<>());
  return sizes;
}

double expected_edges(const TopologySpec& spec) {
  const double n = spec.nodes;
  const double pairs = n < 2 ? 0 : 0.5 * n * (n - 1);
  switch (spec.kind) {
    case TopologyKind::kComplete: return pairs;
    case TopologyKind::kLine:
    case TopologyKind::kStar:
    case TopologyKind::kTree: return std::max(0.0, n - 1);
    case TopologyKind::kRing: return n > 2 ? n : std::max(0.0, n - 1);
    case TopologyKind::kGrid: {
      if (spec.nodes == 0) return 0;
      // To the right from all but the last of each row, down from all but the last `width` nodes.
      const std::uint32_t width = grid_width(spec.nodes);
      const std::uint32_t rows = (spec.nodes - 1) / width + 1;
      return (n - rows) + (n - width);
    }
    case TopologyKind::kHypercube: return 0.5 * n * std::countr_zero(std::max(1u, spec.nodes));
    case TopologyKind::kRandomRegular:
    case TopologyKind::kWattsStrogatz: return 0.5 * n * spec.degree;
    case TopologyKind::kErdosRenyi: return pairs * spec.probability;
    case TopologyKind::kBarabasiAlbert: {
      const double core = std::min(n, spec.attach + 1.0);
      return 0.5 * core * std::max(0.0, core - 1) + (n - core) * spec.attach;
    }
    case TopologyKind::kBitcoin: return std::min(pairs, n * mean_outbound(spec));
    case TopologyKind::kGeometric: return pairs * within(spec.radius);
    case TopologyKind::kFile: return static_cast<double>(spec.file_edges.size());
    case TopologyKind::kNone: return 0;
  }
  HEARSAY_CHECK(false, "a topology of no kind");
}

const std::vector<TopologyInfo>& topology_catalogue() {
  using K = TopologyKind;
  static const std::vector<TopologyInfo> catalogue = {
      {"complete", K::kComplete, "", "Every node is linked to every other: degree N - 1, N (N - 1) / 2 edges."},
      {"line", K::kLine, "", "Node k is linked to k - 1 and k + 1: diameter N - 1."},
      {"ring", K::kRing, "", "A line whose ends are linked too: degree 2, diameter N / 2."},
      {"star", K::kStar, "", "Node 0 is the hub, linked to all others: diameter 2."},
      {"grid", K::kGrid, "",
       "A square lattice, row-major and ceil(sqrt(N)) wide, the last row possibly partial: degree up to 4."},
      {"tree", K::kTree, "branching",
       "Rooted at node 0 and filled left to right in tiers of 1, B, B^2: the parent of k is (k - 1) div B."},
      {"hypercube", K::kHypercube, "",
       "Nodes whose ids differ in one bit are linked: N is a power of two, degree and diameter are log2 N."},
      {"random-regular", K::kRandomRegular, "degree",
       "A random graph in which every node has exactly `degree` links (configuration model, repaired by random "
       "switches)."},
      {"erdos-renyi", K::kErdosRenyi, "mean_degree, probability",
       "G(N, p): each pair is linked independently with `probability`, or with mean_degree / (N - 1)."},
      {"watts-strogatz", K::kWattsStrogatz, "degree, rewire",
       "A small world: a ring where each node is linked to the `degree` (even) nearest, the far end of each link moved "
       "to "
       "a uniform node with probability `rewire` (Watts and Strogatz 1998)."},
      {"barabasi-albert", K::kBarabasiAlbert, "attach",
       "Scale-free: each new node links to `attach` distinct nodes chosen in proportion to their degree, from a clique "
       "of "
       "attach + 1 (Barabasi and Albert 1999)."},
      {"bitcoin", K::kBitcoin, "outbound, outbound_distribution, inbound_cap",
       "Each node in turn opens `outbound` links (or as many as `outbound_distribution` says) to uniformly chosen "
       "nodes "
       "that are not yet its peers and have fewer than `inbound_cap` inbound links; messages go both ways."},
      {"geometric", K::kGeometric, "radius",
       "Uniform points in the unit square, linked when at most `radius` apart; `euclidean` latency uses the same "
       "points."},
      {"file", K::kFile, "file",
       "The edges of a CSV list (source,target[,latency][,bandwidth]) or a GraphML file, nodes numbered from 0."},
      {"none", K::kNone, "", "Nodes without links: the membership makes the peers."},
  };
  return catalogue;
}

}  // namespace hearsay::network
