#pragma once

// The nodes that one node knows, at most one entry each, in the order of their ids, so that a draw of the k-th is
// the same on every machine.
//
// find O(log n), insert and erase O(n) moves of 16 bytes; a draw of a stranger O(n), of a peer O(n).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"

namespace hearsay::membership {

class View {
 public:
  struct Entry {
    NodeId node = kNoNode;
    std::uint16_t missed = 0;  ///< pings in a row
    bool connected = false;
    bool awaited = false;  ///< the pong of this round
    SimTime heard;         ///< last sign of life that anybody told of
  };

  std::span<const Entry> entries() const { return entries_; }
  std::size_t size() const { return entries_.size(); }
  std::size_t peers() const { return peers_; }
  std::size_t strangers() const { return entries_.size() - peers_; }

  /// Valid until the view changes; nullptr if the node is not known.
  Entry* find(NodeId node);
  const Entry* find(NodeId node) const { return const_cast<View*>(this)->find(node); }
  bool knows(NodeId node) const { return find(node) != nullptr; }

  void insert(NodeId node, SimTime heard);
  void erase(NodeId node);
  void clear();
  /// False if nothing changed. The node must be known.
  bool set_connected(NodeId node, bool connected);
  void disconnect_all();
  std::span<Entry> mutable_entries() { return entries_; }

  /// Uniform over the entries that are connected, or are not; there must be one.
  NodeId draw(bool connected, KeyedDraws& rng) const;
  /// Of eight strangers drawn, the one not heard of for longest: about the oldest, without looking at all of them.
  /// kNoNode if all eight draws met peers.
  NodeId draw_old(KeyedDraws& rng) const;
  /// `count` distinct entries other than `except`, or all there are.
  void sample(std::size_t count, NodeId except, KeyedDraws& rng, std::vector<Entry>& out) const;

  void append_to(std::vector<NodeId>& out) const {
    for (const Entry& entry : entries_) out.push_back(entry.node);
  }
  std::size_t memory_bytes() const { return entries_.capacity() * sizeof(Entry); }

 private:
  std::vector<Entry> entries_;  // by node
  std::size_t peers_ = 0;
};
static_assert(sizeof(View::Entry) == 16);

}  // namespace hearsay::membership
