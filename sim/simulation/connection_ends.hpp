#pragma once

// The ends of connections that each node holds. Of a node whose connections never changed nothing is stored: its ends
// are those that the topology gave.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/ids.hpp"
#include "sim/network/overlay.hpp"

namespace hearsay::simulation {

/// One node's end of a connection.
struct ConnectionEnd {
  static constexpr std::uint32_t kTopology = 0xffff'ffff;  ///< id of what the topology gave

  NodeId peer = kNoNode;
  std::uint32_t id = kTopology;  ///< of the connection, for both ends: who opened it, and when
  bool up = false;               ///< false: asked for
  bool inbound = false;          ///< this node did not ask for it
  bool closing = false;          ///< gone in 1 ns
};

/// A node's ends are changed by whoever runs the node.
class ConnectionEnds {
 public:
  /// `overlay` must outlive it, and is asked for the peers of nodes whose ends nobody has changed yet. Nothing is kept
  /// where nothing can change.
  ConnectionEnds(network::Overlay& overlay, bool can_change) : overlay_(overlay) {
    if (!can_change) return;
    ends_.resize(overlay.nodes());
    overlay.allow_changes();
  }

  bool can_change() const { return !ends_.empty(); }
  std::span<const ConnectionEnd> of(NodeId node) { return list(node); }
  /// Null if there is none. Valid until one is added or removed.
  ConnectionEnd* find(NodeId node, NodeId peer) {
    auto& all = list(node);
    const auto at = place(all, peer);
    return at != all.end() && at->peer == peer ? &*at : nullptr;
  }
  ConnectionEnd& add(NodeId node, const ConnectionEnd& end) {
    auto& all = list(node);
    return *all.insert(place(all, end.peer), end);
  }
  void remove(NodeId node, NodeId peer) {
    auto& all = list(node);
    all.erase(place(all, peer));
  }
  void clear(NodeId node) { list(node).clear(); }
  /// Those that this node did not ask for. O(ends).
  std::uint32_t inbound(NodeId node) {
    const auto& all = list(node);
    return static_cast<std::uint32_t>(
        std::count_if(all.begin(), all.end(), [](const ConnectionEnd& end) { return end.inbound; }));
  }
  std::size_t memory_bytes() const {
    std::size_t bytes = ends_.capacity() * sizeof(void*);
    for (const auto& list : ends_)
      if (list) bytes += sizeof(*list) + list->capacity() * sizeof(ConnectionEnd);
    return bytes;
  }

 private:
  using List = std::vector<ConnectionEnd>;  // by peer

  static List::iterator place(List& all, NodeId peer) {
    return std::partition_point(all.begin(), all.end(), [peer](const ConnectionEnd& end) { return end.peer < peer; });
  }
  List& list(NodeId node) {
    HEARSAY_CHECK(can_change(), "connections change only where something can change them");
    auto& own = ends_[index(node)];
    if (!own) {
      own = std::make_unique<List>();
      // The topology's links were opened by nobody, so they are inbound at both ends.
      for (const NodeId peer : overlay_.peers(node))
        own->push_back({.peer = peer, .id = ConnectionEnd::kTopology, .up = true, .inbound = true});
      std::sort(own->begin(), own->end(),
                [](const ConnectionEnd& a, const ConnectionEnd& b) { return a.peer < b.peer; });
    }
    return *own;
  }

  network::Overlay& overlay_;
  std::vector<std::unique_ptr<List>> ends_;
};

}  // namespace hearsay::simulation
