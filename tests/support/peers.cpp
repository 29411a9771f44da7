#include "tests/support/peers.hpp"

namespace hearsay::test {

PeerLists peers_of_edges(unsigned n, const std::vector<std::pair<unsigned, unsigned>>& edges) {
  PeerLists peers(n);
  for (const auto& [a, b] : edges) {
    peers[a].push_back(b);
    peers[b].push_back(a);
  }
  return peers;
}

PeerLists peers_of_line(unsigned n) {
  std::vector<std::pair<unsigned, unsigned>> edges;
  for (unsigned i = 1; i < n; ++i) edges.emplace_back(i - 1, i);
  return peers_of_edges(n, edges);
}

PeerLists peers_of_ring(unsigned n) {
  PeerLists peers = peers_of_line(n);
  peers[0].push_back(n - 1);
  peers[n - 1].push_back(0);
  return peers;
}

PeerLists peers_of_star(unsigned n) {
  std::vector<std::pair<unsigned, unsigned>> edges;
  for (unsigned i = 1; i < n; ++i) edges.emplace_back(0, i);
  return peers_of_edges(n, edges);
}

PeerLists peers_of_complete(unsigned n) {
  std::vector<std::pair<unsigned, unsigned>> edges;
  for (unsigned a = 0; a < n; ++a)
    for (unsigned b = a + 1; b < n; ++b) edges.emplace_back(a, b);
  return peers_of_edges(n, edges);
}

}  // namespace hearsay::test
