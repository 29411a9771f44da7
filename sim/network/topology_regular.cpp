// Random regular graphs by the configuration model: each node holds `degree` stubs, which are shuffled and paired.
// A pair that is a self-loop or repeats an edge is not accepted; for each of these (u, v) a random edge {x, y} is
// then switched to {u, x} and {v, y} where that gives no new flaw, which keeps all degrees. At a fixed degree d only
// about (d^2 - 1) / 4 pairs are flawed, whatever n. A pairing without flaw is uniform over all regular graphs; the
// repair favours some, which shows in small or dense graphs, so random switches follow it in proportion to the flaws:
// their stationary distribution is uniform. Above half of n - 1 the complement of a regular graph is drawn, as a
// dense pairing would be mostly flawed. Near-linear in the number of edges.

#include <cstddef>
#include <utility>

#include "sim/core/check.hpp"
#include "sim/network/edge_set.hpp"
#include "sim/network/topology_kinds.hpp"

namespace hearsay::network {

namespace {

class Pairing {
 public:
  Pairing(std::uint32_t nodes, std::uint32_t degree, KeyedDraws& draws)
      : draws_(draws), present_(nodes, static_cast<std::uint64_t>(nodes) * degree / 2) {
    std::vector<std::uint32_t> stubs(static_cast<std::size_t>(nodes) * degree);
    for (std::size_t i = 0; i < stubs.size(); ++i) stubs[i] = static_cast<std::uint32_t>(i / degree);
    draws.shuffle(stubs);
    edges_.reserve(stubs.size() / 2);
    for (std::size_t i = 0; i < stubs.size(); i += 2) {
      const Edge edge = edge_of(stubs[i], stubs[i + 1]);
      (edge.a != edge.b && present_.insert(edge.a, edge.b) ? edges_ : flawed_).push_back(edge);
    }
  }

  /// False if it ran out of tries, which happens only on tiny graphs.
  bool repair() {
    const std::uint64_t flaws = flawed_.size();
    std::uint64_t tries = 1'000 + 100 * (edges_.size() + flaws);
    while (!flawed_.empty()) {
      if (edges_.empty() || tries-- == 0) return false;
      const auto [u, v] = flawed_.back();
      const std::size_t other = draws_.below(edges_.size());
      const auto [x, y] = turned(edges_[other]);
      if (!can_switch(u, v, x, y)) continue;
      present_.erase(x, y);
      link(edges_[other], u, x);
      link(edges_.emplace_back(), v, y);
      flawed_.pop_back();
    }
    for (std::uint64_t i = 0; flaws > 0 && i < 100 + 20 * flaws; ++i) mix();
    return true;
  }

  std::vector<Edge> edges() && { return std::move(edges_); }

 private:
  Edge turned(Edge edge) { return draws_.below(2) == 1 ? Edge{edge.b, edge.a} : edge; }

  /// Whether {u, x} and {v, y} would both be new edges.
  bool can_switch(std::uint32_t u, std::uint32_t v, std::uint32_t x, std::uint32_t y) const {
    const bool one_edge = u == y && v == x;
    return u != x && v != y && !one_edge && !present_.contains(u, x) && !present_.contains(v, y);
  }

  void link(Edge& edge, std::uint32_t a, std::uint32_t b) {
    edge = edge_of(a, b);
    present_.insert(a, b);
  }

  void mix() {
    const std::size_t first = draws_.below(edges_.size());
    const std::size_t second = draws_.below(edges_.size());
    const auto [u, v] = edges_[first];
    const auto [x, y] = turned(edges_[second]);
    if (first == second || !can_switch(u, v, x, y)) return;
    present_.erase(u, v);
    present_.erase(x, y);
    link(edges_[first], u, x);
    link(edges_[second], v, y);
  }

  KeyedDraws& draws_;
  EdgeSet present_;  // edges_, all different
  std::vector<Edge> edges_;
  std::vector<Edge> flawed_;  // self-loops and repeats, not in edges_
};

}  // namespace

std::vector<Edge> random_regular(std::uint32_t nodes, std::uint32_t degree, KeyedDraws& draws) {
  if (degree == 0) return {};
  HEARSAY_CHECK(degree < nodes && static_cast<std::uint64_t>(nodes) * degree % 2 == 0, "no such regular graph");
  if (degree <= (nodes - 1) / 2) {
    while (true) {
      Pairing pairing(nodes, degree, draws);
      if (pairing.repair()) return std::move(pairing).edges();
    }
  }
  const std::vector<Edge> missing = random_regular(nodes, nodes - 1 - degree, draws);
  EdgeSet absent(nodes, missing.size());
  for (const Edge& edge : missing) absent.insert(edge.a, edge.b);
  std::vector<Edge> edges;
  edges.reserve(static_cast<std::size_t>(nodes) * degree / 2);
  for (std::uint32_t a = 0; a < nodes; ++a) {
    for (std::uint32_t b = a + 1; b < nodes; ++b) {
      if (!absent.contains(a, b)) edges.push_back({a, b});
    }
  }
  return edges;
}

}  // namespace hearsay::network
