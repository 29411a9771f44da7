#pragma once

// Handles of timers. A timer can be cancelled until it is dispatched, within its own instant too.

#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"

namespace hearsay::protocol {

/// Names a timer that was set; stays harmless after the timer fired, was cancelled or died in a crash.
struct TimerId {
  std::uint32_t slot = 0xffff'ffff;
  std::uint32_t generation = 0;
  friend bool operator==(TimerId, TimerId) = default;
};

/// Slots of pending timers. Cancelling marks the slot; the calendar's event finds the mark when it comes up.
class TimerTable {
 public:
  TimerId open(NodeId owner) {
    std::uint32_t slot = 0;
    if (free_.empty()) {
      slot = static_cast<std::uint32_t>(slots_.size());
      slots_.push_back({});
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    slots_[slot].pending = true;
    slots_[slot].owner = owner;
    ++pending_;
    return {slot, slots_[slot].generation};
  }
  /// False if it is not pending any more.
  bool cancel(TimerId id) {
    if (id.slot >= slots_.size() || slots_[id.slot].generation != id.generation || !slots_[id.slot].pending)
      return false;
    slots_[id.slot].pending = false;
    --pending_;
    return true;
  }
  /// A crash discards all timers of a node. O(slots).
  void cancel_all_of(NodeId owner) {
    for (Slot& slot : slots_) {
      if (!slot.pending || slot.owner != owner) continue;
      slot.pending = false;
      --pending_;
    }
  }
  bool is_pending(std::uint32_t slot) const { return slots_[slot].pending; }
  /// The event of the slot came up: the slot is free again.
  void close(std::uint32_t slot) {
    if (slots_[slot].pending) --pending_;
    slots_[slot].pending = false;
    ++slots_[slot].generation;
    free_.push_back(slot);
  }
  /// Timers set and neither fired nor cancelled.
  std::uint64_t pending() const { return pending_; }
  std::size_t capacity() const { return slots_.size(); }

 private:
  struct Slot {
    std::uint32_t generation = 0;
    NodeId owner = kNoNode;
    bool pending = false;
  };
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::uint64_t pending_ = 0;
};

}  // namespace hearsay::protocol
