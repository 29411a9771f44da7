#pragma once

// The tree of tree-batch and its shortcuts, made once before the run and the same for every node.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/setup.hpp"
#include "sim/protocol/tree.hpp"

namespace hearsay::protocols::tree_batch {

/// What a neighbour is to a node. The last two come and go with repair.
enum class Role : std::uint8_t { kParent, kChild, kShortcut, kFoster, kAdopted };

struct Neighbour {
  NodeId id{};
  Role role{};
};

/// The smallest branching with which `nodes` fit into a tree of that depth; at least 1. `depth` >= 1.
std::uint32_t branching_for(std::uint32_t nodes, std::uint32_t depth);

/// The tree of ids: the root, then all other nodes in the order of their ids fill it from left to right.
protocol::Tree tree_of_ids(std::uint32_t nodes, std::uint32_t branching, NodeId root);

/// Rank: the nodes of the tree by depth, then id. A parent always has a lower rank than its child, so that nobody who
/// looks for a parent among lower ranks alone can close a cycle.
class Places {
 public:
  Places() = default;
  /// Each node draws `shortcuts` others that are not its neighbours on the tree: of all nodes of the tree, or of its
  /// peers; as many as there are. A shortcut is one for both ends. `windows`: by depth, the last for all below.
  Places(protocol::Tree tree, const protocol::SetupView& view, std::uint32_t shortcuts, bool among_peers,
         std::vector<Duration> windows);

  const protocol::Tree& tree() const { return tree_; }
  /// In a random order of the node's own.
  std::span<const Neighbour> neighbours(NodeId node) const {
    return {neighbours_.data() + first_[index(node)], neighbours_.data() + first_[index(node) + 1]};
  }
  Duration window(NodeId node) const;
  /// Edges of the longest path whose highest node is this one; the most of all is the longest path of the tree.
  std::uint32_t longest_path(NodeId node) const { return paths_[index(node)]; }
  /// Of a node of the tree.
  std::uint32_t rank(NodeId node) const { return ranks_[index(node)]; }
  /// Whom a node asks to be its parent, at its attempt number `attempt` (from 0), in turn: shortcuts of lower rank, the
  /// ancestors from the parent up, then all lower ranks, those at the top from the first on, others from a random one.
  /// kNoNode: there is nobody.
  NodeId candidate(NodeId node, std::uint64_t attempt) const;

 private:
  void draw_shortcuts(const protocol::SetupView& view, std::uint32_t shortcuts, bool among_peers,
                      std::vector<std::vector<Neighbour>>& lists) const;
  void measure_paths();

  protocol::Tree tree_;
  std::vector<std::uint32_t> first_;  // of a node's neighbours
  std::vector<Neighbour> neighbours_;
  std::vector<Duration> windows_;
  std::vector<std::uint32_t> paths_, ranks_;
  std::vector<NodeId> by_rank_;
  std::uint64_t seed_ = 0;
};

}  // namespace hearsay::protocols::tree_batch
