#pragma once

// The set of items that a node remembers having seen, which every protocol shares.
//
// Unlimited (the default): one bit an item, allocated as ids grow. With `seen_ttl` an item is forgotten
// that long after it was inserted; with `seen_capacity` the oldest goes when a new one would exceed it.
// What was forgotten is new again if it comes back: the protocol accepts and delivers it anew, and the
// recorder counts it as redelivered. insert and contains O(1) amortised.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::protocol {

/// Limits of a seen-set; to be embedded in a protocol's Params.
struct SeenLimits {
  std::optional<Duration> ttl;            ///< unlimited if empty
  std::optional<std::uint32_t> capacity;  ///< items; unlimited if empty
  bool unlimited() const { return !ttl && !capacity; }
};

class SeenSet {
 public:
  /// True if the item is new (or forgotten); it is remembered from now on.
  bool insert(ItemId item, SimTime now, const SeenLimits& limits) {
    if (limits.unlimited()) [[likely]] {
      std::uint64_t& word = word_of(item);
      const std::uint64_t bit = std::uint64_t{1} << (index(item) % 64);
      if (word & bit) return false;
      word |= bit;
      return true;
    }
    return insert_limited(item, now, limits);
  }
  bool contains(ItemId item, SimTime now, const SeenLimits& limits);
  /// Items remembered now (not counting those that expired but were not yet swept).
  std::size_t size() const;
  /// The simulator's own memory beside the object, in bytes; of a limited set roughly.
  std::size_t memory_bytes() const;

 private:
  struct Limited {
    std::unordered_map<ItemId, SimTime> since;  // looked up only; the order is in `oldest`
    std::deque<std::pair<SimTime, ItemId>> oldest;
  };
  std::uint64_t& word_of(ItemId item) {
    if (index(item) < 64) [[likely]]
      return first_;
    const std::size_t at = index(item) / 64 - 1;
    if (!more_) more_ = std::make_unique<std::vector<std::uint64_t>>();
    if (at >= more_->size()) more_->resize(at + 1 + at / 4, 0);
    return (*more_)[at];
  }
  bool insert_limited(ItemId item, SimTime now, const SeenLimits& limits);
  void sweep(SimTime now, const SeenLimits& limits);

  std::uint64_t first_ = 0;  // the first 64 items need no allocation
  std::unique_ptr<std::vector<std::uint64_t>> more_;
  std::unique_ptr<Limited> limited_;
};

}  // namespace hearsay::protocol
