#include "protocols/tree_batch_setup.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "sim/core/digest.hpp"

namespace hearsay::protocols::tree_batch {

using protocol::SetupView;
using protocol::Tree;

std::uint32_t branching_for(std::uint32_t nodes, std::uint32_t depth) {
  const auto fit = [&](std::uint64_t branching) {
    std::uint64_t tier = 1, all = 1;
    for (std::uint32_t d = 0; d < depth && all < nodes; ++d) all += tier *= branching;
    return all >= nodes;
  };
  std::uint32_t low = 1, high = std::max<std::uint32_t>(nodes, 2) - 1;
  while (low < high) {
    const std::uint32_t middle = low + (high - low) / 2;
    if (fit(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return low;
}

Tree tree_of_ids(std::uint32_t nodes, std::uint32_t branching, NodeId root) {
  // The node at place k of the order root, 0, 1, ... without the root.
  const auto at = [&](std::size_t place) {
    if (place == 0) return root;
    return static_cast<NodeId>(place <= index(root) ? place - 1 : place);
  };
  std::vector<NodeId> parents(nodes, kNoNode);
  for (std::size_t place = 1; place < nodes; ++place) parents[index(at(place))] = at((place - 1) / branching);
  return {root, std::move(parents)};
}

Places::Places(Tree tree, const SetupView& view, std::uint32_t shortcuts, bool among_peers,
               std::vector<Duration> windows)
    : tree_(std::move(tree)), windows_(std::move(windows)), seed_(view.seed) {
  const std::size_t nodes = view.nodes.size();
  ranks_.assign(nodes, 0);
  for (std::uint32_t n = 0; n < nodes; ++n)
    if (tree_.contains(NodeId{n})) by_rank_.push_back(NodeId{n});
  std::stable_sort(by_rank_.begin(), by_rank_.end(),
                   [&](NodeId a, NodeId b) { return tree_.depth(a) < tree_.depth(b); });
  for (std::uint32_t r = 0; r < by_rank_.size(); ++r) ranks_[index(by_rank_[r])] = r;
  measure_paths();

  std::vector<std::vector<Neighbour>> lists(nodes);
  for (const NodeId node : by_rank_) {
    auto& list = lists[index(node)];
    if (tree_.parent(node) != kNoNode) list.push_back({tree_.parent(node), Role::kParent});
    for (const NodeId child : tree_.children(node)) list.push_back({child, Role::kChild});
  }
  if (shortcuts > 0) draw_shortcuts(view, shortcuts, among_peers, lists);
  first_.push_back(0);
  for (std::uint32_t n = 0; n < nodes; ++n) {
    auto& list = lists[n];
    KeyedDraws draws = view.draws(2 * std::uint64_t{n} + 1);
    for (std::size_t i = list.size(); i > 1; --i) std::swap(list[i - 1], list[draws.below(i)]);
    neighbours_.insert(neighbours_.end(), list.begin(), list.end());
    first_.push_back(static_cast<std::uint32_t>(neighbours_.size()));
  }
}

void Places::draw_shortcuts(const SetupView& view, std::uint32_t shortcuts, bool among_peers,
                            std::vector<std::vector<Neighbour>>& lists) const {
  const auto is_neighbour = [&](NodeId a, NodeId b) {
    const auto& list = lists[index(a)];
    return std::any_of(list.begin(), list.end(), [b](const Neighbour& n) { return n.id == b; });
  };
  const auto link = [&](NodeId a, NodeId b) {
    lists[index(a)].push_back({b, Role::kShortcut});
    lists[index(b)].push_back({a, Role::kShortcut});
  };
  std::vector<NodeId> candidates;
  for (const NodeId node : by_rank_) {
    KeyedDraws draws = view.draws(2 * index(node));
    candidates.clear();
    // What another has drawn before is not drawn again, so that a node adds `shortcuts` of its own.
    const auto add = [&](NodeId other) {
      if (other != node && tree_.contains(other) && !is_neighbour(node, other)) candidates.push_back(other);
    };
    if (among_peers) {
      for (const NodeId peer : view.neighbours(node)) add(peer);
    } else if (by_rank_.size() > 64 + 8 * (lists[index(node)].size() + shortcuts)) {
      // Few of many: draw until enough are found.
      for (std::uint32_t found = 0; found < shortcuts;) {
        const NodeId other = by_rank_[draws.below(by_rank_.size())];
        if (other == node || is_neighbour(node, other)) continue;
        link(node, other);
        ++found;
      }
      continue;
    } else {
      for (const NodeId other : by_rank_) add(other);
    }
    for (std::uint32_t i = 0; i < shortcuts && i < candidates.size(); ++i) {
      std::swap(candidates[i], candidates[i + draws.below(candidates.size() - i)]);
      link(node, candidates[i]);
    }
  }
}

void Places::measure_paths() {
  std::vector<std::uint32_t> heights(ranks_.size(), 0);
  paths_.assign(ranks_.size(), 0);
  for (auto node = by_rank_.rbegin(); node != by_rank_.rend(); ++node) {
    std::uint32_t highest = 0, second = 0;  // of the ways down through different children
    for (const NodeId child : tree_.children(*node)) {
      const std::uint32_t way = heights[index(child)] + 1;
      second = std::max(second, std::min(way, highest));
      highest = std::max(highest, way);
    }
    heights[index(*node)] = highest;
    paths_[index(*node)] = highest + second;
  }
}

Duration Places::window(NodeId node) const {
  const std::uint32_t depth = tree_.contains(node) ? tree_.depth(node) : 0;
  return windows_[std::min<std::size_t>(depth, windows_.size() - 1)];
}

NodeId Places::candidate(NodeId node, std::uint64_t attempt) const {
  const std::uint32_t own = rank(node), depth = tree_.depth(node);
  if (own == 0) return kNoNode;
  const auto lower_shortcut = [&](const Neighbour& n) { return n.role == Role::kShortcut && rank(n.id) < own; };
  const auto all = neighbours(node);
  const auto shortcuts = static_cast<std::uint64_t>(std::count_if(all.begin(), all.end(), lower_shortcut));
  attempt %= shortcuts + depth + own;
  if (attempt < shortcuts) {
    auto found = std::find_if(all.begin(), all.end(), lower_shortcut);
    for (; attempt > 0; --attempt) found = std::find_if(std::next(found), all.end(), lower_shortcut);
    return found->id;
  }
  attempt -= shortcuts;
  if (attempt < depth) {
    NodeId ancestor = tree_.parent(node);
    for (; attempt > 0; --attempt) ancestor = tree_.parent(ancestor);
    return ancestor;
  }
  const std::uint64_t start = depth == 1 ? 0 : Digest::mix(seed_, index(node)) % own;
  return by_rank_[(start + attempt - depth) % own];
}

}  // namespace hearsay::protocols::tree_batch
