#pragma once

// Connections that come and go while a run lasts. Each node has its own ends; the overlay lists those that are up.
//
//   connect     A request takes the link's latency. The other end says yes or no at once: it is up there when the yes
//               leaves, and here when the yes arrives. Two requests that cross make one connection, that of the lower
//               id.
//   disconnect  This end is gone 1 ns later, the other end when it hears of it.
//   broken      The reliable transport gave up: likewise, but the other end learns of it whatever the network does.
//   crash       The ends of a node that goes down are gone. The other ends stay, until a message shows that nobody is
//               there, or until the failure detector has not heard of the node for network.keep_alive.
//
// These signals are free, as acknowledgements are: they occupy no link and are lost only on a link that is cut, or at a
// node that is down. Each names its connection by who opened it and when, so that a late one means no later connection.
//
// Where a membership is static and there is no keep-alive, nodes keep their ends when they go down, and nobody is told.
// The other end of a connection is never looked at: it may be run by another thread.

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/protocol/connections.hpp"
#include "sim/simulation/run_thread.hpp"

namespace hearsay::simulation {

class ReliableTransport;

class Connections {
 public:
  /// References must outlive it.
  Connections(RunThread& thread, NodeSide& nodes) : t_(thread), nodes_(nodes) {}
  /// Null for datagrams.
  void set_transport(ReliableTransport* transport) { transport_ = transport; }

  void connect(NodeId self, NodeId peer, std::uint8_t purpose);
  void disconnect(NodeId self, NodeId peer);
  /// The transport gave up; nothing happens if they are no peers.
  void give_up(NodeId self, NodeId peer);

  /// An event of kind kPeerUp or kPeerDown.
  void on_event(const engine::Event& event);
  void went_down(NodeId self);
  /// A fault that cuts links has begun: the failure detector will see it, if it lasts.
  void links_cut();

 private:
  /// What a signal says beside who sends it to whom.
  struct Signal {
    NodeId peer;             // the other end, as its receiver sees it
    std::uint32_t id;        // of the connection
    std::uint16_t word = 0;  // kPeerDown: why; a request: its purpose
  };
  static Signal signal_of(const engine::Event& event);
  void push(SimTime at, NodeId to, NodeId from, engine::EventKind kind, engine::Step step, const Signal& signal);
  /// To the other end, a latency later, if the network lets it.
  void tell(NodeId self, NodeId peer, engine::EventKind kind, engine::Step step, std::uint32_t id, std::uint16_t word);
  void tell_down(NodeId self, NodeId peer, std::uint32_t id, protocol::PeerDown why) {
    tell(self, peer, engine::EventKind::kPeerDown, engine::Step::kDeliver, id, static_cast<std::uint16_t>(why));
  }
  void own_end_down(NodeId self, NodeId peer, std::uint32_t id, protocol::PeerDown why, SimTime at);
  SimTime arrival(NodeId from, NodeId to) const;

  void on_request(const engine::Event& event, NodeId self, const Signal& signal);
  void on_yes(const engine::Event& event, NodeId self, const Signal& signal);
  void on_down(const engine::Event& event, NodeId self, const Signal& signal);
  bool has_room(NodeId self) const;
  void go_up(const engine::Event& event, NodeId self, ConnectionEnd& end);
  void go_down(const engine::Event& event, NodeId self, NodeId peer, protocol::PeerDown why);

  RunThread& t_;
  NodeSide& nodes_;
  ReliableTransport* transport_ = nullptr;
};

}  // namespace hearsay::simulation
