// Erdos-Renyi, Watts-Strogatz, Barabasi-Albert and geometric graphs.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/core/math.hpp"
#include "sim/network/edge_set.hpp"
#include "sim/network/position.hpp"
#include "sim/network/topology_kinds.hpp"

namespace hearsay::network {

namespace {

/// ln(1 - p), also where 1 - p would round p away.
double log_of_complement(double p) {
  if (p > 1e-4) return det_log(1.0 - p);
  // The next term of the series is p^4 / 5 < 1e-16 of the sum.
  return -p * (1.0 + p * (1.0 / 2.0 + p * (1.0 / 3.0 + p * (1.0 / 4.0))));
}

}  // namespace

// The pairs (b, a), a < b, in row order are independent trials, so the number of failures before the next edge is
// geometric: floor(ln U / ln(1 - p)) (Batagelj and Brandes 2005). O(nodes + edges).
std::vector<Edge> erdos_renyi(std::uint32_t nodes, double probability, KeyedDraws& draws) {
  HEARSAY_CHECK(probability >= 0 && probability <= 1, "a probability outside [0, 1]");
  std::vector<Edge> edges;
  if (probability == 0 || nodes < 2) return edges;
  const double log_failure =
      probability < 1 ? log_of_complement(probability) : -std::numeric_limits<double>::infinity();
  const double pairs = 0.5 * nodes * (nodes - 1.0);
  std::uint64_t a = 0;
  std::uint64_t b = 1;
  while (b < nodes) {
    const double skip = det_log(draws.open_uniform()) / log_failure;
    if (skip >= pairs) break;
    a += static_cast<std::uint64_t>(skip);
    while (a >= b && b < nodes) a -= b++;
    if (b >= nodes) break;
    edges.push_back({static_cast<std::uint32_t>(a), static_cast<std::uint32_t>(b)});
    if (++a == b) {
      a = 0;
      ++b;
    }
  }
  return edges;
}

// As Watts and Strogatz 1998: lap j looks at each node's link to the j-th next on the ring. O(edges).
std::vector<Edge> watts_strogatz(std::uint32_t nodes, std::uint32_t degree, double rewire, KeyedDraws& draws) {
  HEARSAY_CHECK(degree < nodes && degree % 2 == 0, "a lattice needs an even degree below the number of nodes");
  std::vector<Edge> edges;
  EdgeSet present(nodes, static_cast<std::uint64_t>(nodes) * degree / 2);
  for (std::uint32_t lap = 1; lap <= degree / 2; ++lap) {
    for (std::uint32_t node = 0; node < nodes; ++node) {
      const auto far = static_cast<std::uint32_t>((static_cast<std::uint64_t>(node) + lap) % nodes);
      edges.push_back({node, far});
      present.insert(node, far);
    }
  }
  std::vector<std::uint32_t> degrees(nodes, degree);
  for (Edge& edge : edges) {
    const std::uint32_t node = edge.a;
    if (draws.chance(rewire) && degrees[node] < nodes - 1) {
      std::uint32_t to = node;
      while (to == node || present.contains(node, to)) to = static_cast<std::uint32_t>(draws.below(nodes));
      present.erase(node, edge.b);
      present.insert(node, to);
      --degrees[edge.b];
      ++degrees[to];
      edge.b = to;
    }
    edge = edge_of(edge.a, edge.b);
  }
  return edges;
}

// Every edge leaves both its ends in a list; an entry drawn from it is a node drawn in proportion to its degree.
// O(edges).
std::vector<Edge> barabasi_albert(std::uint32_t nodes, std::uint32_t attach, KeyedDraws& draws) {
  HEARSAY_CHECK(attach > 0, "nodes that attach to nothing");
  std::vector<Edge> edges;
  std::vector<std::uint32_t> ends;
  const auto link = [&](std::uint32_t a, std::uint32_t b) {
    edges.push_back({a, b});
    ends.push_back(a);
    ends.push_back(b);
  };
  const std::uint32_t core = attach < nodes ? attach + 1 : nodes;
  for (std::uint32_t b = 1; b < core; ++b) {
    for (std::uint32_t a = 0; a < b; ++a) link(a, b);
  }
  std::vector<std::uint32_t> drawn_for(nodes, 0);  // the last node that chose this one; none is node 0
  std::vector<std::uint32_t> targets;
  for (std::uint32_t node = core; node < nodes; ++node) {
    targets.clear();
    while (targets.size() < attach) {
      const std::uint32_t target = ends[draws.below(ends.size())];
      if (std::exchange(drawn_for[target], node) != node) targets.push_back(target);
    }
    for (const std::uint32_t target : targets) link(target, node);
  }
  return edges;
}

// Points are sorted into square cells at least `radius` wide, so that only the cell itself and its eight neighbours
// hold candidates. O(nodes + edges).
std::vector<Edge> geometric(std::uint32_t nodes, double radius, std::uint64_t seed) {
  HEARSAY_CHECK(radius >= 0, "a negative radius");
  // No more cells than nodes: a tiny radius needs no tiny cells.
  const double most = std::max(1.0, std::floor(std::sqrt(static_cast<double>(nodes))));
  const auto side = static_cast<std::uint32_t>(radius * most <= 1 ? most : std::max(1.0, std::floor(1.0 / radius)));
  const auto cell = [side](double coordinate) {
    return std::min(side - 1, static_cast<std::uint32_t>(coordinate * side));
  };

  std::vector<Position> at(nodes);
  std::vector<std::uint32_t> start(static_cast<std::size_t>(side) * side + 1, 0);
  const auto cell_of = [&](std::uint32_t node) {
    return static_cast<std::size_t>(cell(at[node].y)) * side + cell(at[node].x);
  };
  for (std::uint32_t node = 0; node < nodes; ++node) {
    at[node] = position_of(seed, node);
    ++start[cell_of(node) + 1];
  }
  for (std::size_t i = 1; i < start.size(); ++i) start[i] += start[i - 1];
  std::vector<std::uint32_t> members(nodes);
  std::vector<std::uint32_t> fill(start.begin(), start.end() - 1);
  for (std::uint32_t node = 0; node < nodes; ++node) members[fill[cell_of(node)]++] = node;

  std::vector<Edge> edges;
  const auto link_near = [&](std::uint32_t a, std::uint32_t column, std::uint32_t row) {
    const std::size_t where = static_cast<std::size_t>(row) * side + column;
    for (std::uint32_t i = start[where]; i < start[where + 1]; ++i) {
      const std::uint32_t b = members[i];
      const double dx = at[a].x - at[b].x;
      const double dy = at[a].y - at[b].y;
      if (a < b && dx * dx + dy * dy <= radius * radius) edges.push_back({a, b});
    }
  };
  for (std::uint32_t a = 0; a < nodes; ++a) {
    const std::uint32_t column = cell(at[a].x);
    const std::uint32_t row = cell(at[a].y);
    for (std::uint32_t r = row == 0 ? 0 : row - 1; r <= std::min(row + 1, side - 1); ++r) {
      for (std::uint32_t c = column == 0 ? 0 : column - 1; c <= std::min(column + 1, side - 1); ++c) link_near(a, c, r);
    }
  }
  return edges;
}

}  // namespace hearsay::network
