#pragma once

// The reliable transport: attempts, acknowledgements, timeouts, broken connections. The rules are in
// reliable_transfers.hpp. One lane: a connection that breaks or mends changes both its ends at once.

#include <cstdint>

#include "sim/simulation/lifecycle.hpp"
#include "sim/simulation/membership_traffic.hpp"
#include "sim/simulation/reliable_transfers.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

class ReliableTransport final : public LifecycleListener {
 public:
  /// References must outlive it. `membership`: null if it is static.
  ReliableTransport(RunThread& thread, PayloadStore& payloads, Transmission& transmission, NodeSide& nodes,
                    MembershipTraffic* membership)
      : t_(thread), payloads_(payloads), transmission_(transmission), nodes_(nodes), membership_(membership) {}

  /// A record of its own to one recipient.
  void send(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items);
  bool is_broken(const PayloadHeader& payload) {
    return payload.transfer() != kNoTransfer && transfers_[payload.transfer()].broken;
  }
  /// An attempt arrived: true if it is the first and goes to the handler; its acknowledgement starts back.
  bool accept(const engine::Event& event, std::uint32_t transfer);
  /// An attempt was lost on its way.
  void lost(std::uint32_t transfer) { drop_event(transfer); }
  void on_ack(const engine::Event& event);
  void on_timeout(const engine::Event& event);
  void on_reconnect(const engine::Event& event);

  /// Transfers neither acknowledged nor given up.
  std::uint64_t waiting() const { return transfers_.waiting(); }

  void went_down(NodeId node) override { transfers_.give_up_all(node, kNoNode, false); }
  void came_up(const engine::Event&, bool) override {}
  void mend(NodeId a, NodeId b) { transfers_.mend_connection(a, b); }

 private:
  void start_attempt(std::uint32_t transfer);
  void break_connection(const engine::Event& event, NodeId from, NodeId to);
  void push_reconnect(NodeId from, NodeId to);
  void push_peer_change(engine::EventKind kind, NodeId from, NodeId to);
  void drop_event(std::uint32_t transfer);

  RunThread& t_;
  PayloadStore& payloads_;
  Transmission& transmission_;
  NodeSide& nodes_;
  MembershipTraffic* membership_;
  ReliableTransfers transfers_;
};

}  // namespace hearsay::simulation
