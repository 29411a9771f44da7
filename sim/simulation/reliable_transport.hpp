#pragma once

// The reliable transport: attempts, acknowledgements, timeouts, broken connections. The rules are in
// reliable_transfers.hpp.

#include <cstdint>

#include "sim/simulation/connections.hpp"
#include "sim/simulation/outbox.hpp"
#include "sim/simulation/reliable_transfers.hpp"
#include "sim/simulation/transmission.hpp"

namespace hearsay::simulation {

class ReliableTransport {
 public:
  /// References must outlive it.
  ReliableTransport(RunThread& thread, PayloadSpace& transfers, Payloads& payloads, Transmission& transmission,
                    Connections& connections)
      : t_(thread),
        transfers_(transfers),
        payloads_(payloads),
        transmission_(transmission),
        connections_(connections) {}

  /// Null where the wire's own FIFO serves.
  void set_outbox(Outbox* outbox) { outbox_ = outbox; }

  /// A record of its own to one recipient.
  void send(NodeId from, NodeId to, std::uint32_t slot, std::size_t kind, bool carries_items, const SendAsk& ask = {});
  // An attempt that went into the outbox: it leaves now, or it was lost there.
  void departed(std::uint32_t transfer, const Transmission::Sent& sent);
  void abandoned(std::uint32_t transfer) { drop_event(transfer); }
  bool is_given_up(std::uint32_t transfer) const { return transfers_[transfer].given_up; }
  /// The sender takes it back.
  void cancel(std::uint32_t transfer) { end_waiting(transfers_[transfer]); }
  /// An attempt that left before the receiver learned that the connection had broken.
  bool is_broken(const engine::Event& event, const PayloadHeader& payload);
  /// An attempt arrived: true if it is the first and goes to the handler; its acknowledgement starts back.
  bool accept(const engine::Event& event, std::uint32_t transfer);
  /// An attempt was lost on its way.
  void lost(std::uint32_t transfer) { drop_event(transfer); }
  void on_ack(const engine::Event& event);
  void on_timeout(const engine::Event& event);

  void went_down(NodeId node) { give_up_all(node, kNoNode, GiveUp::kCrash); }
  /// This node learns that the connection has broken.
  void connection_broke(NodeId self, NodeId peer);
  /// They are connected again.
  void mend(NodeId self, NodeId peer) { lane(self).broken.erase({self, peer}); }

 private:
  LaneTransfers& lane(NodeId node) { return t_.lane_of(node).transfers; }
  bool refused(NodeId from, NodeId to);
  void start_attempt(std::uint32_t transfer);
  void end_waiting(Transfer& transfer);
  enum class GiveUp : std::uint8_t { kCrash, kBroken };
  void give_up_all(NodeId from, NodeId to, GiveUp why);
  void drop_event(std::uint32_t transfer);

  RunThread& t_;
  TransferPool transfers_;
  Payloads& payloads_;
  Transmission& transmission_;
  Connections& connections_;
  Outbox* outbox_ = nullptr;
};

}  // namespace hearsay::simulation
