#pragma once

// What a send may ask for beside its delivery: its place among what waits for the node's uplink, and word of what
// became of it. A protocol that asks says so by `static constexpr bool kOutbox = true`; then all messages of the run
// wait for their uplinks in the open, where they can be overtaken and taken back. Otherwise nothing of this costs
// anything.

#include <cstddef>
#include <cstdint>

#include "sim/protocol/timers.hpp"

namespace hearsay::protocol {

/// A more urgent message leaves before all that still wait in a later class; within a class they leave in the order of
/// the sends. A transfer that is under way is finished.
enum class Priority : std::uint8_t { kCritical, kHigh, kNormal, kLow };
inline constexpr std::size_t kPriorities = 4;

/// Names a send whose outcome was asked for; stays harmless when the outcome is known.
struct SendId {
  TimerId handle;
  friend bool operator==(SendId, SendId) = default;
};

/// Why a message did not leave, or did not get there as far as its sender can know. A datagram that has left is never
/// known to be lost.
enum class SendFailure : std::uint8_t {
  kCancelled,  ///< taken back before its first bit left
  kBroken,     ///< the reliable transport gave up: the connection broke
  kPeerGone,   ///< the reliable transport did not try: the connection had broken before
};

/// P asks for priorities or outcomes. A whole says so for its parts.
template <class P>
inline constexpr bool kUsesOutbox = false;
template <class P>
requires requires { P::kOutbox; }
inline constexpr bool kUsesOutbox<P> = P::kOutbox;

}  // namespace hearsay::protocol
