#include "sim/network/nodes.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <set>
#include <vector>

namespace hearsay::network::nodes_test {
namespace {

using Counts = std::vector<std::uint32_t>;

RegionSpec region(double share, std::uint64_t uplink = 0, std::uint64_t downlink = 0) {
  RegionSpec spec;
  spec.share = share;
  spec.uplink_bit_per_s = uplink;
  spec.downlink_bit_per_s = downlink;
  return spec;
}

GroupSpec by_ids(const Counts& ids) {
  GroupSpec group;
  group.by = SelectBy::kIds;
  group.ids = ids;
  return group;
}

GroupSpec by_count(std::uint32_t count) {
  GroupSpec group;
  group.by = SelectBy::kCount;
  group.count = count;
  return group;
}

GroupSpec by_share(double share) {
  GroupSpec group;
  group.by = SelectBy::kShare;
  group.share = share;
  return group;
}

Counts members(const std::vector<NodeAttributes>& nodes, std::uint16_t group) {
  Counts ids;
  for (std::uint32_t id = 0; id < nodes.size(); ++id) {
    if (nodes[id].group == GroupId{group}) ids.push_back(id);
  }
  return ids;
}

Counts quotas_of(const std::vector<double>& shares, std::uint32_t n) { return quotas(shares, n); }

TEST(Nodes, QuotasGiveTheRestToTheLargestRemainders) {
  EXPECT_EQ(quotas_of({0.5, 0.3, 0.2}, 10), (Counts{5, 3, 2}));
  EXPECT_EQ(quotas_of({0.5, 0.3, 0.2}, 11), (Counts{6, 3, 2}));   // 5.5 3.3 2.2
  EXPECT_EQ(quotas_of({0.4, 0.35, 0.25}, 7), (Counts{3, 2, 2}));  // 2.8 2.45 1.75
  EXPECT_EQ(quotas_of({1.0}, 7), (Counts{7}));
}

TEST(Nodes, QuotasGiveTiesToTheLowerIndex) {
  EXPECT_EQ(quotas_of({0.25, 0.25, 0.25, 0.25}, 6), (Counts{2, 2, 1, 1}));
  const double third = 1.0 / 3.0;
  EXPECT_EQ(quotas_of({third, third, third}, 8), (Counts{3, 3, 2}));
}

// 0.1 x 30 and the like are not whole in binary; the quota is.
TEST(Nodes, QuotasDoNotFallForTheRoundingOfShares) {
  EXPECT_EQ(quotas_of({0.1, 0.2, 0.3, 0.4}, 30), (Counts{3, 6, 9, 12}));
  EXPECT_EQ(quotas_of({0.29, 0.71}, 100), (Counts{29, 71}));
}

TEST(Nodes, QuotasRenormaliseTablesThatDoNotSumToOne) {
  EXPECT_EQ(quotas_of({0.4999, 0.4999}, 1000), (Counts{500, 500}));
  EXPECT_EQ(quotas_of({0, 0}, 1000), (Counts{0, 0}));
  EXPECT_EQ(quotas_of({}, 1000), (Counts{}));
}

TEST(Nodes, QuotasSumToTheNumberOfNodes) {
  const std::vector<double> bitcoin{0.3316, 0.4998, 0.009, 0.1177, 0.0224, 0.0195};
  for (std::uint32_t n : {1u, 2u, 7u, 100u, 599u, 1'000'003u}) {
    const Counts counts = quotas(bitcoin, n);
    EXPECT_EQ(std::accumulate(counts.begin(), counts.end(), 0u), n);
    for (std::size_t i = 0; i < counts.size(); ++i) EXPECT_LT(std::abs(counts[i] - bitcoin[i] * n), 1);
  }
}

TEST(Nodes, AShareIsRoundedHalvesUp) {
  EXPECT_EQ(share_of(0.5, 5), 3u);
  EXPECT_EQ(share_of(0.5, 4), 2u);
  EXPECT_EQ(share_of(0.124, 100), 12u);
  EXPECT_EQ(share_of(0, 100), 0u);
  EXPECT_EQ(share_of(1, 100), 100u);
  EXPECT_EQ(share_of(2, 100), 100u);
}

TEST(Nodes, RegionsHaveTheirQuotasShuffled) {
  NetworkSpec spec;
  spec.regions = {region(0.5), region(0.3), region(0.2)};
  const auto nodes = draw_nodes(spec, 1000, 1);
  std::vector<int> counts(3);
  for (const auto& node : nodes) ++counts.at(index(node.region));
  EXPECT_EQ(counts, (std::vector<int>{500, 300, 200}));
  // Hypergeometric: 250 of the first region among the first 500, sd sqrt(500 x 0.25 x 500 / 999) = 7.9.
  const auto early =
      std::count_if(nodes.begin(), nodes.begin() + 500, [](const auto& node) { return node.region == RegionId{0}; });
  EXPECT_NEAR(static_cast<double>(early), 250, 3.89 * 7.9);
  EXPECT_EQ(draw_nodes(spec, 1000, 1)[7].region, nodes[7].region);
}

TEST(Nodes, WithoutATableThereIsNoRegion) {
  const auto nodes = draw_nodes({}, 3, 1);
  for (const auto& node : nodes) {
    EXPECT_EQ(node.region, kNoRegion);
    EXPECT_EQ(node.group, kNoGroup);
    EXPECT_EQ(node.role, kNoRole);
    EXPECT_EQ(node.uplink_bit_per_s, 0u);
    EXPECT_DOUBLE_EQ(node.hash_power, 1.0 / 3.0);
  }
}

TEST(Nodes, ATableWithoutSharesLeavesTheRegionToTheGroups) {
  NetworkSpec spec;
  spec.regions = {region(0), region(0)};
  spec.groups = {by_ids({1})};
  spec.groups[0].region = RegionId{1};
  const auto nodes = draw_nodes(spec, 2, 1);
  EXPECT_EQ(nodes[0].region, kNoRegion);
  EXPECT_EQ(nodes[1].region, RegionId{1});
}

TEST(Nodes, AGroupBeatsTheNetworkWhichBeatsTheTable) {
  NetworkSpec spec;
  spec.regions = {region(1, 10, 100)};
  spec.groups = {by_ids({0}), by_ids({1})};
  spec.groups[0].uplink_bit_per_s = 5;
  auto nodes = draw_nodes(spec, 3, 1);
  EXPECT_EQ(nodes[0].uplink_bit_per_s, 5u);
  EXPECT_EQ(nodes[0].downlink_bit_per_s, 100u);
  EXPECT_EQ(nodes[1].uplink_bit_per_s, 10u);

  spec.uplink_bit_per_s = 7;
  spec.downlink_bit_per_s = 0;  // "unlimited", said by the network
  nodes = draw_nodes(spec, 3, 1);
  EXPECT_EQ(nodes[0].uplink_bit_per_s, 5u);
  EXPECT_EQ(nodes[1].uplink_bit_per_s, 7u);
  EXPECT_EQ(nodes[2].uplink_bit_per_s, 7u);
  EXPECT_EQ(nodes[2].downlink_bit_per_s, 0u);
}

TEST(Nodes, AGroupsRegionGivesItsBandwidth) {
  NetworkSpec spec;
  spec.regions = {region(1, 10, 100), region(0, 20, 200)};
  spec.groups = {by_ids({2})};
  spec.groups[0].region = RegionId{1};
  const auto nodes = draw_nodes(spec, 3, 1);
  EXPECT_EQ(nodes[2].uplink_bit_per_s, 20u);
  EXPECT_EQ(nodes[1].uplink_bit_per_s, 10u);
}

TEST(Nodes, GroupsTakeTheirNodesInFileOrderAndNeverOverlap) {
  NetworkSpec spec;
  spec.groups = {by_count(30), by_share(0.255), by_ids({0, 50, 99}), GroupSpec{}};  // the last: rest
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const auto nodes = draw_nodes(spec, 100, seed);
    EXPECT_EQ(members(nodes, 0).size(), 30u);
    EXPECT_EQ(members(nodes, 1).size(), 26u);  // 25.5, halves up
    EXPECT_EQ(members(nodes, 2), (Counts{0, 50, 99}));
    EXPECT_EQ(members(nodes, 3).size(), 41u);
  }
}

// A group's draw is its own: what another group takes elsewhere does not redraw it.
TEST(Nodes, TheFirstDrawnGroupDoesNotDependOnLaterDrawnGroups) {
  NetworkSpec spec;
  spec.groups = {by_count(30)};
  const Counts alone = members(draw_nodes(spec, 100, 5), 0);
  spec.groups.push_back(by_count(20));
  EXPECT_EQ(members(draw_nodes(spec, 100, 5), 0), alone);
}

// Each node in 3 of 10: the standard deviation over 2000 draws is sqrt(0.21 / 2000) = 0.0102; 4.5 of these give 7e-6
// for each of ten.
TEST(Nodes, ADrawnGroupIsUniform) {
  NetworkSpec spec;
  spec.groups = {by_count(3)};
  std::vector<int> hits(10);
  for (std::uint64_t seed = 0; seed < 2000; ++seed) {
    for (const std::uint32_t id : members(draw_nodes(spec, 10, seed), 0)) ++hits[id];
  }
  for (const int hit : hits) EXPECT_NEAR(hit / 2000.0, 0.3, 0.046);
}

TEST(Nodes, HashPowerIsSplitEquallyOverAGroup) {
  NetworkSpec spec;
  spec.groups = {by_ids({0}), by_count(4), GroupSpec{}};
  spec.groups[0].hash_power = 0.3;
  spec.groups[1].hash_power = 0.7;
  const auto nodes = draw_nodes(spec, 10, 1);
  EXPECT_DOUBLE_EQ(nodes[0].hash_power, 0.3);
  for (const std::uint32_t id : members(nodes, 1)) EXPECT_DOUBLE_EQ(nodes[id].hash_power, 0.175);
  for (const std::uint32_t id : members(nodes, 2)) EXPECT_EQ(nodes[id].hash_power, 0);
}

TEST(Nodes, MembersJoinEvenlySpreadInIdOrder) {
  NetworkSpec spec;
  spec.groups = {by_ids({9, 1, 4}), by_ids({3})};
  for (GroupSpec& group : spec.groups) {
    group.joins = true;
    group.joins_from = SimTime{10};
    group.joins_to = SimTime{20};
  }
  const auto nodes = draw_nodes(spec, 10, 1);
  EXPECT_EQ(nodes[1].joins.ns, 10);
  EXPECT_EQ(nodes[4].joins.ns, 15);
  EXPECT_EQ(nodes[9].joins.ns, 20);
  EXPECT_EQ(nodes[3].joins.ns, 10);
  EXPECT_EQ(nodes[0].joins.ns, 0);
}

TEST(Nodes, JoiningTimesDoNotOverflow) {
  NetworkSpec spec;
  spec.groups = {GroupSpec{}};
  spec.groups[0].joins = true;
  spec.groups[0].joins_to = kMaxSimTime;
  const auto nodes = draw_nodes(spec, 1'000'000, 1);
  EXPECT_EQ(nodes.front().joins.ns, 0);
  EXPECT_EQ(nodes.back().joins, kMaxSimTime);
  EXPECT_TRUE(
      std::is_sorted(nodes.begin(), nodes.end(), [](const auto& a, const auto& b) { return a.joins < b.joins; }));
}

TEST(Nodes, OtherAttributesComeFromTheGroup) {
  NetworkSpec spec;
  spec.groups = {by_ids({1})};
  spec.groups[0].role = RoleId{2};
  spec.groups[0].validator = true;
  spec.groups[0].extra_latency = milliseconds(5);
  const auto nodes = draw_nodes(spec, 2, 1);
  EXPECT_EQ(nodes[1].role, RoleId{2});
  EXPECT_TRUE(nodes[1].validator);
  EXPECT_EQ(nodes[1].extra_latency, milliseconds(5));
  EXPECT_FALSE(nodes[0].validator);
}

TEST(Nodes, SelectorsNameTheirNodesAscending) {
  NetworkSpec spec;
  spec.regions = {region(0.5), region(0.5)};
  spec.groups = {by_ids({2, 7})};
  spec.groups[0].role = RoleId{0};
  const auto nodes = draw_nodes(spec, 10, 1);
  const auto select = [&](SelectBy by, auto change) {
    NodeSelector selector;
    selector.by = by;
    change(selector);
    return select_nodes(selector, nodes, 1, 0);
  };
  EXPECT_EQ(select(SelectBy::kAll, [](auto&) {}), (Counts{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(select(SelectBy::kIds, [](auto& s) { s.ids = {8, 3, 8}; }), (Counts{3, 8}));
  EXPECT_EQ(select(SelectBy::kGroup, [](auto& s) { s.group = GroupId{0}; }), (Counts{2, 7}));
  EXPECT_EQ(select(SelectBy::kRole, [](auto& s) { s.role = RoleId{0}; }), (Counts{2, 7}));
  EXPECT_EQ(select(SelectBy::kRegion, [](auto& s) { s.region = RegionId{1}; }).size(), 5u);
  EXPECT_EQ(select(SelectBy::kCount, [](auto& s) { s.count = 4; }).size(), 4u);
  const Counts half = select(SelectBy::kShare, [](auto& s) { s.share = 0.25; });
  EXPECT_EQ(half.size(), 3u);  // 2.5, halves up
  EXPECT_TRUE(std::is_sorted(half.begin(), half.end()));
}

TEST(Nodes, EachFaultDrawsItsOwnNodes) {
  const auto nodes = draw_nodes({}, 100, 1);
  NodeSelector selector;
  selector.by = SelectBy::kCount;
  selector.count = 10;
  EXPECT_EQ(select_nodes(selector, nodes, 1, 0), select_nodes(selector, nodes, 1, 0));
  EXPECT_NE(select_nodes(selector, nodes, 1, 0), select_nodes(selector, nodes, 1, 1));
  EXPECT_NE(select_nodes(selector, nodes, 1, 0), select_nodes(selector, nodes, 2, 0));
}

}  // namespace
}  // namespace hearsay::network::nodes_test
