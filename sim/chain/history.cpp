#include "sim/chain/history.hpp"

#include <map>
#include <utility>

namespace hearsay::chain {

namespace {

constexpr SimTime kNotYet{-1};

/// Whether each item is on the main chain.
std::vector<bool> main_chain(const BlockTree& tree, std::span<const Discovery> found, ItemId& head) {
  head = kNoItem;
  for (const Discovery& d : found)
    if (tree.height(d.block) > tree.height(head)) head = d.block;
  std::vector<bool> main(tree.items(), false);
  for (ItemId block = head; block != kNoItem; block = tree.parent(block)) main[index(block)] = true;
  return main;
}

/// When the second child of each block was found, by item, the genesis block last; kNotYet: it has one or none.
std::vector<SimTime> second_children(const BlockTree& tree, std::span<const Discovery> found) {
  const std::size_t genesis = tree.items();
  std::vector<bool> has_child(genesis + 1, false);
  std::vector<SimTime> second(genesis + 1, kNotYet);
  for (const Discovery& d : found) {
    const ItemId parent = tree.parent(d.block);
    const std::size_t at = parent == kNoItem ? genesis : index(parent);
    if (has_child[at] && second[at] == kNotYet) second[at] = d.time;
    has_child[at] = true;
  }
  return second;
}

/// The length of the union of intervals.
Duration covered_by(std::vector<std::pair<SimTime, SimTime>> spans) {
  std::sort(spans.begin(), spans.end());
  Duration all;
  SimTime until;
  for (const auto& [begin, end] : spans) {
    const SimTime from = std::max(begin, until);
    if (end <= from) continue;
    all = all + (end - from);
    until = end;
  }
  return all;
}

double fork_time_share(const BlockTree& tree, std::span<const Discovery> found, const std::vector<bool>& main,
                       const HeadMoves& moves, const std::vector<bool>& up, SimTime end) {
  std::vector<bool> is_head(tree.items(), false);
  for (std::uint32_t n = 0; n < tree.nodes(); ++n)
    if (const ItemId head = tree.head(NodeId{n}); up[n] && head != kNoItem) is_head[index(head)] = true;
  const std::vector<SimTime> second = second_children(tree, found);
  std::vector<SimTime> opens(tree.items(), kNotYet);  // of stale blocks: the fork that they are a branch of
  std::vector<std::pair<SimTime, SimTime>> spans;
  for (const Discovery& d : found) {
    if (main[index(d.block)]) continue;
    const ItemId parent = tree.parent(d.block);
    const bool parts_here = parent == kNoItem || main[index(parent)];
    SimTime& open = opens[index(d.block)];
    open = !parts_here ? opens[index(parent)] : second[parent == kNoItem ? tree.items() : index(parent)];
    if (open == kNotYet) continue;
    const SimTime left = is_head[index(d.block)] ? end : SimTime{moves.left_ns(d.block)};
    spans.emplace_back(std::max(d.time, open), left);
  }
  return end.ns > 0 ? to_seconds(covered_by(std::move(spans))) / to_seconds(end) : 0;
}

std::optional<double> head_agreement(const BlockTree& tree, ItemId main_head, const std::vector<bool>& up) {
  std::uint64_t live = 0, agree = 0;
  for (std::uint32_t n = 0; n < tree.nodes(); ++n) {
    if (!up[n]) continue;
    ++live;
    if (tree.head(NodeId{n}) == main_head) ++agree;
  }
  if (live == 0) return std::nullopt;
  return static_cast<double>(agree) / static_cast<double>(live);
}

}  // namespace

void HeadMoves::merge(const HeadMoves& other) {
  reorgs_ += other.reorgs_;
  depths_ += other.depths_;
  deepest_ = std::max(deepest_, other.deepest_);
  deep_ += other.deep_;
  for (std::size_t i = 0; i < left_ns_.size(); ++i) left_ns_[i] = std::max(left_ns_[i], other.left_ns_[i]);
}

History history_of(const BlockTree& tree, std::span<const Discovery> found, std::uint32_t settle,
                   const HeadMoves& moves, const std::vector<bool>& up, SimTime end) {
  History history;
  ItemId head = kNoItem;
  const std::vector<bool> main = main_chain(tree, found, head);
  history.head_agreement = head_agreement(tree, head, up);
  history.fork_time_share = fork_time_share(tree, found, main, moves, up, end);
  std::map<NodeId, MinerBlocks> miners;
  for (const Discovery& d : found.first(found.size() - std::min<std::size_t>(settle, found.size()))) {
    MinerBlocks& miner = miners[d.finder];
    ++history.found;
    ++miner.found;
    if (main[index(d.block)])
      ++history.main;
    else
      ++miner.stale;
  }
  history.on_main = main;
  for (auto& [node, blocks] : miners) {
    blocks.node = node;
    history.miners.push_back(blocks);
  }
  return history;
}

}  // namespace hearsay::chain
