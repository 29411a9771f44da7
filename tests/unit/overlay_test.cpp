#include "sim/network/overlay.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace hearsay::network::overlay_test {
namespace {

using ::testing::ElementsAreArray;
using ::testing::UnorderedElementsAre;

LatencySpec drawn(const Distribution& distribution) {
  LatencySpec spec;
  spec.distribution = distribution;
  return spec;
}

/// An overlay with all that it needs.
struct Net {
  Net(Graph g, const LatencySpec& spec, std::uint64_t seed = 1)
      : graph(std::move(g)), nodes(graph.nodes), model(spec, nodes, {}, seed), overlay(graph, model, seed) {}
  Graph graph;
  std::vector<NodeAttributes> nodes;
  LatencyModel model;
  Overlay overlay;
};

Graph complete(std::uint32_t n) {
  Graph graph{n, {}};
  for (std::uint32_t a = 0; a < n; ++a)
    for (std::uint32_t b = a + 1; b < n; ++b) graph.edges.push_back({a, b});
  return graph;
}

std::vector<NodeId> list(std::span<const NodeId> peers) { return {peers.begin(), peers.end()}; }

TEST(Overlay, HasThePeersOfTheGraph) {
  const Net net({4, {{0, 1}, {0, 2}, {2, 3}}}, drawn(Distribution::constant(1e6)));
  EXPECT_EQ(net.overlay.nodes(), 4u);
  EXPECT_EQ(net.overlay.edges(), 3u);
  EXPECT_THAT(list(net.overlay.peers(NodeId{0})), UnorderedElementsAre(NodeId{1}, NodeId{2}));
  EXPECT_THAT(list(net.overlay.peers(NodeId{2})), UnorderedElementsAre(NodeId{0}, NodeId{3}));
  EXPECT_TRUE(net.overlay.connected(NodeId{3}, NodeId{2}));
  EXPECT_FALSE(net.overlay.connected(NodeId{3}, NodeId{0}));
}

TEST(Overlay, ANodeWithoutEdgesHasNoPeers) {
  const Net net({3, {}}, drawn(Distribution::constant(1e6)));
  EXPECT_TRUE(net.overlay.peers(NodeId{1}).empty());
}

// Who is first among the 10 peers of a node decides who is served first; over 1000 seeds each is first 100 times with
// SD sqrt(1000 x 0.1 x 0.9) = 9.5.
TEST(Overlay, OrdersPeersAtRandomAndNotByTheirId) {
  std::vector<int> first(11, 0);
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const Net net(complete(11), drawn(Distribution::constant(1e6)), seed);
    ++first[index(net.overlay.peers(NodeId{10})[0])];
  }
  for (std::size_t n = 0; n < 10; ++n) EXPECT_NEAR(first[n], 100, 3.89 * 9.5) << n;
}

TEST(Overlay, NodesOrderTheirPeersIndependently) {
  const Net net(complete(200), drawn(Distribution::constant(1e6)));
  int same = 0;  // both nodes put peer k before peer k + 1: half of the time
  for (std::uint32_t k = 2; k + 1 < 200; ++k) {
    const auto before = [&](NodeId node) {
      const auto peers = list(net.overlay.peers(node));
      return std::find(peers.begin(), peers.end(), NodeId{k}) < std::find(peers.begin(), peers.end(), NodeId{k + 1});
    };
    same += before(NodeId{0}) == before(NodeId{1});
  }
  EXPECT_NEAR(same, 98.5, 3.89 * 7.1);  // SD sqrt(197) / 2
}

// Whatever is asked for in whatever order: peers in their order, every twelfth, backwards, and nodes that are no peers.
TEST(Links, HaveTheLatenciesOfTheOverlay) {
  Graph star{41, {}};
  for (std::uint32_t k = 1; k < 31; ++k) star.edges.push_back({0, k});
  for (const bool per_message : {false, true}) {
    LatencySpec spec = drawn(Distribution::uniform(1e6, 8e9));  // half of them are too long to be cached as they are
    spec.per_message = per_message;
    const Net net(star, spec);
    const auto peers = list(net.overlay.peers(NodeId{0}));
    std::vector<std::vector<NodeId>> asked(4, peers);
    asked[1].clear();
    for (std::size_t k = 0; k < peers.size(); k += 12) asked[1].push_back(peers[k]);
    std::reverse(asked[2].begin(), asked[2].end());
    for (std::uint32_t k = 31; k < 41; ++k) asked[3].insert(asked[3].begin() + 2 * (k - 31), NodeId{k});
    for (const auto& to : asked) {
      Links links(net.overlay, NodeId{0});
      for (const NodeId other : to) EXPECT_EQ(links.latency(other), net.model.link(NodeId{0}, other));
    }
  }
}

TEST(Overlay, AChangeOfPeersDoesNotReshuffleTheRest) {
  Net net(complete(30), drawn(Distribution::constant(1e6)));
  const auto before = list(net.overlay.peers(NodeId{3}));
  EXPECT_TRUE(net.overlay.remove_peer(NodeId{3}, NodeId{17}));
  EXPECT_FALSE(net.overlay.remove_peer(NodeId{3}, NodeId{17}));
  auto without = before;
  std::erase(without, NodeId{17});
  EXPECT_THAT(list(net.overlay.peers(NodeId{3})), ElementsAreArray(without));
  EXPECT_FALSE(net.overlay.connected(NodeId{3}, NodeId{17}));
  EXPECT_TRUE(net.overlay.connected(NodeId{17}, NodeId{3}));  // one direction at a time
  EXPECT_THAT(list(net.overlay.base_peers(NodeId{3})), ElementsAreArray(before));
  EXPECT_TRUE(net.overlay.add_peer(NodeId{3}, NodeId{17}));
  EXPECT_FALSE(net.overlay.add_peer(NodeId{3}, NodeId{17}));
  EXPECT_THAT(list(net.overlay.peers(NodeId{3})), ElementsAreArray(before));  // back in its old place
}

TEST(Overlay, AStrangerCanBecomeAPeer) {
  Net net({4, {{0, 1}}}, drawn(Distribution::uniform(0, 1e8)));
  EXPECT_TRUE(net.overlay.add_peer(NodeId{0}, NodeId{3}));
  EXPECT_TRUE(net.overlay.connected(NodeId{0}, NodeId{3}));
  EXPECT_EQ(net.overlay.latency(NodeId{0}, NodeId{3}), net.model.link(NodeId{0}, NodeId{3}));
  EXPECT_TRUE(net.overlay.add_peer(NodeId{2}, NodeId{3}));  // it had no peers at all
  EXPECT_EQ(net.overlay.peers(NodeId{2}).size(), 1u);
}

TEST(Overlay, RemembersTheLatenciesOfItsLinks) {
  const Net net(complete(20), drawn(Distribution::uniform(0, 1e8)));
  EXPECT_TRUE(net.overlay.cached());
  for (std::uint32_t a = 0; a < 20; ++a) {
    const auto peers = net.overlay.base_peers(NodeId{a});
    for (std::size_t k = 0; k < peers.size(); ++k) {
      EXPECT_EQ(net.overlay.base_latency(NodeId{a}, k), net.model.link(NodeId{a}, peers[k]));
      EXPECT_EQ(net.overlay.latency(NodeId{a}, peers[k]), net.overlay.latency(peers[k], NodeId{a}));
    }
  }
}

// What does not fit the 32 bits of the cache (4.29 s): to the nanosecond all the same, on both sides of the bound.
TEST(Overlay, KnowsLatenciesOfAnyLength) {
  for (const double ns : {4'294'967'294.0, 4'294'967'295.0, 4'294'967'296.0, 3600e9}) {
    const Net net({2, {{0, 1}}}, drawn(Distribution::constant(ns)));
    EXPECT_EQ(net.overlay.latency(NodeId{0}, NodeId{1}).ns, static_cast<std::int64_t>(ns));
    EXPECT_EQ(net.overlay.base_latency(NodeId{1}, 0).ns, static_cast<std::int64_t>(ns));
  }
}

}  // namespace
}  // namespace hearsay::network::overlay_test
