#pragma once

// Membership by exchange of views. Each node has a view: at most view_capacity nodes that it knows, each with the time
// of its last sign of life as far as told. Its bootstrap peers are those of the topology that join no later than
// itself.
//
//   1. Nodes that are up from the start begin connected to their bootstrap peers that are, too. A node that starts
//      later begins with its bootstrap peers as its view; one that starts again, with the view it kept, if any.
//   2. A node with fewer than `active` peers connects to random known nodes: at its start, and after each ping round
//      and timeout. Who is asked accepts, unless its view is full of peers.
//   3. Every ping_interval (the first time within one, drawn) it pings its peers. Whoever is pinged answers with a
//      pong of list_size random known nodes, the asker excepted. A ping is missed if no pong of its round has come
//      ping_timeout later; after suspect_after in a row the peer is dropped from peers and view, the connection closed,
//      and it is replaced. So a peer that goes down is dropped at the latest suspect_after x ping_interval +
//      ping_timeout later. One that does not answer a request for a connection, or that the transport or the failure
//      detector gives up, is dropped at once.
//   4. A pong says whether the asker is a peer. Who is told that it is none closes its end: the end of a connection
//      that a crash or a cut left over lives for a round at most.
//   5. Descriptors: the latest time counts. One from before the drop of a node does not bring it back. A node that
//      nobody has heard of for expire_after is forgotten, unless it is connected. In a full view a new node takes
//      the place of the one not heard of for longest among eight drawn, if it was heard of later than that.
//   6. In each ping round a node also pings one of the bootstrap peers that it does not know any more, in turn; if
//      it has no peer, all of them. One that answers is known and connected again, whatever `active`. So the halves
//      of a healed partition find each other however long it was, within as many rounds as bootstrap peers.
//   7. Every rotate_interval it disconnects from random peers in excess of `active`, and then exchanges one random
//      peer for a random node known before. Without rotation peers in excess stay.
//
// Sizes on the wire, before network.overhead_bytes: 16 bytes a message (kind, sender's port, number), and 22 for each
// node that a pong names (address 16, port 2, age 4). A time of last sign of life travels as an age; what it takes on
// the way is corrected for, so the clocks of the nodes need not agree.
//
// A message O(log view), a pong O(list_size x (view moves + list_size)), a ping round O(view).

#include <cstdint>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/membership/view.hpp"
#include "sim/protocol/context.hpp"
#include "sim/protocol/membership.hpp"
#include "sim/protocol/protocol.hpp"

namespace hearsay::membership {

class Exchange {
 public:
  static constexpr std::string_view kName = "exchange";
  static constexpr std::string_view kSummary =
      "nodes ping their peers, tell each other whom they know, and replace peers that are gone";
  static constexpr protocol::TopologyUse kTopology = protocol::TopologyUse::kBootstrap;
  static constexpr bool kConnects = true;

  struct Params {
    std::uint32_t active = 0;
    Duration ping_interval;
    Duration ping_timeout;
    std::uint32_t suspect_after = 0;
    std::uint32_t list_size = 0;
    std::optional<Duration> rotate_interval;
    std::optional<std::uint32_t> view_capacity;
    std::optional<Duration> expire_after;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;

    std::uint32_t capacity() const { return view_capacity.value_or(active > 1000 ? active : 1000); }
    /// With v nodes in a view, `list_size` l and `active` a, a node's last sign of life spreads by a factor of about 1
    /// + a l / v in each interval, so it reaches n nodes within some (v / (a l)) ln n intervals: 50 are enough for v =
    /// 1000, a l = 120 and n = 1000, and where they are not, views settle at the size for which they are.
    Duration lifetime() const { return expire_after.value_or(ping_interval * 50); }
    double expected_messages(double nodes, double seconds) const {
      return nodes * (2.0 * active + 2) * seconds / to_seconds(ping_interval);
    }
    double expected_view(double nodes) const { return nodes < capacity() ? nodes : capacity(); }
  };

  /// A node and when somebody last heard of it.
  using Descriptor = std::pair<NodeId, SimTime>;
  static constexpr std::uint64_t kHeaderBytes = 16;
  static constexpr std::uint64_t kEntryBytes = 22;
  struct Ping {
    static constexpr std::string_view kName = "ping";
    std::uint32_t round = 0;
    bool to_peer = true;  ///< the asker holds a connection
    std::uint64_t wire_bytes() const { return kHeaderBytes; }
    auto content() const { return std::tie(round, to_peer); }
  };
  struct Pong {
    static constexpr std::string_view kName = "pong";
    std::uint32_t round = 0;  ///< the asker's
    bool to_peer = true;      ///< as asked
    bool is_peer = true;      ///< the asker is a peer of who answers
    std::vector<Descriptor> nodes;
    std::uint64_t wire_bytes() const { return kHeaderBytes + kEntryBytes * nodes.size(); }
    auto content() const { return std::tie(round, to_peer, is_peer, nodes); }
  };
  using Message = std::variant<Ping, Pong>;
  struct Timer {
    enum class Kind : std::uint8_t {
      kRound,    ///< ping the peers
      kTimeout,  ///< pings of this round that are unanswered are missed
      kRotate,
    };
    Kind kind = Kind::kRound;
    auto content() const { return std::tie(kind); }
  };
  struct Workspace {
    std::vector<View::Entry> sample;
    std::vector<NodeId> chosen;
  };
  using Ctx = protocol::Context<Exchange>;

  void on_start(Ctx& ctx);
  void on_message(Ctx& ctx, NodeId from, const Message& message);
  void on_timer(Ctx& ctx, const Timer& timer);
  void on_peer_up(Ctx& ctx, NodeId peer);
  void on_peer_down(Ctx& ctx, NodeId peer, protocol::PeerDown why);
  bool accepts(const Ctx& ctx, NodeId from, std::uint8_t) const {
    return view_.knows(from) || view_.strangers() > 0 || view_.size() < ctx.params().capacity();
  }

  const View& view() const { return view_; }
  void known(std::vector<NodeId>& out) const { view_.append_to(out); }
  std::size_t memory_bytes() const;

 private:
  struct Dropped {
    NodeId node;
    SimTime at;
  };

  void answer(Ctx& ctx, NodeId from, const Ping& ping);
  void read(Ctx& ctx, NodeId from, const Pong& pong);
  void ping_round(Ctx& ctx);
  void ping_timeout(Ctx& ctx);
  void rotate(Ctx& ctx);
  void fill(Ctx& ctx);
  void connect_to(Ctx& ctx, NodeId peer);
  void disconnect_from(Ctx& ctx, NodeId peer);
  void drop(Ctx& ctx, NodeId peer);
  void ask_lost_bootstrap(Ctx& ctx);
  void forget_the_silent(Ctx& ctx);
  void learn(Ctx& ctx, NodeId node, SimTime heard);
  void forget(Ctx& ctx, NodeId node);
  bool make_room(Ctx& ctx, SimTime heard);
  /// A sign of life of `other`, heard by itself; false if there is no room for it.
  bool hear(Ctx& ctx, NodeId other);
  void hear_of(Ctx& ctx, const Descriptor& report);

  View view_;  // connected: or asked for
  std::vector<NodeId> bootstrap_;
  std::vector<Dropped> dropped_;  // in the order of the drops
  std::uint32_t round_ = 0;
  std::uint32_t next_bootstrap_ = 0;  // whose turn it is to be asked
};

template <class Fields>
void Exchange::Params::fields(Fields& f) {
  f.integer("active", &Params::active,
            {.help = "peers that a node wants to be connected to", .min = 1, .required = true});
  f.duration("ping_interval", &Params::ping_interval, {.help = "time between ping rounds", .min = 1, .required = true});
  f.duration("ping_timeout", &Params::ping_timeout,
             {.help = "a ping that is unanswered so long after it is missed; at most ping_interval",
              .min = 1,
              .required = true});
  f.integer("suspect_after", &Params::suspect_after,
            {.help = "pings missed in a row that make a peer count as gone", .min = 1, .max = 1000, .required = true});
  f.integer("list_size", &Params::list_size, {.help = "nodes that a pong names", .min = 1, .required = true});
  f.duration("rotate_interval", &Params::rotate_interval,
             {.help = "time between exchanges of a random peer for another known node", .min = 1});
  f.integer(
      "view_capacity", &Params::view_capacity,
      {.help = "nodes known, connected ones included; 1000, or `active` if that is more, unless given", .min = 1});
  f.duration(
      "expire_after", &Params::expire_after,
      {.help = "a node that nobody has heard of for so long is forgotten; 50 ping intervals unless given", .min = 1});
}

}  // namespace hearsay::membership
