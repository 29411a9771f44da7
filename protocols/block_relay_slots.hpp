#pragma once

// How a node puts a compact block together from its mempool (BIP 152).
//
// Each transaction of the block has a slot, found by its short id: the lowest bytes of a hash of the transaction under
// a key that is the block's own. A transaction of the mempool goes into the slot of its short id. Short ids are short,
// so two transactions may have the same one:
//   - two of the block's: the block cannot be put together (ambiguous);
//   - two of the mempool's, for one slot: nobody knows which, so the slot counts as empty, and is asked for;
//   - one of the mempool's and another one of the block's, which is not in the mempool: the slot is filled with the
//   wrong
//     one, which shows when the hash of the whole does not match (wrong).

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "sim/core/digest.hpp"
#include "sim/core/ids.hpp"

namespace hearsay::protocols::block_relay {

/// `bytes`: 1 to 8 of them.
inline std::uint64_t short_id(std::uint64_t block_key, std::uint64_t tx_hash, unsigned bytes) {
  return Digest::mix(block_key, tx_hash) & (~std::uint64_t{0} >> (64 - 8 * bytes));
}

/// All O(1) a transaction.
class Slots {
 public:
  struct Slot {
    std::uint64_t short_id = 0;
    ItemId of = kNoItem;      ///< the block's
    ItemId filled = kNoItem;  ///< with the mempool's
    bool disputed = false;    ///< by two of the mempool's
    bool empty() const { return filled == kNoItem || disputed; }
  };

  /// For a block of at most so many transactions.
  void reset(std::size_t most) {
    slots_.clear();
    ambiguous_ = false;
    places_.assign(std::bit_ceil(2 * most + 1), 0);
  }
  /// A transaction of the block.
  void add(ItemId tx, std::uint64_t id) {
    std::uint32_t& place = place_of(id);
    if (place != 0) {
      ambiguous_ = true;
      return;
    }
    slots_.push_back({id, tx});
    place = static_cast<std::uint32_t>(slots_.size());
  }
  /// One of the mempool, after all of the block.
  void offer(ItemId tx, std::uint64_t id) {
    const std::uint32_t place = place_of(id);
    if (place == 0) return;
    Slot& slot = slots_[place - 1];
    slot.disputed = slot.filled != kNoItem;
    slot.filled = tx;
  }

  const std::vector<Slot>& slots() const { return slots_; }
  bool ambiguous() const { return ambiguous_; }

 private:
  /// 0, or the number of the slot from 1.
  std::uint32_t& place_of(std::uint64_t id) {
    const std::size_t mask = places_.size() - 1;
    std::size_t at = static_cast<std::size_t>(id ^ (id >> 20)) & mask;
    while (places_[at] != 0 && slots_[places_[at] - 1].short_id != id) at = (at + 1) & mask;
    return places_[at];
  }

  std::vector<Slot> slots_;
  std::vector<std::uint32_t> places_;  // by hash; twice as many as slots
  bool ambiguous_ = false;
};

}  // namespace hearsay::protocols::block_relay
