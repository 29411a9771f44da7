#pragma once

// What became of the blocks of a run: which are on the main chain, which are stale, how deep nodes had to go back, and
// how long the network was divided.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/chain/block_tree.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::chain {

/// What one thread of a run counts while heads move. No sum depends on who counted what.
class HeadMoves {
 public:
  /// `items`: of the run; 0 where there are no blocks.
  explicit HeadMoves(std::size_t items) : left_ns_(items, -1) {}
  /// A node's head was `head`, and is not from now on: it moved, or the node went down.
  void left(ItemId head, SimTime now) {
    if (head != kNoItem) left_ns_[index(head)] = std::max(left_ns_[index(head)], now.ns);
  }
  void moved(const BlockTree::Adoption& adoption, SimTime now) {
    left(adoption.before, now);
    if (adoption.depth == 0) return;
    ++reorgs_;
    depths_ += adoption.depth;
    deepest_ = std::max<std::uint64_t>(deepest_, adoption.depth);
    if (adoption.depth > 1) ++deep_;
  }
  void merge(const HeadMoves& other);

  std::uint64_t reorgs() const { return reorgs_; }
  std::uint64_t depths() const { return depths_; }    ///< their sum
  std::uint64_t deepest() const { return deepest_; }  ///< 0 without any
  std::uint64_t deep() const { return deep_; }        ///< those of more than one block
  /// When a node's head was this block for the last time; -1: it never left it.
  std::int64_t left_ns(ItemId block) const { return left_ns_[index(block)]; }

 private:
  std::uint64_t reorgs_ = 0, depths_ = 0, deepest_ = 0, deep_ = 0;
  std::vector<std::int64_t> left_ns_;  // by item
};

/// Blocks of one node.
struct MinerBlocks {
  NodeId node{};
  std::uint64_t found = 0;
  std::uint64_t stale = 0;
};

struct History {
  std::uint64_t found = 0;  ///< the last `settle` ones not counted, here and below
  std::uint64_t main = 0;
  std::uint64_t stale() const { return found - main; }
  std::optional<double> head_agreement;  ///< share of the live nodes whose head is the main chain's; none: none lives
  double fork_time_share = 0;            ///< 0 in a run of no time
  std::vector<bool> on_main;             ///< by item: a block of the main chain, the last ones too
  std::vector<MinerBlocks> miners;       ///< those that found a block that counts; by node
};

/// When an item was published and by whom; what of a run the history needs to know.
struct Discovery {
  ItemId block{};
  NodeId finder{};
  SimTime time;
};

/// `found`: valid blocks in the order of time. `up`: by node. The main chain ends in the highest block, of several in
/// the one found first. A fork lasts while some live node's head is a stale block and another one's on a different
/// branch: it opens with the second child of the block where the branches part. O(blocks + nodes).
History history_of(const BlockTree& tree, std::span<const Discovery> found, std::uint32_t settle,
                   const HeadMoves& moves, const std::vector<bool>& up, SimTime end);

}  // namespace hearsay::chain
