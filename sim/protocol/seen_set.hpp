#pragma once

// The set of items that a node remembers having seen, which every protocol shares.
//
// Unlimited (the default): one bit an item, from the oldest of 64 items that were not all seen on: items are numbered
// in the order of their publication, so a node that misses nothing keeps little, however many there have been. With
// `seen_ttl` an item is forgotten that long after it was inserted; with `seen_capacity` the oldest goes when a new one
// would exceed it. What was forgotten is new again if it comes back: the protocol accepts and delivers it anew, and the
// recorder counts it as redelivered. insert and contains O(1) amortised.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"

namespace hearsay::protocol {

/// Limits of a seen-set.
struct SeenLimits {
  std::optional<Duration> ttl;            ///< unlimited if empty
  std::optional<std::uint32_t> capacity;  ///< items; unlimited if empty
  bool unlimited() const { return !ttl && !capacity; }
};

/// The parameters of a seen-set, as a base of a protocol's Params, whose fields() calls seen_fields().
struct SeenParams {
  std::optional<Duration> seen_ttl;
  std::optional<std::uint32_t> seen_capacity;
  SeenLimits seen_limits() const { return {seen_ttl, seen_capacity}; }
  template <class Fields>
  static void seen_fields(Fields& f) {
    using P = typename Fields::Owner;
    f.duration("seen_ttl", &P::seen_ttl, {.help = "an item is forgotten so long after it was first seen", .min = 1});
    f.integer("seen_capacity", &P::seen_capacity,
              {.help = "items remembered; the oldest is forgotten first", .min = 1});
  }
};

class SeenSet {
 public:
  /// True if the item is new (or forgotten); it is remembered from now on.
  bool insert(ItemId item, SimTime now, const SeenLimits& limits) {
    if (limits.unlimited()) [[likely]] {
      const std::size_t word = index(item) / 64;
      if (word < floor_) return false;
      const std::uint64_t bit = std::uint64_t{1} << (index(item) % 64);
      std::uint64_t& seen = word == floor_ ? first_ : word_above(word);
      if (seen & bit) return false;
      seen |= bit;
      if (first_ == ~std::uint64_t{0}) [[unlikely]]
        raise_floor();
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
  /// What few nodes need, behind one pointer: the set is part of every node.
  struct Rest {
    std::deque<std::uint64_t> words;  // unlimited: the items beyond first_
    std::optional<Limited> limited;
  };
  /// A word beyond the floor's.
  std::uint64_t& word_above(std::size_t word) {
    const std::size_t at = word - floor_ - 1;
    if (!rest_) rest_ = std::make_unique<Rest>();
    if (at >= rest_->words.size()) rest_->words.resize(at + 1, 0);
    return rest_->words[at];
  }
  /// Items below the first word that is not full need no bits.
  void raise_floor();
  bool insert_limited(ItemId item, SimTime now, const SeenLimits& limits);
  void sweep(SimTime now, const SeenLimits& limits);

  std::uint32_t floor_ = 0;  // items below 64 floor_ were all seen
  std::uint64_t first_ = 0;  // the 64 items from there on; they need no allocation
  std::unique_ptr<Rest> rest_;
};

}  // namespace hearsay::protocol
