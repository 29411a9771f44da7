#pragma once

// The transactions that a node holds, and which of them goes first.
//
// What only the size limits or the expiry need is kept only where there are such limits: a mempool without them is a
// bit an item from the oldest to the newest that is held. With them an item takes about 60 bytes of the simulator's
// memory. insert and erase O(1) amortised, with lowest-fee O(log items held).

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::announce {

/// Who makes room where there is none.
enum class Eviction : std::uint8_t { kLowestFee, kOldest };

struct MempoolLimits {
  std::optional<std::int64_t> mempool_bytes = {};  ///< of the items held; unlimited if empty
  Eviction eviction = Eviction::kLowestFee;
  std::optional<Duration> tx_expiry = {};  ///< after which an item goes; never if empty

  bool by_age() const { return tx_expiry || (mempool_bytes && eviction == Eviction::kOldest); }
  bool by_fee() const { return mempool_bytes && eviction == Eviction::kLowestFee; }
};

class Mempool {
 public:
  /// When an item came.
  struct Aged {
    SimTime since;
    ItemId id{};
  };

  bool holds(ItemId id) const { return held_.contains(id); }
  std::size_t size() const { return count_; }
  std::uint64_t bytes() const { return bytes_; }
  const protocol::ItemSet& held() const { return held_; }

  /// `id` is not held. `limits` are always the same.
  void insert(ItemId id, std::uint64_t bytes, const MempoolLimits& limits, double fee_rate, SimTime now);
  /// False if it is not held.
  bool erase(ItemId id, std::uint64_t bytes);
  /// The item with the lowest fee rate, or the oldest. Something is held.
  ItemId first_to_go(const MempoolLimits& limits);
  /// With limits by age: the item that came first; none if nothing is held.
  std::optional<Aged> oldest();

  /// The simulator's own, in bytes.
  std::size_t memory_bytes() const;

 private:
  /// The lists may name items that have gone; these are dropped when they come up, or when they are the most.
  struct Order {
    std::unordered_map<ItemId, SimTime> since;      // looked up only; of items held, with limits by age
    std::deque<Aged> by_age;                        // in the order of their coming
    std::vector<std::pair<double, ItemId>> by_fee;  // a heap, the lowest first
  };
  bool is_current(const Aged& aged) const;
  void tidy();

  protocol::ItemSet held_;
  std::size_t count_ = 0;
  std::uint64_t bytes_ = 0;
  std::unique_ptr<Order> order_;  // null without limits
};

}  // namespace hearsay::protocols::announce
