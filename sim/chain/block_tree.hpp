#pragma once

// The blocks of a run and who builds on what: one tree that all nodes share, and of each node only its head.
//
// A block is an item that a workload of kind "mining" publishes: a discovery. The environment says what it is: its
// parent is its finder's head at that moment, and its height one more than the parent's. The finder adopts it at once,
// whatever the protocol does. Every other node adopts what its protocol delivers, if that is higher than its head: so
// own blocks come first, then the one seen first. A block brings its ancestry with it: a node that adopts it is on the
// whole chain below, whether or not it ever received those blocks. A block may be invalid: then nobody adopts it, its
// finder neither, so that nothing is ever built on it.
//
// What a block holds is decided when it is found, by a protocol whose nodes have mempools; where none does, nobody
// knows.
//
// Several threads may run the nodes. A block's slot is written by its discovery alone, on the finder's lane, and a
// node's head by the node's own lane. What others read of a block they read because a message brought it, and messages
// arrive after the end of the window in which they were sent.

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"

namespace hearsay::chain {

/// A block's header, and the least that a block can be.
inline constexpr std::uint64_t kHeaderBytes = 80;

/// Bytes of a number as Bitcoin writes lengths (CompactSize).
constexpr std::uint64_t compact_size(std::uint64_t n) {
  return n < 253 ? 1 : n <= 0xffff ? 3 : n <= 0xffff'ffff ? 5 : 9;
}

/// What a block holds beside its header and its coinbase.
struct BlockContent {
  std::vector<ItemId> transactions;  ///< by id
  std::uint64_t bytes = 0;           ///< of the whole block
};

class BlockTree {
 public:
  /// `items`: of the run, blocks and others.
  BlockTree(std::size_t items, std::size_t nodes) : blocks_(items), heads_(nodes, kNoItem) {}
  /// One more item, for who does not know them all beforehand.
  void add_item() { blocks_.emplace_back(); }
  /// The item will be found as a block of so many transactions (0: not known), its coinbase among them.
  void declare(ItemId item, std::uint32_t transactions, bool valid = true) {
    blocks_[index(item)] = {kNoItem, 0, transactions, true, valid, nullptr};
  }

  bool is_block(ItemId item) const { return blocks_[index(item)].is_block; }
  /// Of a block that was found. kNoItem: the genesis block, on which every chain rests.
  ItemId parent(ItemId block) const { return blocks_[index(block)].parent; }
  /// 1 for a child of the genesis block; 0 for that (kNoItem), and before a block is found.
  std::uint32_t height(ItemId block) const { return block == kNoItem ? 0 : blocks_[index(block)].height; }
  std::uint32_t transactions(ItemId block) const { return blocks_[index(block)].transactions; }
  bool is_valid(ItemId block) const { return blocks_[index(block)].is_valid; }
  /// Of a block that was found; null: nobody knows.
  const BlockContent* content(ItemId block) const { return blocks_[index(block)].content.get(); }
  ItemId head(NodeId node) const { return heads_[index(node)]; }
  std::size_t items() const { return blocks_.size(); }
  std::size_t nodes() const { return heads_.size(); }

  /// The finder finds the block, on top of its head, which it becomes if it is valid.
  void discover(ItemId block, NodeId finder) {
    Block& b = blocks_[index(block)];
    ItemId& head = heads_[index(finder)];
    b.parent = head;
    b.height = height(head) + 1;
    if (b.is_valid) head = block;
  }
  /// The block that is being found holds this.
  void fill(ItemId block, BlockContent content) {
    Block& b = blocks_[index(block)];
    b.transactions = static_cast<std::uint32_t>(content.transactions.size()) + 1;
    b.content = std::make_unique<BlockContent>(std::move(content));
  }

  /// What became of a head when its node was given a block.
  struct Adoption {
    bool moved = false;
    ItemId before = kNoItem;  ///< the head until then
    std::uint32_t depth = 0;  ///< blocks that left the node's chain: over 0, a reorganisation
  };
  /// The head of the node moves to the block if that is valid and higher. O(blocks between the two heads).
  Adoption adopt(NodeId node, ItemId block) {
    ItemId& head = heads_[index(node)];
    if (!is_valid(block) || height(block) <= height(head)) return {false, head, 0};
    const Adoption adoption{true, head, head == kNoItem ? 0 : blocks_off(head, block)};
    head = block;
    return adoption;
  }
  /// The node has lost its chain: it knows the genesis block alone.
  void forget(NodeId node) { heads_[index(node)] = kNoItem; }

  std::size_t memory_bytes() const {
    std::size_t bytes = blocks_.capacity() * sizeof(Block) + heads_.capacity() * sizeof(ItemId);
    for (const Block& b : blocks_)
      if (b.content) bytes += sizeof(BlockContent) + b.content->transactions.capacity() * sizeof(ItemId);
    return bytes;
  }

 private:
  struct Block {
    ItemId parent = kNoItem;
    std::uint32_t height = 0;
    std::uint32_t transactions = 0;
    bool is_block = false;
    bool is_valid = true;
    std::unique_ptr<const BlockContent> content = nullptr;
  };

  /// How many blocks of the chain that ends in `low` are not on that of the higher block `high`.
  std::uint32_t blocks_off(ItemId low, ItemId high) const {
    std::uint32_t depth = 0;
    while (height(high) > height(low)) high = parent(high);
    for (; low != high; ++depth) {
      low = parent(low);
      high = parent(high);
    }
    return depth;
  }

  std::vector<Block> blocks_;  // by item
  std::vector<ItemId> heads_;  // by node
};

}  // namespace hearsay::chain
