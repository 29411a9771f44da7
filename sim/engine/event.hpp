#pragma once

// An event and the total order of events.
//
// The order is made of content alone: (time, target, kind, source, sequence), then the step of the
// wire's own work on one message. It never depends on the order of pushes, on pointers or on hashes, so
// that every engine dispatches the same sequence.

#include <compare>
#include <cstdint>
#include <type_traits>

namespace hearsay::engine {

/// In dispatch order within an instant and target. Append only: the numbers are part of every digest.
enum class EventKind : std::uint8_t {
  kFault = 0,
  kRestart = 1,  ///< also a node's first start
  kPeerDown = 2,
  kPeerUp = 3,
  kPublication = 4,  ///< or the discovery of a block
  kTimer = 5,
  kMessage = 6,
};

/// Steps of one message under one key. Only kDeliver may reach a handler; the rest belongs to the wire.
enum class Step : std::uint8_t {
  kDeliver = 0,           ///< the last bit is here (or the event is not a message)
  kFirstBit = 1,          ///< the receiver's downlink is claimed
  kAck = 2,               ///< reliable transport: the acknowledgement is back at the sender
  kTimeout = 3,           ///< reliable transport: no acknowledgement came
  kRequest = 4,           ///< kPeerUp: another node asks for a connection
  kPart = 5,              ///< a timer of the membership's; it belongs to no protocol
  kCutShort = 6,          ///< instead of kDeliver: the sender goes down before the last bit has left
  kFirstBitCutShort = 7,  ///< likewise instead of kFirstBit, if the first bit arrives before that
  kUplinkFree = 8,        ///< kTimer: what waits in the node's outbox may leave
  kOutcome = 9,           ///< kTimer: of a send that asked for it; wait_ns() says which
};

/// 32 bytes, so that two share a cache line.
struct Event {
  std::int64_t time_ns = 0;
  std::int32_t target = -1;  ///< node; -1: global
  EventKind kind = EventKind::kFault;
  Step step = Step::kDeliver;
  std::uint16_t wait_high = 0;  ///< see wait_ns()
  std::int32_t source = -1;     ///< node that caused it; -1: the environment
  std::uint32_t sequence = 0;   ///< of the source
  std::uint32_t payload = 0;    ///< slot of the message or timer; index of the environment's event
  std::uint32_t wait_low = 0;

  /// Copies field by field: for an event just built in registers, whose copy by wider words would wait for the narrow
  /// stores before it.
  void store(Event& to) const {
    to.time_ns = time_ns;
    to.target = target;
    to.kind = kind;
    to.step = step;
    to.wait_high = wait_high;
    to.source = source;
    to.sequence = sequence;
    to.payload = payload;
    to.wait_low = wait_low;
  }

  /// Messages: time spent waiting for uplink and downlink so far. 48 bits: exact below 39 hours, and from there on to
  /// 66 us, as long as a run can be.
  std::int64_t wait_ns() const {
    const std::int64_t stored = (std::int64_t{wait_high} << 32) | wait_low;
    if (stored >= kLongWait) [[unlikely]]
      return (stored - kLongWait) << kLongWaitShift;
    return stored;
  }
  void set_wait_ns(std::int64_t ns) {
    if (ns >= kLongWait) [[unlikely]]
      ns = kLongWait + (ns >> kLongWaitShift);
    wait_high = static_cast<std::uint16_t>(ns >> 32);
    wait_low = static_cast<std::uint32_t>(ns);
  }
  static constexpr std::int64_t kLongWait = std::int64_t{1} << 47;
  static constexpr int kLongWaitShift = 16;

  friend constexpr std::strong_ordering operator<=>(const Event& a, const Event& b) {
    if (const auto c = a.time_ns <=> b.time_ns; c != 0) return c;
    if (const auto c = a.target <=> b.target; c != 0) return c;
    if (const auto c = a.kind <=> b.kind; c != 0) return c;
    if (const auto c = a.source <=> b.source; c != 0) return c;
    if (const auto c = a.sequence <=> b.sequence; c != 0) return c;
    return a.step <=> b.step;
  }
  friend constexpr bool operator==(const Event& a, const Event& b) { return (a <=> b) == 0; }
};
static_assert(sizeof(Event) == 32 && std::is_trivially_copyable_v<Event>);

}  // namespace hearsay::engine
