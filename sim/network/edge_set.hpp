#pragma once

// The set of edges of a graph under construction: insert, erase and membership in O(1), and no iteration, so that
// no order of a table can leak into a draw. Whichever is smaller is used: a bitmap over all pairs, or an
// open-addressed hash table (linear probing, deletion by shifting back).

#include <cstdint>
#include <utility>
#include <vector>

namespace hearsay::network {

class EdgeSet {
 public:
  /// For up to `edges` edges among nodes 0 .. nodes-1.
  EdgeSet(std::uint32_t nodes, std::uint64_t edges) : nodes_(nodes) {
    std::uint64_t slots = 16;
    while (slots < 2 * edges + 2) slots *= 2;
    const std::uint64_t words = (static_cast<std::uint64_t>(nodes) * nodes + 63) / 64;
    if (words <= slots) {
      bits_.assign(words, 0);
    } else {
      keys_.assign(slots, 0);
    }
  }

  bool contains(std::uint32_t a, std::uint32_t b) const {
    if (!bits_.empty()) return (bits_[bit(a, b) / 64] >> (bit(a, b) % 64) & 1) != 0;
    return keys_[slot_of(key(a, b))] != 0;
  }

  /// False if the edge was there.
  bool insert(std::uint32_t a, std::uint32_t b) {
    if (contains(a, b)) return false;
    if (!bits_.empty()) {
      bits_[bit(a, b) / 64] |= std::uint64_t{1} << (bit(a, b) % 64);
    } else {
      keys_[slot_of(key(a, b))] = key(a, b);
    }
    return true;
  }

  /// The edge must be there.
  void erase(std::uint32_t a, std::uint32_t b) {
    if (!bits_.empty()) {
      bits_[bit(a, b) / 64] &= ~(std::uint64_t{1} << (bit(a, b) % 64));
      return;
    }
    const std::uint64_t mask = keys_.size() - 1;
    std::uint64_t hole = slot_of(key(a, b));
    keys_[hole] = 0;
    for (std::uint64_t i = (hole + 1) & mask; keys_[i] != 0; i = (i + 1) & mask) {
      // A key may move back to the hole unless its home lies behind the hole, cyclically.
      if (((i - home(keys_[i])) & mask) < ((i - hole) & mask)) continue;
      keys_[hole] = std::exchange(keys_[i], 0);
      hole = i;
    }
  }

 private:
  std::uint64_t bit(std::uint32_t a, std::uint32_t b) const {
    return a < b ? static_cast<std::uint64_t>(a) * nodes_ + b : static_cast<std::uint64_t>(b) * nodes_ + a;
  }
  /// Never 0: the larger id is at least 1.
  static std::uint64_t key(std::uint32_t a, std::uint32_t b) {
    return a < b ? static_cast<std::uint64_t>(a) << 32 | b : static_cast<std::uint64_t>(b) << 32 | a;
  }
  std::uint64_t home(std::uint64_t key) const {
    key = (key ^ (key >> 29)) * 0xbf58476d1ce4e5b9ULL;
    return (key ^ (key >> 32)) & (keys_.size() - 1);
  }
  /// Where the key is, or the empty slot where it would go.
  std::uint64_t slot_of(std::uint64_t key) const {
    std::uint64_t i = home(key);
    while (keys_[i] != 0 && keys_[i] != key) i = (i + 1) & (keys_.size() - 1);
    return i;
  }

  std::uint32_t nodes_;
  std::vector<std::uint64_t> bits_;  // by pair, if not empty
  std::vector<std::uint64_t> keys_;  // else: 0 is an empty slot
};

}  // namespace hearsay::network
