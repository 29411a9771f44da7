#pragma once

// HyParView (J. Leitao, J. Pereira, L. Rodrigues, "HyParView: a membership protocol for reliable gossip-based
// broadcast", DSN 2007). Each node has a small active view, its connections, which are symmetric and watched, and a
// larger passive view of nodes to take the place of those that fail.
//
//   1. Join. A node that comes up without a connection asks a contact, one of its topology peers, for one. The contact
//      always accepts, and sends `forward-join` with a time to live of active_walk to its other peers, which pass it on
//      at random. Where the walk ends, or at a node with one peer, the new node gets a connection; where passive_walk
//      steps are left it gets a place in the passive view.
//   2. A node that accepts a connection beyond `active` closes a random other one, and keeps that node in its passive
//      view; so does the node whose connection was closed.
//   3. Repair. A node that misses a peer asks random nodes of its passive view in turn: with high priority if it has no
//      peer at all, which is always accepted, else with low priority, which is accepted where there is room. Who does
//      not answer is forgotten. Who refuses stays, and is asked again after the next shuffle.
//   4. Shuffle. Every shuffle_interval (the first time within one, drawn) a node sends its own id, shuffle_active nodes
//      of its active and shuffle_passive of its passive view on a random walk of active_walk steps; where it ends as
//      many nodes of the passive view are sent back. Both put what is new to them into their passive views, in a full
//      one in the place of what they have just sent away, else of a random node.
//
// A node fails when the failure detector (network.keep_alive) or the reliable transport says so, as the paper's TCP
// does. The paper's messages JOIN, NEIGHBOR and DISCONNECT are the opening and closing of connections here, which costs
// no bytes. Nodes that are up from the start begin connected as the topology says, so a topology of at most `active`
// links a node is the overlay after all have joined.
//
// Sizes on the wire, before network.overhead_bytes: 16 bytes a message and 18 for each node that it names (address 16,
// port 2). A message O(passive), a shuffle O(passive).

#include <cstdint>
#include <span>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/protocol/context.hpp"
#include "sim/protocol/membership.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::membership {

class Hyparview {
 public:
  static constexpr std::string_view kName = "hyparview";
  static constexpr std::string_view kSummary =
      "a few symmetric connections, and a passive view of nodes that replace those that fail";
  static constexpr protocol::TopologyUse kTopology = protocol::TopologyUse::kBootstrap;
  static constexpr bool kConnects = true;

  struct Params {
    std::uint32_t active = 5;
    std::uint32_t passive = 30;
    std::uint32_t active_walk = 6;
    std::uint32_t passive_walk = 3;
    Duration shuffle_interval = seconds(10);
    std::uint32_t shuffle_active = 3;
    std::uint32_t shuffle_passive = 4;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;

    double expected_messages(double nodes, double seconds) const {
      return nodes * (active_walk + 1.0) * seconds / to_seconds(shuffle_interval);
    }
    double expected_view(double) const { return active + passive; }
  };

  static constexpr protocol::Gauge kActiveView{"active_view", {.help = "nodes in a live node's active view"}};
  static constexpr protocol::Gauge kPassiveView{"passive_view", {.help = "nodes in a live node's passive view"}};
  static constexpr auto kFigures = protocol::figures(kActiveView, kPassiveView);

  static constexpr std::uint64_t kHeaderBytes = 16;
  static constexpr std::uint64_t kEntryBytes = 18;
  struct Joined {
    static constexpr std::string_view kName = "joined";
    std::uint64_t wire_bytes() const { return kHeaderBytes; }
    auto content() const { return std::tuple<>(); }
  };
  struct ForwardJoin {
    static constexpr std::string_view kName = "forward-join";
    NodeId node = kNoNode;
    std::uint32_t steps = 0;  ///< left
    std::uint64_t wire_bytes() const { return kHeaderBytes + kEntryBytes; }
    auto content() const { return std::tie(node, steps); }
  };
  struct Shuffle {
    static constexpr std::string_view kName = "shuffle";
    NodeId origin = kNoNode;
    std::uint32_t steps = 0;
    std::vector<NodeId> nodes;  ///< without the origin
    std::uint64_t wire_bytes() const { return kHeaderBytes + kEntryBytes * (1 + nodes.size()); }
    auto content() const { return std::tie(origin, steps, nodes); }
  };
  struct ShuffleReply {
    static constexpr std::string_view kName = "shuffle-reply";
    std::vector<NodeId> nodes;
    std::uint64_t wire_bytes() const { return kHeaderBytes + kEntryBytes * nodes.size(); }
    auto content() const { return std::tie(nodes); }
  };
  using Message = std::variant<Joined, ForwardJoin, Shuffle, ShuffleReply>;
  /// The next shuffle.
  struct Timer {
    auto content() const { return std::tuple<>(); }
  };
  using Ctx = protocol::Context<Hyparview>;

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, NodeId from, const Message& message);
  void on_timer(Ctx& ctx, const Timer&);
  void on_peer_up(Ctx& ctx, NodeId peer);
  void on_peer_down(Ctx& ctx, NodeId peer, protocol::PeerDown why);
  bool accepts(const Ctx& ctx, NodeId from, std::uint8_t purpose) const;

  std::span<const NodeId> active() const { return active_; }
  std::span<const NodeId> passive() const { return passive_; }
  void known(std::vector<NodeId>& out) const {
    out.insert(out.end(), active_.begin(), active_.end());
    out.insert(out.end(), passive_.begin(), passive_.end());
  }
  void gauges(const Params&, const protocol::Moment&, protocol::GaugeReadings& readings) const {
    readings.add(kActiveView, active_.size());
    readings.add(kPassiveView, passive_.size());
  }
  std::size_t memory_bytes() const {
    return (active_.capacity() + passive_.capacity() + tried_.capacity() + shuffled_.capacity()) * sizeof(NodeId);
  }

 private:
  enum Purpose : std::uint8_t { kLow, kHigh, kJoin };

  void on(Ctx& ctx, NodeId from, const Joined&);
  void on(Ctx& ctx, NodeId from, const ForwardJoin& walk);
  void on(Ctx& ctx, NodeId from, const Shuffle& walk);
  void on(Ctx& ctx, NodeId from, const ShuffleReply& reply);
  void repair(Ctx& ctx);
  void join(Ctx& ctx);
  void ask(Ctx& ctx, NodeId node, Purpose purpose);
  void integrate(Ctx& ctx, std::span<const NodeId> nodes, std::span<const NodeId> sent);
  /// A node of which this one hears; nothing happens if it knows it.
  void add_passive(Ctx& ctx, NodeId node, std::span<const NodeId> sent = {});
  /// A node that is in no view: in a full view in the place of one of `sent`, or of a random node.
  void make_passive(Ctx& ctx, NodeId node, std::span<const NodeId> sent = {});
  /// A random peer other than these two; kNoNode if there is none.
  NodeId other_peer(Ctx& ctx, NodeId not_this, NodeId nor_this) const;
  static std::vector<NodeId> some(Ctx& ctx, std::span<const NodeId> of, std::size_t count);

  std::vector<NodeId> active_;    // in the order in which they came
  std::vector<NodeId> passive_;   // in no order that means anything
  std::vector<NodeId> tried_;     // asked since the last shuffle, in vain
  std::vector<NodeId> shuffled_;  // of the passive view, sent in the last shuffle
  NodeId asked_ = kNoNode;        // for a connection
  Purpose asked_for_ = kLow;
};

template <class Fields>
void Hyparview::Params::fields(Fields& f) {
  f.integer("active", &Params::active, {.help = "peers that a node has: its active view", .min = 1});
  f.integer("passive", &Params::passive, {.help = "other nodes that it knows: its passive view", .min = 1});
  f.integer("active_walk", &Params::active_walk,
            {.help = "steps of the random walks of a new node's name, and of a shuffle (ARWL)", .min = 1, .max = 1000});
  f.integer("passive_walk", &Params::passive_walk,
            {.help = "steps left at which a new node's name enters a passive view (PRWL)", .max = 1000});
  f.duration("shuffle_interval", &Params::shuffle_interval, {.help = "time between a node's shuffles", .min = 1});
  f.integer("shuffle_active", &Params::shuffle_active, {.help = "nodes of the active view in a shuffle"});
  f.integer("shuffle_passive", &Params::shuffle_passive, {.help = "nodes of the passive view in a shuffle"});
}

}  // namespace hearsay::membership
