#pragma once

// A state machine's own draws of every node. Most handler calls draw nothing, so a node's sequence is opened when it is
// first asked for, and stays open until another node draws: positions are all that is kept of the others.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"

namespace hearsay::protocol {

/// How far each node has come in its sequence.
using DrawPositions = std::vector<std::uint64_t>;

/// One thread's way to draw for the nodes that it runs.
class NodeDraws {
 public:
  /// `positions` must outlive it.
  NodeDraws(std::uint64_t seed, DrawPositions& positions, Stream stream = Stream::kNodeProtocol)
      : seed_(seed), stream_(stream), draws_(seed, stream), positions_(positions) {}
  NodeDraws(const NodeDraws&) = delete;
  NodeDraws& operator=(const NodeDraws&) = delete;

  /// Valid until another node's are asked for.
  KeyedDraws& of(NodeId node) {
    if (node != open_) open(node);
    return draws_;
  }
  /// From now on another thread may draw for these nodes.
  void close() {
    if (open_ != kNoNode) positions_[index(open_)] = draws_.position();
    open_ = kNoNode;
  }

 private:
  void open(NodeId node) {
    close();
    draws_ = KeyedDraws(seed_, stream_, static_cast<std::uint64_t>(node));
    draws_.seek(positions_[index(node)]);
    open_ = node;
  }

  std::uint64_t seed_;
  Stream stream_;
  KeyedDraws draws_;
  NodeId open_ = kNoNode;
  DrawPositions& positions_;
};

}  // namespace hearsay::protocol
