#pragma once

// Which pieces of one item the nodes have received. Only an item that travels in pieces has one.
//
// A row of whole words a node, so that nodes of different lanes share none. O(1) a receipt; 8 bytes a node and for each
// 64 pieces of the item.

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/piece.hpp"

namespace hearsay::metrics {

class PieceTable {
 public:
  PieceTable(std::size_t nodes, const Piece& piece)
      : count_(piece.count),
        enough_(piece.enough()),
        row_words_(1 + (std::size_t{piece.count} + 63) / 64),
        words_(nodes * row_words_, 0) {}
  PieceTable(const PieceTable&) = delete;
  PieceTable& operator=(const PieceTable&) = delete;

  /// How many different pieces the node has received with this one; 0 if it had received it before.
  std::uint64_t insert(NodeId node, const Piece& piece) {
    HEARSAY_CHECK(piece.count == count_ && piece.enough() == enough_, "every piece of an item says the same of it");
    std::uint64_t* const row = words_.data() + index(node) * row_words_;
    std::uint64_t& word = row[1 + piece.index / 64];
    const std::uint64_t bit = std::uint64_t{1} << (piece.index % 64);
    if ((word & bit) != 0) return 0;
    word |= bit;
    return ++row[0];
  }
  bool any(NodeId node) const { return words_[index(node) * row_words_] > 0; }
  /// A piece that a node had a use for, but that did not make the item whole. By whichever thread runs the node.
  void count_useful() { useful_.fetch_add(1, std::memory_order_relaxed); }
  std::uint64_t useful() const { return useful_.load(std::memory_order_relaxed); }
  void release() { words_ = {}; }
  std::size_t memory_bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  std::uint32_t count_, enough_;
  std::size_t row_words_;  // of a node: how many pieces, then a bit for each
  std::vector<std::uint64_t> words_;
  std::atomic<std::uint64_t> useful_{0};
};

}  // namespace hearsay::metrics
