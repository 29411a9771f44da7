// Protocols that are set up from the network before the run: a flood along a breadth-first tree.

#include "sim/protocol/setup.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/protocol/tree.hpp"
#include "tests/support/own_protocol.hpp"
#include "tests/support/same_result.hpp"
#include "tests/support/script.hpp"
#include "tests/support/specs.hpp"

namespace hearsay::setup_test {
namespace {

using protocol::Context;
using test::metric;
using test::Script;
using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

/// What prepare() saw, for the tests to look at.
struct Seen {
  int calls = 0;
  std::vector<network::NodeAttributes> nodes;
  std::vector<std::string> roles, regions;
  std::vector<network::Position> positions;
  double drawn = 0;
};

/// Sends every item along the edges of one tree.
class TreeFlood {
 public:
  static constexpr std::string_view kName = "tree-flood";
  static constexpr std::string_view kSummary = "floods along a breadth-first tree";
  struct Params {
    std::uint32_t root = 0;
    Seen* seen = nullptr;
    template <class Fields>
    static void fields(Fields&) {}
  };
  struct Setup {
    protocol::Tree tree;
  };
  struct Copy {
    static constexpr std::string_view kName = "copy";
    ItemId id{};
    std::uint64_t wire_bytes() const { return 100; }
    auto content() const { return std::tie(id); }
    std::span<const ItemId> items() const { return {&id, 1}; }
  };
  using Message = std::variant<Copy>;
  struct Timer {
    auto content() const { return std::tuple(); }
  };

  static Setup prepare(const Params& params, const protocol::SetupView& view) {
    if (params.seen != nullptr) {
      ++params.seen->calls;
      params.seen->nodes.assign(view.nodes.begin(), view.nodes.end());
      params.seen->roles.assign(view.roles.begin(), view.roles.end());
      params.seen->regions.assign(view.regions.begin(), view.regions.end());
      for (std::uint32_t n = 0; n < view.nodes.size(); ++n) params.seen->positions.push_back(view.position(NodeId{n}));
      params.seen->drawn = view.draws(3).uniform();
    }
    return {protocol::bfs_tree(view, NodeId{params.root})};
  }

  void on_start(Context<TreeFlood>&) {}
  void on_publish(Context<TreeFlood>& ctx, ItemId item) { accept(ctx, item, kNoNode); }
  void on_message(Context<TreeFlood>& ctx, NodeId from, const Message& message) {
    accept(ctx, std::get<Copy>(message).id, from);
  }
  void on_timer(Context<TreeFlood>&, const Timer&) {}

 private:
  static void accept(Context<TreeFlood>& ctx, ItemId item, NodeId from) {
    const protocol::Tree& tree = ctx.setup().tree;
    ctx.deliver(item);
    std::vector<NodeId>& to = ctx.scratch();
    for (const NodeId child : tree.children(ctx.self()))
      if (child != from) to.push_back(child);
    const NodeId above = tree.parent(ctx.self());
    if (above != kNoNode && above != from) to.push_back(above);
    ctx.send(to, Copy{item});
  }
};

simulation::RunSpec regular_network() {
  auto spec = test::basic_spec("flood", network::TopologyKind::kRandomRegular, 300);
  spec.topology.degree = 5;
  test::set_protocol<TreeFlood>(spec);
  return spec;
}

TEST(Setup, ATreeCarriesEachItemToEveryNodeOnce) {
  auto spec = regular_network();
  spec.workloads = {test::burst(10, std::nullopt)};
  const auto result = test::run(spec);
  EXPECT_EQ(metric(result, "coverage_min"), 1);
  EXPECT_EQ(metric(result, "messages_sent"), 10 * 299);
  EXPECT_EQ(metric(result, "duplicates"), 0);
}

// From the root a breadth-first tree is as fast as a flood over all edges, where all links take the same time.
TEST(Setup, ABreadthFirstTreeReachesEveryNodeByAShortestWay) {
  auto spec = regular_network();
  const auto tree = test::run(spec);
  auto flood = test::basic_spec("flood", network::TopologyKind::kRandomRegular, 300);
  flood.topology.degree = 5;
  const auto all = test::run(flood);
  EXPECT_EQ(metric(tree, "latency_mean_s"), metric(all, "latency_mean_s"));
  EXPECT_EQ(metric(tree, "hops_max"), metric(all, "hops_max"));
}

TEST(Setup, IsOneForAllThreadsAndItsRunTheSame) {
  auto spec = regular_network();
  Seen seen;
  test::params<TreeFlood>(spec) = {.root = 7, .seen = &seen};
  spec.workloads = {test::burst(20, std::nullopt)};
  spec.network.latency = test::latency(Distribution::uniform(10e6, 80e6));
  const auto one = simulation::run(spec, {});
  EXPECT_EQ(seen.calls, 1);
  test::expect_same(one, simulation::run(spec, test::on_threads(3)));
  EXPECT_EQ(seen.calls, 2);
}

TEST(Setup, SeesNodesRolesRegionsAndPositions) {
  auto spec = regular_network();
  Seen seen;
  test::params<TreeFlood>(spec).seen = &seen;
  spec.network.roles = {"hub"};
  spec.network.regions = {{.name = "eu"}};
  network::GroupSpec group;
  group.by = network::SelectBy::kIds;
  group.ids = {4};
  group.role = RoleId{0};
  group.region = RegionId{0};
  spec.network.groups = {group};
  test::run(spec);
  EXPECT_THAT(seen.roles, ElementsAre("hub"));
  EXPECT_THAT(seen.regions, ElementsAre("eu"));
  ASSERT_EQ(seen.nodes.size(), 300u);
  EXPECT_EQ(seen.nodes[4].role, RoleId{0});
  EXPECT_EQ(seen.nodes[5].role, kNoRole);
  std::set<std::pair<double, double>> points;
  for (const auto& at : seen.positions) points.insert({at.x, at.y});
  EXPECT_EQ(points.size(), 300u);
  const double first = seen.drawn;
  test::run(spec, 1);
  EXPECT_NE(seen.drawn, first);  // another replication
}

TEST(SetupByHand, ComesFromTheScriptsPeers) {
  // 0 - 1 - 2 and 0 - 3 - 2: node 2 hangs on 1, which its root visits first.
  Script<TreeFlood> s({}, {{1, 3}, {0, 2}, {1, 3}, {0, 2}});
  s.publish(2);
  EXPECT_THAT(s.recipients(2), ElementsAre(1u));
  s.deliver(2, 1);
  EXPECT_THAT(s.recipients(1), ElementsAre(0u));
  s.deliver(1, 0);
  EXPECT_THAT(s.recipients(0), ElementsAre(3u));
}

class List final : public protocol::SetupView {
 public:
  explicit List(std::vector<std::vector<NodeId>> peers) : SetupView(1), peers_(std::move(peers)), all_(peers_.size()) {
    nodes = all_;
  }
  std::span<const NodeId> neighbours(NodeId node) const override { return peers_[index(node)]; }
  Duration link_latency(NodeId, NodeId) const override { return {}; }
  network::Position position(NodeId) const override { return {}; }

 private:
  std::vector<std::vector<NodeId>> peers_;
  std::vector<network::NodeAttributes> all_;
};

TEST(BfsTree, LeavesOutWhatTheRootCannotReach) {
  const auto n = [](std::uint32_t id) { return NodeId{id}; };
  const auto tree = bfs_tree(List({{n(1), n(2)}, {n(0)}, {n(0), n(3)}, {n(2)}, {n(5)}, {n(4)}}), n(2));
  EXPECT_EQ(tree.root(), n(2));
  EXPECT_EQ(tree.parent(n(2)), kNoNode);
  EXPECT_THAT(tree.children(n(2)), UnorderedElementsAre(n(0), n(3)));
  EXPECT_EQ(tree.parent(n(1)), n(0));
  EXPECT_EQ(tree.depth(n(1)), 2u);
  EXPECT_FALSE(tree.contains(n(4)));
  EXPECT_EQ(tree.depth(n(5)), protocol::Tree::kOutside);
}

}  // namespace
}  // namespace hearsay::setup_test
