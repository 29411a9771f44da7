#pragma once

// A tree over the overlay, for protocols that send along one: part of a protocol's Setup (sim/protocol/setup.hpp).

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/protocol/setup.hpp"

namespace hearsay::protocol {

/// Who is above and below whom. 12 bytes a node, and 4 for each that has a parent.
class Tree {
 public:
  static constexpr std::uint32_t kOutside = 0xffff'ffff;

  Tree() = default;
  /// `parents`: by node; kNoNode for the root and for nodes that are not in the tree. They have no cycle.
  Tree(NodeId root, std::vector<NodeId> parents);

  NodeId root() const { return root_; }
  bool contains(NodeId node) const { return depths_[index(node)] != kOutside; }
  /// kNoNode: the root, or a node outside.
  NodeId parent(NodeId node) const { return parents_[index(node)]; }
  /// In the order of their ids.
  std::span<const NodeId> children(NodeId node) const {
    return {children_.data() + first_[index(node)], children_.data() + first_[index(node) + 1]};
  }
  /// Edges from the root; kOutside where there is no way.
  std::uint32_t depth(NodeId node) const { return depths_[index(node)]; }

 private:
  NodeId root_ = kNoNode;
  std::vector<NodeId> parents_;
  std::vector<std::uint32_t> first_;  // of a node's children
  std::vector<NodeId> children_;
  std::vector<std::uint32_t> depths_;
};

/// The tree of a breadth-first search from `root`: every node by a shortest way in edges. Of several, the one over the
/// neighbour that was reached first; the neighbours of a node are visited in its own order. O(nodes + edges).
Tree bfs_tree(const SetupView& view, NodeId root);

}  // namespace hearsay::protocol
