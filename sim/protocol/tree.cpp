#include "sim/protocol/tree.hpp"

#include <utility>

#include "sim/core/check.hpp"

namespace hearsay::protocol {

Tree::Tree(NodeId root, std::vector<NodeId> parents)
    : root_(root), parents_(std::move(parents)), first_(parents_.size() + 1, 0), depths_(parents_.size(), kOutside) {
  for (const NodeId parent : parents_)
    if (parent != kNoNode) ++first_[index(parent) + 1];
  for (std::size_t n = 0; n < parents_.size(); ++n) first_[n + 1] += first_[n];
  children_.resize(first_.back());
  std::vector<std::uint32_t> next(first_.begin(), first_.end() - 1);
  for (std::uint32_t n = 0; n < parents_.size(); ++n)
    if (parents_[n] != kNoNode) children_[next[index(parents_[n])]++] = NodeId{n};
  std::vector<NodeId> reached = {root};
  depths_[index(root)] = 0;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const NodeId child : children(reached[i])) {
      HEARSAY_CHECK(depths_[index(child)] == kOutside, "a tree has no cycle");
      depths_[index(child)] = depths_[index(reached[i])] + 1;
      reached.push_back(child);
    }
  }
}

Tree bfs_tree(const SetupView& view, NodeId root) {
  HEARSAY_CHECK(index(root) < view.nodes.size(), "the root of a tree is a node");
  std::vector<NodeId> parents(view.nodes.size(), kNoNode);
  std::vector<bool> known(view.nodes.size(), false);
  std::vector<NodeId> reached = {root};
  known[index(root)] = true;
  for (std::size_t i = 0; i < reached.size(); ++i) {
    for (const NodeId peer : view.neighbours(reached[i])) {
      if (known[index(peer)]) continue;
      known[index(peer)] = true;
      parents[index(peer)] = reached[i];
      reached.push_back(peer);
    }
  }
  return {root, std::move(parents)};
}

}  // namespace hearsay::protocol
