// The overlay of Bitcoin-like networks, as nodes open it: in id order, each to distinct uniformly chosen nodes that
// are not already its peers, in either direction, and have room for an inbound link. A node finds fewer only when
// no such node is left.

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "sim/core/check.hpp"
#include "sim/network/edge_set.hpp"
#include "sim/network/topology_kinds.hpp"

namespace hearsay::network {

namespace {

/// How many links each node opens. With a distribution, exact: round(n * cdf[i]) nodes open at most i + 1; shuffled.
std::vector<std::uint32_t> outbound_degrees(const TopologySpec& spec, KeyedDraws& draws) {
  if (spec.outbound > 0) return std::vector<std::uint32_t>(spec.nodes, spec.outbound);
  HEARSAY_CHECK(!spec.outbound_cdf.empty(), "a bitcoin topology without outbound links");
  std::vector<std::uint32_t> degrees;
  degrees.reserve(spec.nodes);
  for (std::size_t i = 0; i < spec.outbound_cdf.size(); ++i) {
    const double at_most = std::floor(spec.outbound_cdf[i] * spec.nodes + 0.5);
    const std::size_t upto = i + 1 == spec.outbound_cdf.size() ? spec.nodes : static_cast<std::size_t>(at_most);
    if (upto > degrees.size())
      degrees.resize(std::min<std::size_t>(upto, spec.nodes), static_cast<std::uint32_t>(i + 1));
  }
  draws.shuffle(degrees);
  return degrees;
}

}  // namespace

std::vector<Edge> bitcoin(const TopologySpec& spec, KeyedDraws& draws) {
  const std::uint32_t nodes = spec.nodes;
  const std::vector<std::uint32_t> outbound = outbound_degrees(spec, draws);
  std::uint64_t wanted = 0;
  for (const std::uint32_t degree : outbound) wanted += degree;

  std::vector<Edge> edges;
  edges.reserve(wanted);
  EdgeSet present(nodes, wanted);
  std::vector<std::uint32_t> inbound(nodes, 0);
  std::vector<std::uint32_t> open(nodes);  // nodes with room for an inbound link, in an order of no meaning
  for (std::uint32_t node = 0; node < nodes; ++node) open[node] = node;
  std::vector<std::size_t> eligible;  // places in `open`

  for (std::uint32_t node = 0; node < nodes; ++node) {
    const auto is_eligible = [&](std::size_t place) {
      return open[place] != node && !present.contains(node, open[place]);
    };
    for (std::uint32_t link = 0; link < outbound[node]; ++link) {
      // Most nodes are eligible; when 32 draws in a row were not, list those that are.
      std::size_t place = open.size();
      for (int attempt = 0; attempt < 32 && place == open.size() && !open.empty(); ++attempt) {
        const auto drawn = static_cast<std::size_t>(draws.below(open.size()));
        if (is_eligible(drawn)) place = drawn;
      }
      if (place == open.size()) {
        eligible.clear();
        for (std::size_t i = 0; i < open.size(); ++i) {
          if (is_eligible(i)) eligible.push_back(i);
        }
        if (eligible.empty()) break;
        place = eligible[draws.below(eligible.size())];
      }
      const std::uint32_t to = open[place];
      present.insert(node, to);
      edges.push_back(edge_of(node, to));
      if (++inbound[to] == spec.inbound_cap) {
        open[place] = open.back();
        open.pop_back();
      }
    }
  }
  return edges;
}

}  // namespace hearsay::network
