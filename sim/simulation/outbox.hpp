#pragma once

// What happens in the outboxes of the nodes: the rules are in outbox_lists.hpp.

#include <cstdint>

#include "sim/protocol/sends.hpp"
#include "sim/simulation/outbox_lists.hpp"
#include "sim/simulation/run_thread.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

class ReliableTransport;

/// One thread's way to the outboxes of the nodes that it runs.
class Outbox {
 public:
  /// References must outlive it.
  Outbox(RunThread& thread, Payloads& payloads, Transmission& transmission, NodeSide& nodes)
      : t_(thread), payloads_(payloads), transmission_(transmission), nodes_(nodes) {}
  /// Null for datagrams.
  void set_transport(ReliableTransport* transport) { transport_ = transport; }

  /// A tracked send begins: the handle knows whom it is for. The caller holds it until the message is posted.
  void track(NodeId from, std::uint32_t handle, NodeId to);
  void hold(NodeId from, std::uint32_t handle);
  void release(NodeId from, std::uint32_t handle);
  /// A record of its own to one recipient, a datagram or an attempt.
  void post(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items, const SendAsk& ask,
            std::uint32_t transfer = kNoTransfer);
  /// Takes the message back if it waits.
  void cancel(NodeId from, std::uint32_t handle);
  void on_uplink_free(const engine::Event& event);
  /// The node is down: what waits is lost.
  void went_down(NodeId node);

  /// What became of a tracked message will be told: it will not get there, or (a fault silences the node, which does
  /// not know) it seems to have left.
  void fail(NodeId from, std::uint32_t handle, protocol::SendFailure why);
  void seem_sent(NodeId from, std::uint32_t handle);

  struct Outcome {
    NodeId to;
    bool sent;
    protocol::SendFailure why;  ///< if it was not
  };
  /// Of an event with Step::kOutcome. The event's reference is the caller's now.
  Outcome outcome(const engine::Event& event);

 private:
  LaneOutbox& lane(NodeId node) { return t_.lane_of(node).outbox; }
  OutboxNode& box(NodeId node) { return t_.world.outboxes[index(node)]; }
  SimTime leave(const Outgoing& message);
  void wait(const Outgoing& message);
  Outgoing take(NodeId node, std::uint32_t place);
  void lose(const Outgoing& message, metrics::Drop reason);
  void wake(NodeId node);
  void push_outcome(NodeId from, std::uint32_t handle, SimTime at, std::int64_t what);

  RunThread& t_;
  Payloads& payloads_;
  Transmission& transmission_;
  NodeSide& nodes_;
  ReliableTransport* transport_ = nullptr;
};

}  // namespace hearsay::simulation
