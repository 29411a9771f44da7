#include "sim/network/nodes.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "sim/core/check.hpp"
#include "sim/core/random.hpp"

namespace hearsay::network {

namespace {

/// `count` of `candidates`, drawn without replacement (the first steps of a shuffle), ascending.
std::vector<std::uint32_t> drawn_from(std::vector<std::uint32_t> candidates, std::size_t count, KeyedDraws draws) {
  count = std::min(count, candidates.size());
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(candidates[i], candidates[i + draws.below(candidates.size() - i)]);
  }
  candidates.resize(count);
  std::sort(candidates.begin(), candidates.end());
  return candidates;
}

void draw_regions(const NetworkSpec& spec, std::uint64_t seed, std::vector<NodeAttributes>& nodes) {
  std::vector<double> shares;
  for (const RegionSpec& region : spec.regions) shares.push_back(region.share);
  const std::vector<std::uint32_t> counts = quotas(shares, static_cast<std::uint32_t>(nodes.size()));
  std::vector<RegionId> regions;
  regions.reserve(nodes.size());
  for (std::size_t r = 0; r < counts.size(); ++r) regions.insert(regions.end(), counts[r], static_cast<RegionId>(r));
  if (regions.empty()) return;  // a table without shares: groups say who is where
  KeyedDraws(seed, Stream::kRegionOfNode).shuffle(regions);
  for (std::size_t i = 0; i < nodes.size(); ++i) nodes[i].region = regions[i];
}

/// The members of every group, ascending; a node is in at most one.
std::vector<std::vector<std::uint32_t>> members_of(const NetworkSpec& spec, std::uint32_t n, std::uint64_t seed) {
  std::vector<bool> reserved(n, false);  // listed by a group, wherever it stands in the file, or taken
  for (const GroupSpec& group : spec.groups) {
    if (group.by != SelectBy::kIds) continue;
    for (const std::uint32_t id : group.ids) {
      HEARSAY_CHECK(id < n, "a group lists a node that does not exist");
      reserved[id] = true;
    }
  }
  std::vector<std::vector<std::uint32_t>> members(spec.groups.size());
  const std::vector<std::uint32_t> shares = group_quotas(spec.groups, n);
  for (std::size_t g = 0; g < spec.groups.size(); ++g) {
    const GroupSpec& group = spec.groups[g];
    if (group.by == SelectBy::kIds) {
      members[g] = group.ids;
      std::sort(members[g].begin(), members[g].end());
      continue;
    }
    std::vector<std::uint32_t> free;
    for (std::uint32_t id = 0; id < n; ++id) {
      if (!reserved[id]) free.push_back(id);
    }
    const std::size_t count = group.by == SelectBy::kRest    ? free.size()
                              : group.by == SelectBy::kCount ? group.count
                                                             : shares[g];
    members[g] = drawn_from(std::move(free), count, KeyedDraws(seed, Stream::kGroupMembers, g));
    for (const std::uint32_t id : members[g]) reserved[id] = true;
  }
  return members;
}

/// The k-th of m joins at from + (to - from) k / (m - 1); one alone at `from`.
SimTime joining_time(const GroupSpec& group, std::size_t k, std::size_t m) {
  if (m < 2) return group.joins_from;
  const Duration span = group.joins_to - group.joins_from;
  const auto steps = static_cast<std::int64_t>(m - 1);
  const auto step = static_cast<std::int64_t>(k);
  // span * k / steps, without the overflow of the product: span % steps and k are below 2^31.
  return group.joins_from + Duration{span.ns / steps * step + span.ns % steps * step / steps};
}

void apply(const GroupSpec& group, GroupId id, const std::vector<std::uint32_t>& members,
           std::vector<NodeAttributes>& nodes) {
  for (std::size_t k = 0; k < members.size(); ++k) {
    NodeAttributes& node = nodes[members[k]];
    node.group = id;
    node.role = group.role.value_or(kNoRole);
    node.region = group.region.value_or(node.region);
    node.validator = group.validator;
    node.extra_latency = group.extra_latency;
    node.inbound_cap = group.inbound_cap.value_or(node.inbound_cap);
    node.cores = group.cores.value_or(0);
    node.hash_power = group.hash_power.value_or(0) / static_cast<double>(members.size());
    if (group.joins) node.joins = joining_time(group, k, members.size());
  }
}

/// Group over network over the region's table.
void set_bandwidth(const NetworkSpec& spec, NodeAttributes& node) {
  if (node.region != kNoRegion && index(node.region) < spec.regions.size()) {
    node.uplink_bit_per_s = spec.regions[index(node.region)].uplink_bit_per_s;
    node.downlink_bit_per_s = spec.regions[index(node.region)].downlink_bit_per_s;
  }
  node.uplink_bit_per_s = spec.uplink_bit_per_s.value_or(node.uplink_bit_per_s);
  node.downlink_bit_per_s = spec.downlink_bit_per_s.value_or(node.downlink_bit_per_s);
  if (node.group == kNoGroup) return;
  const GroupSpec& group = spec.groups[index(node.group)];
  node.uplink_bit_per_s = group.uplink_bit_per_s.value_or(node.uplink_bit_per_s);
  node.downlink_bit_per_s = group.downlink_bit_per_s.value_or(node.downlink_bit_per_s);
}

}  // namespace

std::vector<NodeAttributes> draw_nodes(const NetworkSpec& spec, std::uint32_t n, std::uint64_t seed) {
  std::vector<NodeAttributes> nodes(n);
  for (NodeAttributes& node : nodes) node.inbound_cap = spec.inbound_cap;
  draw_regions(spec, seed, nodes);
  const auto members = members_of(spec, n, seed);
  for (std::size_t g = 0; g < members.size(); ++g) apply(spec.groups[g], static_cast<GroupId>(g), members[g], nodes);
  for (NodeAttributes& node : nodes) set_bandwidth(spec, node);

  const bool given =
      std::any_of(spec.groups.begin(), spec.groups.end(), [](const GroupSpec& g) { return g.hash_power.has_value(); });
  if (!given) {
    for (NodeAttributes& node : nodes) node.hash_power = 1.0 / n;
  }
  return nodes;
}

std::vector<std::uint32_t> select_nodes(const NodeSelector& selector, std::span<const NodeAttributes> nodes,
                                        std::uint64_t seed, std::uint64_t draws_index) {
  const auto n = static_cast<std::uint32_t>(nodes.size());
  const auto all = [n] {
    std::vector<std::uint32_t> ids(n);
    std::iota(ids.begin(), ids.end(), 0u);
    return ids;
  };
  const auto those = [&](auto matches) {
    std::vector<std::uint32_t> ids;
    for (std::uint32_t id = 0; id < n; ++id) {
      if (matches(nodes[id])) ids.push_back(id);
    }
    return ids;
  };
  const KeyedDraws draws(seed, Stream::kFaultMembers, draws_index);
  switch (selector.by) {
    case SelectBy::kAll: return all();
    case SelectBy::kIds: {
      std::vector<std::uint32_t> ids = selector.ids;
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      HEARSAY_CHECK(ids.empty() || ids.back() < n, "a selector lists a node that does not exist");
      return ids;
    }
    case SelectBy::kCount: return drawn_from(all(), selector.count, draws);
    case SelectBy::kShare: return drawn_from(all(), share_of(selector.share, n), draws);
    case SelectBy::kGroup: return those([&](const NodeAttributes& node) { return node.group == selector.group; });
    case SelectBy::kRegion: return those([&](const NodeAttributes& node) { return node.region == selector.region; });
    case SelectBy::kRole: return those([&](const NodeAttributes& node) { return node.role == selector.role; });
    case SelectBy::kRest: return those([](const NodeAttributes& node) { return node.group == kNoGroup; });
  }
  HEARSAY_CHECK(false, "a selector of no kind");
}

std::uint32_t share_of(double share, std::uint32_t n) {
  return static_cast<std::uint32_t>(std::clamp(std::floor(share * n + 0.5), 0.0, static_cast<double>(n)));
}

std::vector<std::uint32_t> group_quotas(std::span<const GroupSpec> groups, std::uint32_t n) {
  std::vector<double> shares;
  double left = 1;
  for (const GroupSpec& group : groups) {
    shares.push_back(group.by == SelectBy::kShare ? group.share : 0);
    left -= shares.back();
  }
  shares.push_back(std::max(left, 0.0));
  std::vector<std::uint32_t> counts = quotas(shares, n);
  counts.pop_back();
  return counts;
}

std::vector<std::uint32_t> quotas(std::span<const double> shares, std::uint32_t n) {
  const double sum = std::accumulate(shares.begin(), shares.end(), 0.0);
  std::vector<std::uint32_t> counts(shares.size(), 0);
  if (!(sum > 0)) return counts;
  // Rounding errors of the shares' arithmetic must decide neither a floor nor a tie: remainders are compared in
  // billionths of a node.
  constexpr double kGrid = 1e9;
  struct Remainder {
    double size;
    std::size_t place;
  };
  std::vector<Remainder> remainders;
  std::uint64_t given = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const double ideal = std::floor(shares[i] / sum * n * kGrid + 0.5) / kGrid;
    counts[i] = static_cast<std::uint32_t>(std::floor(ideal));
    given += counts[i];
    remainders.push_back({std::floor((ideal - std::floor(ideal)) * kGrid + 0.5), i});
  }
  std::sort(remainders.begin(), remainders.end(), [](const Remainder& a, const Remainder& b) {
    return a.size != b.size ? a.size > b.size : a.place < b.place;
  });
  for (std::size_t i = 0; given < n; ++i, ++given) ++counts[remainders[i % remainders.size()].place];
  return counts;
}

}  // namespace hearsay::network
