#pragma once

// Who is whose peer, for scripts.

#include <utility>
#include <vector>

namespace hearsay::test {

using PeerLists = std::vector<std::vector<unsigned>>;

/// 0 - 1 - ... - n-1.
PeerLists peers_of_line(unsigned n);
PeerLists peers_of_ring(unsigned n);
/// Node 0 is the hub of n nodes.
PeerLists peers_of_star(unsigned n);
PeerLists peers_of_complete(unsigned n);
PeerLists peers_of_edges(unsigned n, const std::vector<std::pair<unsigned, unsigned>>& edges);

}  // namespace hearsay::test
