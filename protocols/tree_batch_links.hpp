#pragma once

// What a tree-batch node keeps of each neighbour.
//
// The version vector of a neighbour, by which a flush is the difference of two states, is kept the other way round: as
// what the neighbour is not known to have. That is what waits for the next flush, and what was sent and is not
// acknowledged. So a flush costs what it sends, however many values there have been.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "protocols/tree_batch_messages.hpp"
#include "protocols/tree_batch_setup.hpp"
#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/item_set.hpp"

namespace hearsay::protocols::tree_batch {

/// A batch that is not acknowledged.
struct Flight {
  std::uint32_t number = 0;
  SimTime sent;
  protocol::ItemSet items;
};

struct Link {
  static constexpr SimTime kNotYet{-1};

  NodeId id{};
  Role role{};
  bool down = false;            ///< too long without an answer: it is asked now and then whether it is there, no more
  bool resending = false;       ///< the timer for it is set
  bool ack_waits = false;       ///< likewise
  std::uint32_t batches = 0;    ///< numbers given so far
  std::uint32_t waiting = 0;    ///< size of `pending`
  SimTime session = kNotYet;    ///< when the neighbour started, as its messages say
  SimTime asked = kNotYet;      ///< when the first message went that an answer is awaited to
  SimTime heard{};              ///< when a message of it came last
  protocol::ItemSet pending;    ///< waits for the next flush
  std::vector<Flight> flights;  ///< the oldest first
  Numbers acks_due;

  void wait_for_flush(ItemId item) { waiting += pending.insert(item) ? 1 : 0; }
  /// The neighbour has the item.
  void has(ItemId item);
  /// It has all of those.
  void has_all(const Held& held);
  void acknowledged(std::uint32_t number);
  /// What was sent and not acknowledged waits again.
  void land(std::size_t count);
  void land_all() { land(flights.size()); }
  /// On its way to the neighbour, or about to be.
  protocol::ItemSet::Word coming(std::size_t w) const;
  std::size_t unacknowledged() const;
  void clear_pending() {
    pending.clear();
    waiting = 0;
  }
};

/// The links of one node, in an order that says nothing of ids.
class Links {
 public:
  Link* find(NodeId id);
  /// References last until the next call of add() or remove().
  Link& add(NodeId id, Role role);
  void remove(NodeId id);
  auto begin() { return links_.begin(); }
  auto end() { return links_.end(); }
  auto begin() const { return links_.begin(); }
  auto end() const { return links_.end(); }
  std::size_t size() const { return links_.size(); }
  Link& operator[](std::size_t place) { return links_[place]; }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kFew = 32;
  std::vector<Link> links_;
  std::unique_ptr<std::unordered_map<NodeId, std::uint32_t>> places_;  // looked up only; null while they are few
};

}  // namespace hearsay::protocols::tree_batch
