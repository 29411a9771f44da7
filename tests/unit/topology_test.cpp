#include "sim/network/topology.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sim/network/position.hpp"

namespace hearsay::network::topology_test {
namespace {

using K = TopologyKind;

std::vector<std::uint32_t> degrees(const Graph& graph) {
  std::vector<std::uint32_t> degree(graph.nodes, 0);
  for (const Edge& edge : graph.edges) {
    ++degree[edge.a];
    ++degree[edge.b];
  }
  return degree;
}

void expect_simple(const Graph& graph) {
  for (std::size_t i = 0; i < graph.edges.size(); ++i) {
    ASSERT_LT(graph.edges[i].a, graph.edges[i].b);
    ASSERT_LT(graph.edges[i].b, graph.nodes);
    if (i > 0) {
      ASSERT_LT(graph.edges[i - 1], graph.edges[i]);
    }
  }
}

bool linked(const Graph& graph, std::uint32_t a, std::uint32_t b) {
  return std::binary_search(graph.edges.begin(), graph.edges.end(), Edge{a, b});
}

/// Largest distance from `from`, by breadth first.
int eccentricity(const Graph& graph, std::uint32_t from) {
  std::vector<std::vector<std::uint32_t>> peers(graph.nodes);
  for (const Edge& edge : graph.edges) {
    peers[edge.a].push_back(edge.b);
    peers[edge.b].push_back(edge.a);
  }
  std::vector<int> distance(graph.nodes, -1);
  std::vector<std::uint32_t> queue{from};
  distance[from] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i) {
    for (const std::uint32_t peer : peers[queue[i]]) {
      if (distance[peer] >= 0) continue;
      distance[peer] = distance[queue[i]] + 1;
      queue.push_back(peer);
    }
  }
  return distance[queue.back()];
}

std::vector<TopologySpec> one_of_each_kind() {
  return {{.kind = K::kComplete, .nodes = 50},
          {.kind = K::kLine, .nodes = 50},
          {.kind = K::kRing, .nodes = 50},
          {.kind = K::kStar, .nodes = 50},
          {.kind = K::kGrid, .nodes = 50},
          {.kind = K::kTree, .nodes = 50, .branching = 3},
          {.kind = K::kHypercube, .nodes = 64},
          {.kind = K::kRandomRegular, .nodes = 50, .degree = 6},
          {.kind = K::kErdosRenyi, .nodes = 50, .probability = 0.1},
          {.kind = K::kWattsStrogatz, .nodes = 50, .degree = 6, .rewire = 0.2},
          {.kind = K::kBarabasiAlbert, .nodes = 50, .attach = 3},
          {.kind = K::kBitcoin, .nodes = 50, .outbound = 4, .inbound_cap = 6},
          {.kind = K::kGeometric, .nodes = 50, .radius = 0.3},
          {.kind = K::kFile, .nodes = 50, .file_edges = {{.from = 0, .to = 7}, {.from = 3, .to = 49}}},
          {.kind = K::kNone, .nodes = 50}};
}

TEST(Topology, EveryKindGivesASimpleSortedGraph) {
  for (const TopologySpec& spec : one_of_each_kind()) {
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      const Graph graph = draw_topology(spec, seed);
      EXPECT_EQ(graph.nodes, spec.nodes);
      expect_simple(graph);
    }
  }
}

TEST(Topology, ADrawDependsOnItsSeedAlone) {
  for (const TopologySpec& spec : one_of_each_kind()) {
    EXPECT_EQ(draw_topology(spec, 1).edges, draw_topology(spec, 1).edges);
  }
  const TopologySpec random{.kind = K::kRandomRegular, .nodes = 50, .degree = 6};
  EXPECT_NE(draw_topology(random, 1).edges, draw_topology(random, 2).edges);
}

// EX-01: 2|E| - (N-1) messages; from the published 24, 26, 24, 56, 24, 576 at N = 25 follow these |E|.
TEST(Topology, FixedKindsHaveTheEdgesOfTheLaws) {
  const auto edges = [](const TopologySpec& spec) { return draw_topology(spec, 0).edges.size(); };
  EXPECT_EQ(edges({.kind = K::kLine, .nodes = 25}), 24u);
  EXPECT_EQ(edges({.kind = K::kRing, .nodes = 25}), 25u);
  EXPECT_EQ(edges({.kind = K::kStar, .nodes = 25}), 24u);
  EXPECT_EQ(edges({.kind = K::kGrid, .nodes = 25}), 40u);
  EXPECT_EQ(edges({.kind = K::kTree, .nodes = 25, .branching = 4}), 24u);
  EXPECT_EQ(edges({.kind = K::kComplete, .nodes = 25}), 300u);
  EXPECT_EQ(edges({.kind = K::kHypercube, .nodes = 1024}), 5120u);
  EXPECT_EQ(edges({.kind = K::kGrid, .nodes = 1024}), 1984u);
  EXPECT_EQ(edges({.kind = K::kGrid, .nodes = 5}), 5u);  // EX-03: 998 broadcasts send 9980 = 998 x 2 x 5
}

// EX-04.
TEST(Topology, FixedKindsHaveTheEccentricitiesOfTheLaws) {
  struct Case {
    TopologySpec spec;
    int least;
    int sum;
    int most;
  };
  for (const auto& [spec, least, sum, most] :
       {Case{{.kind = K::kLine, .nodes = 25}, 12, 456, 24}, Case{{.kind = K::kGrid, .nodes = 25}, 4, 160, 8},
        Case{{.kind = K::kTree, .nodes = 25, .branching = 4}, 3, 114, 5},
        Case{{.kind = K::kHypercube, .nodes = 1024}, 10, 10'240, 10}}) {
    const Graph graph = draw_topology(spec, 0);
    int total = 0;
    int low = 1 << 30;
    int high = 0;
    for (std::uint32_t node = 0; node < spec.nodes; ++node) {
      const int e = eccentricity(graph, node);
      total += e;
      low = std::min(low, e);
      high = std::max(high, e);
    }
    EXPECT_EQ(low, least);
    EXPECT_EQ(total, sum);
    EXPECT_EQ(high, most);
  }
}

TEST(Topology, TheGridIsRowMajorWithAPartialLastRow) {
  // 0 1 2
  // 3 4 5
  // 6
  const Graph graph = draw_topology({.kind = K::kGrid, .nodes = 7}, 0);
  EXPECT_EQ(graph.edges, (std::vector<Edge>{{0, 1}, {0, 3}, {1, 2}, {1, 4}, {2, 5}, {3, 4}, {3, 6}, {4, 5}}));
}

TEST(Topology, TheParentOfATreeNodeIsItsPredecessorDividedByTheBranching) {
  const Graph graph = draw_topology({.kind = K::kTree, .nodes = 8, .branching = 3}, 0);
  EXPECT_EQ(graph.edges, (std::vector<Edge>{{0, 1}, {0, 2}, {0, 3}, {1, 4}, {1, 5}, {1, 6}, {2, 7}}));
}

TEST(Topology, TheHubOfAStarIsNodeZero) {
  EXPECT_EQ(degrees(draw_topology({.kind = K::kStar, .nodes = 6}, 0)), (std::vector<std::uint32_t>{5, 1, 1, 1, 1, 1}));
}

TEST(Topology, OneAndTwoNodesAreFine) {
  for (const K kind : {K::kComplete, K::kLine, K::kRing, K::kStar, K::kGrid, K::kHypercube}) {
    EXPECT_EQ(draw_topology({.kind = kind, .nodes = 1}, 0).edges.size(), 0u);
    EXPECT_EQ(draw_topology({.kind = kind, .nodes = 2}, 0).edges, (std::vector<Edge>{{0, 1}}));
  }
}

TEST(Topology, RandomRegularGivesEveryNodeItsDegree) {
  for (std::uint32_t nodes = 2; nodes <= 13; ++nodes) {
    for (std::uint32_t degree = 1; degree < nodes; ++degree) {
      if (nodes * degree % 2 != 0) continue;
      for (std::uint64_t seed = 0; seed < 20; ++seed) {
        const Graph graph = draw_topology({.kind = K::kRandomRegular, .nodes = nodes, .degree = degree}, seed);
        expect_simple(graph);
        EXPECT_EQ(degrees(graph), std::vector<std::uint32_t>(nodes, degree)) << nodes << " " << degree << " " << seed;
      }
    }
  }
  for (const auto& [nodes, degree] : {std::pair{1000u, 8u}, {500u, 200u}, {500u, 300u}, {10'000u, 8u}}) {
    const Graph graph = draw_topology({.kind = K::kRandomRegular, .nodes = nodes, .degree = degree}, 1);
    expect_simple(graph);
    EXPECT_EQ(degrees(graph), std::vector<std::uint32_t>(nodes, degree));
  }
}

// Of 2-regular graphs on 6 labelled nodes there are 60 hexagons and 10 pairs of triangles. Chi-square with 69 degrees
// of freedom exceeds 119 with probability 1.8e-4; the repair alone, without the switches after it, gives 3700.
TEST(Topology, RandomRegularIsUniformEvenWhereMostPairingsAreRepaired) {
  std::map<std::vector<Edge>, int> counts;
  constexpr int kDraws = 70'000;
  for (std::uint64_t seed = 0; seed < kDraws; ++seed) {
    ++counts[draw_topology({.kind = K::kRandomRegular, .nodes = 6, .degree = 2}, seed).edges];
  }
  EXPECT_EQ(counts.size(), 70u);
  double chi2 = 0;
  for (const auto& [edges, count] : counts) chi2 += (count - 1e3) * (count - 1e3) / 1e3;
  EXPECT_LT(chi2, 119);
}

// Binomial: mean p M = 49,950 with M = 499,500 pairs, standard deviation sqrt(p (1-p) M) = 212; 3.89 of these.
TEST(Topology, ErdosRenyiHasTheBinomialNumberOfEdges) {
  const Graph graph = draw_topology({.kind = K::kErdosRenyi, .nodes = 1000, .probability = 0.1}, 3);
  EXPECT_NEAR(static_cast<double>(graph.edges.size()), 49'950, 825);
}

// Each of the 45 pairs of 10 nodes in p = 0.3 of 20,000 draws: standard deviation sqrt(p (1-p) / 20,000) = 0.00324.
// 4.6 of these: a tail of 4e-6 for each of 45 pairs.
TEST(Topology, ErdosRenyiLinksEachPairWithTheProbability) {
  std::map<Edge, int> counts;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    for (const Edge& edge : draw_topology({.kind = K::kErdosRenyi, .nodes = 10, .probability = 0.3}, seed).edges)
      ++counts[edge];
  }
  EXPECT_EQ(counts.size(), 45u);
  for (const auto& [edge, count] : counts) EXPECT_NEAR(count / 20'000.0, 0.3, 0.0149) << edge.a << "," << edge.b;
}

TEST(Topology, ErdosRenyiTakesTheExtremeProbabilities) {
  EXPECT_EQ(draw_topology({.kind = K::kErdosRenyi, .nodes = 40, .probability = 0}, 1).edges.size(), 0u);
  EXPECT_EQ(draw_topology({.kind = K::kErdosRenyi, .nodes = 40, .probability = 1}, 1).edges.size(), 780u);
  EXPECT_EQ(draw_topology({.kind = K::kErdosRenyi, .nodes = 40, .probability = 1e-18}, 1).edges.size(), 0u);
  EXPECT_EQ(draw_topology({.kind = K::kErdosRenyi, .nodes = 1, .probability = 1}, 1).edges.size(), 0u);
}

TEST(Topology, WattsStrogatzWithoutRewiringIsTheRingLattice) {
  const Graph graph = draw_topology({.kind = K::kWattsStrogatz, .nodes = 20, .degree = 4, .rewire = 0}, 1);
  EXPECT_EQ(graph.edges.size(), 40u);
  for (std::uint32_t node = 0; node < 20; ++node) {
    for (const std::uint32_t step : {1u, 2u}) {
      const std::uint32_t far = (node + step) % 20;
      EXPECT_TRUE(linked(graph, std::min(node, far), std::max(node, far)));
    }
  }
}

// Of 4000 lattice edges each moves with probability 0.3, and a moved one is again a lattice edge with probability
// below 9/991: between 1189 and 1200 leave in the mean, standard deviation sqrt(4000 x 0.3 x 0.7) = 29; 3.89 of these.
TEST(Topology, WattsStrogatzMovesEachEdgeWithTheProbability) {
  const Graph graph = draw_topology({.kind = K::kWattsStrogatz, .nodes = 1000, .degree = 8, .rewire = 0.3}, 5);
  expect_simple(graph);
  EXPECT_EQ(graph.edges.size(), 4000u);
  int moved = 0;
  for (const Edge& edge : graph.edges) moved += edge.b - edge.a > 4 && edge.b - edge.a < 996;
  EXPECT_GT(moved, 1189 - 113);
  EXPECT_LT(moved, 1200 + 113);
}

// The near end stays, so that every node keeps at least half its degree.
TEST(Topology, WattsStrogatzMovesOnlyTheFarEnd) {
  const Graph graph = draw_topology({.kind = K::kWattsStrogatz, .nodes = 500, .degree = 6, .rewire = 1}, 5);
  EXPECT_EQ(graph.edges.size(), 1500u);
  for (const std::uint32_t degree : degrees(graph)) EXPECT_GE(degree, 3u);
}

TEST(Topology, WattsStrogatzOfTheLargestDegreeStaysComplete) {
  const Graph graph = draw_topology({.kind = K::kWattsStrogatz, .nodes = 7, .degree = 6, .rewire = 1}, 1);
  EXPECT_EQ(graph.edges.size(), 21u);
}

TEST(Topology, BarabasiAlbertGrowsFromACliqueByTheSameNumberOfLinks) {
  const Graph graph = draw_topology({.kind = K::kBarabasiAlbert, .nodes = 1000, .attach = 4}, 2);
  EXPECT_EQ(graph.edges.size(), 10u + 995u * 4u);
  std::vector<int> down(1000, 0);
  for (const Edge& edge : graph.edges) ++down[edge.b];
  for (std::uint32_t node = 5; node < 1000; ++node) EXPECT_EQ(down[node], 4);
  EXPECT_EQ(component_sizes(graph), std::vector<std::uint32_t>{1000});
}

// The share of nodes with degree k tends to 2 m (m+1) / (k (k+1) (k+2)): 2/(m+2) = 1/2 at k = m = 2. Over 10,000
// nodes the standard deviation is below sqrt(1/4 / 10,000) = 0.005, and the bias is of order 1/n.
TEST(Topology, BarabasiAlbertHasTheDegreesOfPreferentialAttachment) {
  const auto degree = degrees(draw_topology({.kind = K::kBarabasiAlbert, .nodes = 10'000, .attach = 2}, 2));
  const auto leaves = std::count(degree.begin(), degree.end(), 2u);
  EXPECT_NEAR(static_cast<double>(leaves) / 10'000, 0.5, 3.89 * 0.005);
  // Nodes of degree >= 30 are 2 x 3 / (30 x 31) = 0.65 % = 65, sd 8; a graph without preference has none.
  const auto hubs = std::count_if(degree.begin(), degree.end(), [](std::uint32_t d) { return d >= 30; });
  EXPECT_NEAR(static_cast<double>(hubs), 65, 3.89 * 8);
}

TEST(Topology, BitcoinNodesOpenTheirOutboundLinks) {
  const Graph graph = draw_topology({.kind = K::kBitcoin, .nodes = 500, .outbound = 8, .inbound_cap = 117}, 4);
  EXPECT_EQ(graph.edges.size(), 4000u);
  for (const std::uint32_t degree : degrees(graph)) EXPECT_GE(degree, 8u);
}

// Inbound links are degree less 8; the cap of 9 leaves 1 place in 9 unused, so late nodes meet many full ones.
TEST(Topology, BitcoinKeepsTheInboundCap) {
  const Graph graph = draw_topology({.kind = K::kBitcoin, .nodes = 500, .outbound = 8, .inbound_cap = 9}, 4);
  EXPECT_EQ(graph.edges.size(), 4000u);
  for (const std::uint32_t degree : degrees(graph)) EXPECT_LE(degree, 17u);
}

TEST(Topology, BitcoinNodesOpenFewerLinksWhenNobodyIsLeft) {
  const Graph everyone = draw_topology({.kind = K::kBitcoin, .nodes = 9, .outbound = 8}, 4);
  EXPECT_EQ(everyone.edges.size(), 36u);
  const Graph full = draw_topology({.kind = K::kBitcoin, .nodes = 10, .outbound = 8, .inbound_cap = 1}, 4);
  EXPECT_LE(full.edges.size(), 10u);
}

// round(1000 x cdf): 200 nodes open 1 link, 300 open 2, none 3, 500 open 4.
TEST(Topology, BitcoinTakesExactQuotasOfAnOutboundDistribution) {
  const TopologySpec spec{.kind = K::kBitcoin, .nodes = 1000, .outbound_cdf = {0.2, 0.5, 0.5, 1.0}};
  EXPECT_EQ(draw_topology(spec, 9).edges.size(), 200u + 600u + 2000u);
  EXPECT_DOUBLE_EQ(expected_edges(spec), 2800);
}

TEST(Topology, GeometricLinksExactlyTheNearPairs) {
  for (const double radius : {0.0, 0.01, 0.1, 0.34, 0.7, 1.5}) {
    const Graph graph = draw_topology({.kind = K::kGeometric, .nodes = 300, .radius = radius}, 6);
    std::vector<Edge> near;
    for (std::uint32_t a = 0; a < 300; ++a) {
      for (std::uint32_t b = a + 1; b < 300; ++b) {
        const Position p = position_of(6, a);
        const Position q = position_of(6, b);
        if ((p.x - q.x) * (p.x - q.x) + (p.y - q.y) * (p.y - q.y) <= radius * radius) near.push_back({a, b});
      }
    }
    EXPECT_EQ(graph.edges, near) << radius;
  }
}

TEST(Topology, AFileGivesItsEdgesAndNoneGivesNone) {
  const Graph graph =
      draw_topology({.kind = K::kFile, .nodes = 9, .file_edges = {{.from = 0, .to = 7}, {.from = 3, .to = 8}}}, 0);
  EXPECT_EQ(graph.edges, (std::vector<Edge>{{0, 7}, {3, 8}}));
  EXPECT_TRUE(draw_topology({.kind = K::kNone, .nodes = 9}, 0).edges.empty());
}

TEST(Topology, ComponentsAreCountedLargestFirst) {
  const Graph graph{7, {{0, 3}, {1, 2}, {2, 5}}};
  EXPECT_EQ(component_sizes(graph), (std::vector<std::uint32_t>{3, 2, 1, 1}));
  EXPECT_EQ(component_sizes(Graph{}), std::vector<std::uint32_t>{});
}

// Exact where the number is fixed; else within 3.89 sqrt(m) of it, as the number of edges varies by at most that of
// independent pairs (Erdos-Renyi), geometric apart, whose edges share nodes: it gets three times as much.
TEST(Topology, TheExpectedNumberOfEdgesIsTheNumberDrawn) {
  for (TopologySpec spec : one_of_each_kind()) {
    const double expected = expected_edges(spec);
    const auto drawn = static_cast<double>(draw_topology(spec, 1).edges.size());
    const bool varies = spec.kind == K::kErdosRenyi || spec.kind == K::kGeometric;
    const double slack = spec.kind == K::kGeometric ? 3 : 1;
    EXPECT_NEAR(drawn, expected, varies ? slack * 3.89 * std::sqrt(expected) : 1e-9) << static_cast<int>(spec.kind);
  }
}

TEST(Topology, TheCatalogueNamesEveryKindInOrder) {
  const auto& catalogue = topology_catalogue();
  ASSERT_EQ(catalogue.size(), static_cast<std::size_t>(K::kNone) + 1);
  for (std::size_t i = 0; i < catalogue.size(); ++i) {
    EXPECT_EQ(static_cast<std::size_t>(catalogue[i].kind), i);
    EXPECT_FALSE(catalogue[i].name.empty());
    EXPECT_FALSE(catalogue[i].help.empty());
  }
  EXPECT_EQ(catalogue[static_cast<std::size_t>(K::kRandomRegular)].name, "random-regular");
}

std::uint64_t fingerprint(const Graph& graph) {
  std::uint64_t hash = 14695981039346656037u;
  for (const Edge& edge : graph.edges) {
    for (const std::uint32_t word : {edge.a, edge.b}) hash = (hash ^ word) * 1099511628211u;
  }
  return hash;
}

// A change here changes every stored result of that kind: it belongs in the changelog.
TEST(Topology, TheDrawsOfSeed42AreFixed) {
  std::map<std::string, std::uint64_t> drawn;
  for (const TopologySpec& spec : one_of_each_kind()) {
    drawn[std::string(topology_catalogue()[static_cast<std::size_t>(spec.kind)].name)] =
        fingerprint(draw_topology(spec, 42));
  }
  EXPECT_EQ(drawn["random-regular"], 0xed099e97e40927e3u);
  EXPECT_EQ(drawn["erdos-renyi"], 0x6dd2d2e5f22cc1a1u);
  EXPECT_EQ(drawn["watts-strogatz"], 0x238ead6a542db819u);
  EXPECT_EQ(drawn["barabasi-albert"], 0xf033782db2c772b4u);
  EXPECT_EQ(drawn["bitcoin"], 0xd7d933e967aa091du);
  EXPECT_EQ(drawn["geometric"], 0x87501b2266be4052u);
}

}  // namespace
}  // namespace hearsay::network::topology_test
