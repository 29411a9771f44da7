#pragma once

// Membership by the topology: who is linked is connected, as long as the run lasts.
//
//   1. A connection that breaks, or whose other end is seen to have crashed, is asked for again every
//      network.reconnect_delay, by both ends, until it is there again.
//   2. A node that starts late or again, and holds no end of a link of its own, asks for it at once.
//   3. What a protocol closes stays closed.
//
// It has nothing to do, and costs nothing, where connections cannot break: with datagrams and without
// network.keep_alive.

#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/protocol/context.hpp"
#include "sim/protocol/membership.hpp"
#include "sim/protocol/protocol.hpp"

namespace hearsay::membership {

class Static {
 public:
  static constexpr std::string_view kName = "static";
  static constexpr std::string_view kSummary = "the topology says who is connected to whom, as long as the run lasts";
  static constexpr protocol::TopologyUse kTopology = protocol::TopologyUse::kPeers;
  static constexpr bool kConnects = true;
  static constexpr bool kRepairsOnly = true;

  struct Params {
    template <class Fields>
    static void fields(Fields&) {}
  };
  using Message = std::variant<protocol::NoMessage>;
  /// It is time to ask a peer again.
  struct Timer {
    NodeId peer = kNoNode;
    auto content() const { return std::tie(peer); }
  };
  using Ctx = protocol::Context<Static>;

  void on_start(Ctx& ctx);
  void on_message(Ctx&, NodeId, const Message&) {}
  void on_timer(Ctx& ctx, const Timer& timer) { ask(ctx, timer.peer); }
  void on_peer_down(Ctx& ctx, NodeId peer, protocol::PeerDown why);

 private:
  void ask(Ctx& ctx, NodeId peer);

  std::vector<NodeId> missing_;  // asked for again and again
};

}  // namespace hearsay::membership
