#pragma once

// Which peers have announced which items.
//
// A row of bits for each item from the oldest to the newest that matters, a column for each peer: a byte an item where
// there are up to eight peers. A peer is found by looking through the columns, from where the last one was found: in
// the order of the node's peers that is the next. mark and has O(peers) at worst.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <boost/container/small_vector.hpp>

#include "sim/core/ids.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::announce {

class PeerMarks {
 public:
  /// Looks up one peer after the other.
  class Reader {
   public:
    Reader(const PeerMarks& marks, ItemId item) : marks_(marks), row_(marks.row_of(item)) {}
    bool has(NodeId peer) {
      if (row_ == nullptr) return false;
      const std::size_t column = marks_.find(peer, next_);
      if (column == marks_.columns_.size()) return false;
      next_ = column + 1;
      return (row_[column / 8] >> (column % 8)) & 1;
    }

   private:
    const PeerMarks& marks_;
    const std::uint8_t* row_;
    std::size_t next_ = 0;
  };

  /// `peers`: the node's own, among which this one usually is.
  void mark(NodeId peer, ItemId item, std::span<const NodeId> peers);
  bool has(NodeId peer, ItemId item) const { return Reader(*this, item).has(peer); }
  void forget(NodeId peer);
  /// Nothing below the 64 w-th item matters any more.
  void drop_words_below(std::size_t w);
  /// Marks of the members of a set. O(members x peers / 8).
  std::size_t count(const protocol::ItemSet& items) const;
  std::size_t memory_bytes() const;

 private:
  std::size_t find(NodeId peer, std::size_t from) const {
    const std::size_t end = columns_.size();
    for (std::size_t i = from; i < end; ++i)
      if (columns_[i] == peer) return i;
    for (std::size_t i = 0; i < std::min(from, end); ++i)
      if (columns_[i] == peer) return i;
    return end;
  }
  const std::uint8_t* row_of(ItemId item) const {
    if (index(item) < base_ || (index(item) - base_ + 1) * stride_ > bits_.size()) return nullptr;
    return bits_.data() + (index(item) - base_) * stride_;
  }
  std::size_t add_column(NodeId peer);

  boost::container::small_vector<NodeId, 8> columns_;  // kNoNode: free
  boost::container::small_vector<std::uint8_t, 32> bits_;
  std::size_t base_ = 0;    // the item of the first row
  std::size_t stride_ = 1;  // bytes of a row
};

}  // namespace hearsay::protocols::announce
