#pragma once

// Who knows whom and who is connected to whom, as it changes while a run lasts: one state machine for all nodes,
// without I/O. Events go in (a node started or went down, a message arrived, a timer is due), effects come out (send,
// set a timer, this node's end of a connection goes up or down); the simulation acts on them, or a test by hand.
// A connection has two ends, each node's own: one may hold it while the other does not, until a message tells.
//
// registry   A list that is no node: asking it costs no message and is never lost, but takes registry_delay.
//   1. A node that starts, or starts again, registers at once, and registry_delay later learns all that are then
//      registered and not expired. It connects to each that it is not connected to: its own end at once, the other
//      end when `connect` arrives, one link latency later. So a full mesh.
//   2. Every `refresh` it renews its entry and gets the list again, registry_delay later: it connects to what is
//      new, and disconnects from what is gone and forgets it. An entry is gone expire_after its last renewal.
//      Without refresh it learns of later nodes by their `connect`, and keeps those that went down.
//
// exchange   Each node has a view: at most view_capacity nodes that it knows, each with the time of its last sign of
//   life as far as told. Its bootstrap peers are those of the topology that join no later than itself.
//   1. Nodes that are up from the start begin connected to their bootstrap peers that are, too. A node that starts
//      later begins with its bootstrap peers as its view; one that starts again, with the view it kept, if any.
//   2. A node with fewer than `active` peers connects to random known nodes (`connect`): at its start, and after
//      each ping round and timeout. Who is asked accepts, unless its view is full of peers (then `disconnect`).
//   3. Every ping_interval (the first time within one, drawn) it pings its peers. Whoever is pinged answers with a
//      pong of list_size random known nodes, the asker excepted. A ping is missed if no pong of its round has come
//      ping_timeout later; after suspect_after in a row the peer is dropped from peers and view, told so
//      (`disconnect`), and replaced. So a peer that goes down is dropped at the latest suspect_after x ping_interval
//      + ping_timeout later.
//   4. A ping over a connection whose other end is gone is answered with `disconnect` beside the pong: the end of
//      a connection that a crash or a lost message left over lives for a round at most.
//   5. Descriptors: the latest time counts. One from before the drop of a node does not bring it back. A node that
//      nobody has heard of for expire_after is forgotten, unless it is connected. In a full view a new node takes
//      the place of the one not heard of for longest among eight drawn, if it was heard of later than that.
//   6. In each ping round a node also pings one of the bootstrap peers that it does not know any more, in turn; if
//      it has no peer, all of them. One that answers is known and connected again, whatever `active`. So the halves
//      of a healed partition find each other however long it was, within as many rounds as bootstrap peers.
//   7. Every rotate_interval it disconnects from random peers in excess of `active`, and then exchanges one random
//      peer for a random node known before. Without rotation peers in excess stay.
//
// A node that goes down holds no connection any more; the other ends notice by themselves. Messages are datagrams
// whatever the transport: what is not answered is asked again. A node's draws are its own (Stream::kMembership).
//
// A message O(log view), a pong O(list_size x (view moves + list_size)), a ping round O(view).

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"
#include "sim/membership/message.hpp"
#include "sim/membership/spec.hpp"
#include "sim/membership/view.hpp"
#include "sim/network/nodes.hpp"

namespace hearsay::membership {

class Membership {
 public:
  /// `topology[n]`: the peers that the topology gives node n. `nodes` is read here only. Not for Kind::kStatic.
  Membership(const MembershipSpec& spec, std::span<const network::NodeAttributes> nodes,
             std::span<const std::vector<NodeId>> topology, std::uint64_t seed);

  // ----------------------------------------------------------------------------------------- events
  /// The node comes up, for the first time or again. A node whose `joins` is 0 counts as up before.
  void on_start(NodeId self, bool lost_state, SimTime now, Effects& out);
  /// The node, which is up, goes down: its connections and timers are gone.
  void on_down(NodeId self, SimTime now);
  void on_message(NodeId self, NodeId from, const Message& message, SimTime now, Effects& out);
  void on_timer(NodeId self, Timer timer, SimTime now, Effects& out);
  /// The transport gave the connection up, or mended it.
  void on_broken(NodeId self, NodeId peer, SimTime now, Effects& out);
  void on_mended(NodeId self, NodeId peer, SimTime now, Effects& out);

  // -------------------------------------------------------------------------------------- questions
  /// False for a timer that its node did not live to see.
  bool is_pending(NodeId self, Timer timer) const { return node(self).up && node(self).life == timer.life; }
  /// This node's own end.
  bool connected(NodeId self, NodeId peer) const;
  bool knows(NodeId self, NodeId other) const { return node(self).view.knows(other); }
  const View& view(NodeId self) const { return node(self).view; }
  std::span<const NodeId> bootstrap(NodeId self) const { return node(self).bootstrap; }

  // ---------------------------------------------------------------------------------------- figures
  /// Of the views of the live nodes; no value where there is none.
  std::optional<double> view_size_mean() const;
  std::optional<double> view_size_p50() const;
  /// Share of their entries that are down.
  std::optional<double> stale_view_share() const;
  /// Time from the first start of a node that joins late until half of the other live nodes know it; mean over those
  /// that got there.
  std::optional<double> join_known_s() const;
  std::size_t memory_bytes() const;

 private:
  struct Dropped {
    NodeId node;
    SimTime at;
  };
  struct Node {
    View view;
    std::vector<NodeId> bootstrap;
    std::vector<Dropped> dropped;  // in the order of the drops
    std::uint64_t draws = 0;
    std::uint32_t life = 0;
    std::uint32_t round = 0;
    std::uint32_t next_bootstrap = 0;  // whose turn it is to be asked
    bool up = false;
  };
  enum class Joiner : std::uint8_t { kNone, kToCome, kUnknown, kKnown };

  /// One event at one node.
  class Turn;

  const Node& node(NodeId id) const { return nodes_[index(id)]; }
  Node& node(NodeId id) { return nodes_[index(id)]; }

  // Changes of views, counted.
  void learn(NodeId self, NodeId other, SimTime heard, SimTime now);
  void learn_bootstrap(NodeId self, SimTime now);
  void forget(NodeId self, NodeId other);
  void count_view(NodeId self, bool up, SimTime now);
  void check_joiner(NodeId joiner, SimTime now);

  // What both kinds do (membership.cpp).
  void connect_to(Turn& t, NodeId peer) const;
  void disconnect_from(Turn& t, NodeId peer) const;
  static void set_timer(Turn& t, Duration delay, TimerKind kind);

  // registry.cpp
  void registry_start(Turn& t);
  void registry_renew(Turn& t);
  void registry_list(Turn& t);
  void registry_message(Turn& t, NodeId from, const Message& message);
  bool is_registered(NodeId other, SimTime now) const;

  // exchange.cpp
  void exchange_start(Turn& t);
  void exchange_message(Turn& t, NodeId from, const Message& message);
  void answer_ping(Turn& t, NodeId from, const Message& ping);
  void read_pong(Turn& t, NodeId from, const Message& pong);
  void accept(Turn& t, NodeId from);
  void ping_round(Turn& t);
  void ping_timeout(Turn& t);
  void rotate(Turn& t);
  void fill(Turn& t);
  void drop(Turn& t, NodeId peer);
  void ask_lost_bootstrap(Turn& t);
  void forget_the_silent(Turn& t);
  bool make_room(Turn& t, SimTime heard);
  /// A sign of life of `other`, heard by itself; false if there is no room for it.
  bool hear(Turn& t, NodeId other);
  void hear_of(Turn& t, const NodeDescriptor& report);

  MembershipSpec spec_;
  std::uint64_t seed_;
  std::vector<Node> nodes_;
  std::vector<SimTime> registered_;     // registry: last renewal; kNever: none
  std::vector<std::uint32_t> knowers_;  // live nodes that know the node
  std::uint32_t live_ = 0;
  std::vector<Joiner> joiners_;
  std::vector<SimTime> joined_;
  std::vector<NodeId> unknown_;  // joiners that are up to become known
  double known_after_s_ = 0;
  std::uint32_t known_ = 0;
  std::vector<View::Entry> sample_;  // for a handler's own use
  std::vector<NodeId> chosen_;
};

/// What a handler needs at hand. The node's draws go on where they stopped.
class Membership::Turn {
 public:
  Turn(Membership& all, NodeId who, SimTime when, Effects& effects)
      : self(who),
        now(when),
        out(effects),
        own(all.node(who)),
        rng(all.seed_, Stream::kMembership, static_cast<std::uint64_t>(who)) {
    rng.seek(own.draws);
  }
  ~Turn() { own.draws = rng.position(); }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  View& view() { return own.view; }
  /// Uniform in [1 ns, span].
  Duration within(Duration span) {
    return nanoseconds(1 + static_cast<std::int64_t>(rng.below(static_cast<std::uint64_t>(span.ns))));
  }

  const NodeId self;
  const SimTime now;
  Effects& out;
  Node& own;
  KeyedDraws rng;
};

}  // namespace hearsay::membership
