#pragma once

// Handles of timers. A timer can be cancelled until it is dispatched, within its own instant too.

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "sim/core/ids.hpp"

namespace hearsay::protocol {

/// Names a timer that was set; stays harmless after the timer fired, was cancelled or died in a crash.
struct TimerId {
  std::uint32_t slot = 0xffff'ffff;
  std::uint32_t generation = 0;
  friend bool operator==(TimerId, TimerId) = default;
};

/// Slots of the pending timers of some nodes. Cancelling marks the slot; the calendar's event finds the mark when it
/// comes up. O(1) each; a crash O(timers of the node).
class TimerTable {
 public:
  /// `nodes_can_crash`: the timers of each node are linked, for cancel_all_of().
  explicit TimerTable(bool nodes_can_crash = true) : linked_(nodes_can_crash) {}

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
    if (linked_) link(slot, owner);
    ++pending_;
    return {slot, slots_[slot].generation};
  }
  /// False if it is not pending any more.
  bool cancel(TimerId id) {
    if (!is_current(id)) return false;
    end(id.slot);
    return true;
  }
  /// A crash discards all timers of a node.
  void cancel_all_of(NodeId owner) {
    for (auto head = heads_.find(owner); head != heads_.end(); head = heads_.find(owner)) end(head->second);
  }
  bool is_pending(std::uint32_t slot) const { return slots_[slot].pending; }
  /// Whether it is the pending timer that it was when it was opened, not a later one in its slot.
  bool is_current(TimerId id) const {
    return id.slot < slots_.size() && slots_[id.slot].generation == id.generation && slots_[id.slot].pending;
  }
  /// The event of the slot came up: the slot is free again.
  void close(std::uint32_t slot) {
    if (slots_[slot].pending) end(slot);
    ++slots_[slot].generation;
    free_.push_back(slot);
  }
  /// What was opened last in the slot.
  TimerId id_of(std::uint32_t slot) const { return {slot, slots_[slot].generation}; }
  /// Timers set and neither fired nor cancelled.
  std::uint64_t pending() const { return pending_; }
  std::size_t capacity() const { return slots_.size(); }

 private:
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct Slot {
    std::uint32_t generation = 0;
    NodeId owner = kNoNode;
    std::uint32_t before = kNone, after = kNone;  // of the same owner, pending
    bool pending = false;
  };

  void end(std::uint32_t slot) {
    slots_[slot].pending = false;
    --pending_;
    if (linked_) unlink(slot);
  }
  void link(std::uint32_t slot, NodeId owner) {
    slots_[slot].owner = owner;
    slots_[slot].before = kNone;
    const auto [head, is_first] = heads_.try_emplace(owner, slot);
    slots_[slot].after = is_first ? kNone : head->second;
    if (!is_first) slots_[head->second].before = slot;
    head->second = slot;
  }
  void unlink(std::uint32_t slot) {
    const Slot& s = slots_[slot];
    if (s.after != kNone) slots_[s.after].before = s.before;
    if (s.before != kNone)
      slots_[s.before].after = s.after;
    else if (s.after != kNone)
      heads_[s.owner] = s.after;
    else
      heads_.erase(s.owner);
  }

  bool linked_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> free_;
  std::unordered_map<NodeId, std::uint32_t> heads_;  // looked up only: one pending timer of each node that has any
  std::uint64_t pending_ = 0;
};

}  // namespace hearsay::protocol
