#pragma once

// How messages get from node to node: what happens to one when it is sent, at its first bit, and whether it survives
// until its last. The wire says when, loss and faults whether; the receiver learns of an arrival by an event, never
// otherwise, so that a wire which does not know the arrival at the send fits in.
//
// A message whose sender goes down before its last bit has left is cut short: it never arrives. As faults ask nobody,
// the sender's next crash is known when the message is sent, and nobody needs to look for its transfers afterwards.
// Likewise the receiver's when the first bit arrives. A message whose first bit finds the receiver down is lost, though
// the receiver may be up again when the last bit arrives.

#include <cstdint>
#include <optional>
#include <span>

#include "sim/simulation/run_thread.hpp"

namespace hearsay::simulation {

class Transmission {
 public:
  /// References must outlive it.
  Transmission(RunThread& thread, Payloads& payloads, NodeSide& nodes);

  /// Something beside the wire decides about a message when it is sent: one record for each recipient, and send().
  bool conditional() const { return conditional_; }
  /// Something may destroy a message on its way: survives() is to be asked.
  bool destructive() const { return destructive_; }

  /// A fault that silences the sender suppresses these sends, and counts them. `only_own_items`: asked only if there is
  /// such a fault.
  template <class OnlyOwnItems>
  bool silenced(NodeId from, std::span<const NodeId> to, NodeId except, const OnlyOwnItems& only_own_items) {
    if (!t_.world.faults.any_silences()) [[likely]]
      return false;
    const int fault = t_.world.faults.silences(from, t_.now);
    if (fault < 0 || only_own_items()) return false;
    count_silenced(static_cast<std::size_t>(fault), from, to, except);
    return true;
  }

  /// One record to all of `to` but `except`, unconditionally.
  void multicast(NodeId from, std::span<const NodeId> to, NodeId except, std::uint32_t slot, std::size_t kind,
                 bool carries_items);

  /// A record of its own to one recipient, with every condition of the network. Whether it is on its way.
  struct Sent {
    network::Departure departure;
    std::uint32_t sequence;
    bool on_its_way;
    SimTime last_read;  ///< of the record, as far as is known now
  };
  Sent send(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items) {
    return depart(from, to, slot, kind, carries_items, announce(from, to, slot, kind, carries_items), t_.now);
  }
  // The same in two steps, between which the message waits for its uplink (outbox.hpp).
  /// It counts as sent; its sequence number.
  std::uint32_t announce(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items);
  /// It leaves, now at the earliest. `handed`: when it was sent.
  Sent depart(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items, std::uint32_t sequence,
              SimTime handed);
  /// It waits, and is in flight; it does not any more.
  void begin_waiting(std::uint32_t slot, bool carries_items) { count_waiting(slot, 1, carries_items); }
  void end_waiting(std::uint32_t slot, bool carries_items) { count_waiting(slot, -1, carries_items); }
  /// It waited in vain.
  void lose_waiting(NodeId from, NodeId to, std::uint32_t slot, bool carries_items, std::uint32_t sequence,
                    metrics::Drop reason);

  /// The first bit of a message claims the receiver's downlink. The delivery, if it is for this very instant.
  std::optional<engine::Event> first_bit(const engine::Event& event);

  /// Whether a message that would be delivered now is. If not, it is counted as lost, but its record stays.
  bool survives(const engine::Event& event, const PayloadHeader& payload, bool broken);
  /// It is delivered. `carries_items`: asked only where the end of the run waits for no other message.
  template <class CarriesItems>
  [[gnu::always_inline]] void received(const engine::Event& event, const PayloadHeader& payload,
                                       const CarriesItems& carries_items) {
    count_in_flight(event.payload, -1, !t_.awaits_items_only || carries_items());
    t_.bytes_in_flight -= static_cast<std::int64_t>(payload.bytes);
    t_.tally.received(payload.bytes, event.wait_ns());
    if (t_.trace != nullptr) [[unlikely]]
      note_received(event);
  }
  /// A message that was never on its way.
  void lose_at_send(NodeId from, NodeId to, std::uint32_t slot, std::uint32_t sequence, metrics::Drop reason);

  /// A node that goes down takes along what has not left it, and what waits for its downlink.
  void crash(NodeId node) { t_.world.wire.reset(node, t_.now); }

 private:
  void count_silenced(std::size_t fault, NodeId from, std::span<const NodeId> to, NodeId except);
  [[gnu::always_inline]] void push_transfer(NodeId from, NodeId to, std::uint32_t sequence, std::uint32_t slot,
                                            std::int64_t wait_ns, engine::Step step, std::int64_t at_ns) {
    t_.calendar.push_at(at_ns, static_cast<std::int32_t>(to), [&](engine::Event& event) {
      event.target = static_cast<std::int32_t>(to);
      event.kind = engine::EventKind::kMessage;
      event.step = step;
      event.source = static_cast<std::int32_t>(from);
      event.sequence = sequence;
      event.payload = slot;
      event.set_wait_ns(wait_ns);
    });
  }
  /// Which step comes first, given when the sender goes down next.
  engine::Step first_step(NodeId from, NodeId to, const network::Departure& d) const;
  void count_in_flight(std::uint32_t slot, std::int64_t messages, bool carries_items) {
    t_.in_flight += messages;
    if (is_of_part(slot) || (t_.awaits_items_only && !carries_items)) [[unlikely]]
      t_.unawaited_in_flight += messages;
  }
  void count_waiting(std::uint32_t slot, std::int64_t messages, bool carries_items) {
    count_in_flight(slot, messages, carries_items);
    t_.bytes_in_flight += messages * static_cast<std::int64_t>(payloads_[slot].bytes);
  }
  void drop(const engine::Event& event, const PayloadHeader& payload, metrics::Drop reason);
  void count_lost(NodeId from, NodeId to, std::uint32_t slot, std::uint32_t sequence, metrics::Drop reason);
  void note_received(const engine::Event& event);
  void blame_crash(NodeId node);
  TraceDetail detail(std::uint32_t slot, std::uint32_t sequence, std::string_view text) const;

  RunThread& t_;
  Payloads& payloads_;
  NodeSide& nodes_;
  bool conditional_;
  bool destructive_;
};

}  // namespace hearsay::simulation
