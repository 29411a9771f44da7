#pragma once

// Messages that wait for their own node's uplink in the open: by class of priority, first come, first served in each.
// Used by a run whose protocol asks for it (sim/protocol/sends.hpp); then every message of the run goes through here,
// its further attempts on the reliable transport too. Otherwise the wire's own FIFO serves, and nobody looks in here.
//
// A message counts as sent, and is in flight, from the send on. It leaves at once if the uplink is free; else it waits,
// and when the uplink becomes free the first of the most urgent class leaves. What occupies no uplink never waits:
// control messages, and everything on the wire `delay`. A crash empties the node's outbox.
//
// A tracked send has a handle: a slot of the lane's table of timers, so that it dies in a crash as they do. It is
// referred to by the message that waits, by the reliable transfer, and by the events that carry outcomes to the node,
// and is free when none is left.

#include <array>
#include <cstdint>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/protocol/sends.hpp"
#include "sim/simulation/payloads.hpp"

namespace hearsay::simulation {

inline constexpr std::uint32_t kNoHandle = 0xffff'ffff;

/// What a send asks for.
struct SendAsk {
  protocol::Priority priority = protocol::Priority::kNormal;
  std::uint32_t handle = kNoHandle;  ///< slot in the sender's lane's table of timers
};

/// A message on its way to one recipient, as its sender's side sees it.
struct Outgoing {
  NodeId from = kNoNode, to = kNoNode;
  std::uint32_t payload = 0;
  std::uint32_t kind = 0;
  bool carries_items = false;
  SendAsk ask;
  std::uint32_t transfer = kNoTransfer;  ///< an attempt of it; kNoTransfer: a datagram
  std::uint32_t sequence = 0;
  SimTime handed;  ///< when it was sent
};

/// A node's place among the messages of its lane that wait.
struct OutboxNode {
  static constexpr std::uint32_t kNone = 0xffff'ffff;
  struct List {
    std::uint32_t first = kNone, last = kNone;
  };
  std::array<List, protocol::kPriorities> classes;
  std::uint64_t bytes = 0;  ///< of all that wait
  bool waking = false;      ///< an event is on its way to look when the uplink is free
};

/// What the outboxes of the nodes of one lane have in common.
struct LaneOutbox {
  struct Waiting {
    Outgoing message;
    std::uint32_t before = OutboxNode::kNone, after = OutboxNode::kNone;  ///< of the same node and class
  };
  struct Handle {
    NodeId to = kNoNode;
    std::uint32_t references = 0;
    std::uint32_t waiting = OutboxNode::kNone;  ///< the message, while it waits
    bool sent = false;                          ///< some attempt of it has left
  };
  std::vector<Waiting> waiting;
  std::vector<std::uint32_t> free;
  std::vector<Handle> handles;  ///< by slot of the table of timers
};

}  // namespace hearsay::simulation
