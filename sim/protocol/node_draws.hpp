#pragma once

// The protocol's own draws of every node. Most handler calls draw nothing, so a node's sequence is opened when it is
// first asked for, and stays open until another node draws: positions are all that is kept of the others.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"

namespace hearsay::protocol {

class NodeDraws {
 public:
  NodeDraws(std::uint64_t seed, std::size_t nodes)
      : seed_(seed), draws_(seed, Stream::kNodeProtocol), positions_(nodes, 0) {}

  /// Valid until another node's are asked for.
  KeyedDraws& of(NodeId node) {
    if (node != open_) open(node);
    return draws_;
  }
  std::size_t memory_bytes() const { return positions_.size() * sizeof(std::uint64_t); }

 private:
  void open(NodeId node) {
    if (open_ != kNoNode) positions_[index(open_)] = draws_.position();
    draws_ = KeyedDraws(seed_, Stream::kNodeProtocol, static_cast<std::uint64_t>(node));
    draws_.seek(positions_[index(node)]);
    open_ = node;
  }

  std::uint64_t seed_;
  KeyedDraws draws_;
  NodeId open_ = kNoNode;
  std::vector<std::uint64_t> positions_;
};

}  // namespace hearsay::protocol
