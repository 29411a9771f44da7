#pragma once

// Announcement of transactions: hashes go to the peers, who request what they do not have. What Bitcoin does with
// transactions (full_peers = 0), and Ethereum, where a part of the peers get them whole.
//
// Rules
//   1. Who publishes a transaction, or gets it for the first time, offers it to its mempool. What the mempool takes is
//      delivered and relayed at once. Whatever comes again is dropped.
//   2. Relay: `full_peers` of the peers that are not known to have it get the transaction whole: a count, drawn afresh
//      for each transaction; a share, floor(share x all current peers), likewise; or every peer of one group. The
//      rest get its hash, in an inv, or nothing without `announce_rest`. A peer is known to have what it announced or
//      sent. So an inv never goes to a peer that the transaction came from, nor to one that announced it.
//   3. `trickle`: hashes wait for the next tick of a Poisson clock of that mean, one for each connection, and go in one
//      inv. What has left the mempool by then, or was announced by that peer, is left out. A Poisson clock, because
//      that is Bitcoin's, against observers who would guess an origin from the times; and because it has no memory, so
//      that a clock is only wound up where something waits. By default a hash goes at once, in an inv of its own.
//   4. Who gets hashes that it has never seen requests them from the sender, in one getdata. One request is in flight
//      for each transaction: whoever else announces it is remembered, and asked in the order of the announcements when
//      the request before has failed: after `request_timeout`, by a notfound, or because the connection has ended. When
//      nobody is left the transaction is unknown again, and the next inv begins anew. Without `request_timeout` a
//      request waits for as long as the connection lasts.
//   5. A getdata is answered by one tx for each transaction that the mempool holds, and one notfound for the others.
//   6. `mempool_bytes`: when the mempool holds more than that many bytes of transactions, they are evicted in the order
//      of `eviction` until it does not: the lowest fee rate first, or the oldest at this node. The newcomer takes part;
//      if its turn comes, or if it is larger than the whole mempool, it is refused. `lowest-fee`: the fee rate of
//      a transaction is a keyed draw, the same at all nodes, whose size does not matter: fee rates are only compared.
//   7. `tx_expiry`: a transaction leaves the mempool that long after it came.
//   8. What was refused is not delivered, and not relayed. What was refused, evicted or has expired answers no request,
//      and is not requested again while it is remembered (seen_ttl, seen_capacity).
//   9. A new peer is told nothing of what the mempool holds, as in Bitcoin: transactions of before reach it by others,
//      or not at all. When a connection ends, all that was known of the peer is forgotten, and what waited for it.
//  10. A crash that loses the state empties everything. A node that restarts with its state makes the requests anew
//      that were in flight, to the same peers, and winds up its clocks.
//
// Sizes on the wire: see announce_messages.hpp.
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen; for each transaction held its size + 24
// B, and 8 B for each peer that announced or sent it; 24 B for each request in flight and 8 B for each further
// announcer; 8 B for each hash that waits to be announced.
//
// Cost: with full_peers = 0 and nothing lost, on a connected graph, N - 1 getdata, N - 1 tx and between |E| and
// 2|E| - (N - 1) inv for each transaction. O(degree) a transaction, an inv and a tx.
//
// Source: Bitcoin Core 23 to 25, net_processing.cpp (relay by inv, notfound, clocks of 5 s to inbound and 2 s to
// outbound peers) and txrequest.h (one request in flight, next announcer after 60 s or a notfound); geth's eth
// protocol (whole transactions to the square root of the peers, hashes to the rest).
// Deviation: all peers have the same clock, as connections have no direction here, and all are asked at once, where
// Bitcoin waits 2 s before it asks an inbound peer. The next announcer is the next in time, not a random one. An inv
// holds any number of hashes (Bitcoin: 50,000, and a limited number each tick). What was refused stays so until it is
// forgotten; Bitcoin asks again after the next block. Transactions do not depend on each other, and the mempool counts
// their bytes alone. Their validation takes no time.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

#include <boost/container/flat_map.hpp>

#include "protocols/announce_mempool.hpp"
#include "protocols/announce_messages.hpp"
#include "protocols/announce_peers.hpp"
#include "sim/protocol/item_set.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/quota.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class Announce {
 public:
  static constexpr std::string_view kName = "announce";
  static constexpr std::string_view kSummary =
      "a node announces transactions by their hashes, and peers request what they do not have";

  static constexpr protocol::Counter kRefused{
      "tx_refused", {.better = protocol::Better::kLower, .help = "transactions that a full mempool did not take"}};
  static constexpr protocol::Counter kEvicted{
      "tx_evicted", {.better = protocol::Better::kLower, .help = "transactions that made room in a full mempool"}};
  static constexpr protocol::Counter kExpired{"tx_expired",
                                              {.help = "transactions that left a mempool because of their age"}};
  static constexpr protocol::Counter kTimedOut{
      "requests_timed_out",
      {.better = protocol::Better::kLower, .help = "requests without an answer within request_timeout"}};
  static constexpr protocol::Counter kNotFound{
      "requests_not_found",
      {.better = protocol::Better::kLower, .help = "requests of a transaction that the announcer no longer had"}};
  static constexpr auto kFigures =
      protocol::figures(protocol::kHeldByNodes, kRefused, kEvicted, kExpired, kTimedOut, kNotFound);

  using Eviction = announce::Eviction;

  struct Params : announce::MempoolLimits, protocol::SeenParams {
    protocol::Quota full_peers = std::int64_t{0};
    bool announce_rest = true;
    Duration trickle;
    std::optional<Duration> request_timeout;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    /// All peers get everything whole.
    bool all_full() const { return full_peers == protocol::Quota{1.0}; }
    /// Hashes are sent.
    bool announces() const { return announce_rest && !all_full(); }
  };

  /// What a handler composes.
  struct Workspace {
    announce::Inv inv;
    announce::GetData wanted;
    announce::NotFound missing;
  };

  struct Setup {
    GroupId full_group = kNoGroup;  ///< that full_peers names
  };
  static Setup prepare(const Params& params, const protocol::SetupView& view);

  using Tx = announce::Tx;
  using Inv = announce::Inv;
  using GetData = announce::GetData;
  using NotFound = announce::NotFound;
  using Message = std::variant<Tx, Inv, GetData, NotFound>;

  struct Timer {
    enum class Kind : std::uint8_t { kTrickle, kRequest, kExpiry };
    Kind kind = Kind::kTrickle;
    std::uint32_t what = 0;  ///< kTrickle: the peer; kRequest: the transaction
    auto content() const { return std::tie(kind, what); }
  };

  void on_restart(Context<Announce>& ctx);
  void on_publish(Context<Announce>& ctx, ItemId item);
  void on_message(Context<Announce>& ctx, NodeId from, const Message& message) {
    std::visit([&](const auto& m) { receive(ctx, from, m); }, message);
  }
  void on_timer(Context<Announce>& ctx, const Timer& timer);
  void on_peer_down(Context<Announce>& ctx, NodeId peer);

  // For a protocol that announces among other things: its mempool.
  void receive(Context<Announce>& ctx, NodeId from, const Tx& tx);
  void receive(Context<Announce>& ctx, NodeId from, const Inv& inv);
  void receive(Context<Announce>& ctx, NodeId from, const GetData& request);
  void receive(Context<Announce>& ctx, NodeId from, const NotFound& answer);
  /// The mempool has the transaction. O(1).
  bool holds(ItemId item) const { return pool_.holds(item); }
  /// Share of `peers`, the node's own, that announced the transaction or sent it whole; 0 without peers. Known of what
  /// the mempool holds. O(peers).
  double announced_share(std::span<const NodeId> peers, ItemId item) const;
  const protocol::ItemSet& held() const { return pool_.held(); }
  /// A block has the transaction: it leaves the mempool, and is not requested again. If the node sees it for the first
  /// time, it is delivered.
  void remove(Context<Announce>& ctx, ItemId item);
  /// What a block had, and no block of the chain has any more, is offered to the mempool. It is not relayed.
  void restore(Context<Announce>& ctx, ItemId item);

  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const;

 private:
  using Ctx = Context<Announce>;
  struct Request {
    NodeId asked{};
    protocol::TimerId timer;
    boost::container::small_vector<NodeId, 4> next;  ///< who else has announced it, in that order
  };
  /// The hashes that wait for the tick of a connection.
  struct Queue {
    protocol::ItemIds ids;
    protocol::TimerId timer;
  };

  // Mempool.
  void offer(Ctx& ctx, ItemId item);
  bool admit(Ctx& ctx, ItemId item);
  void expire(Ctx& ctx);
  void set_expiry_timer(Ctx& ctx);
  void forget_gone();

  // Relay.
  void relay(Ctx& ctx, ItemId item);
  std::size_t choose_full(Ctx& ctx, std::vector<NodeId>& candidates) const;
  void announce_to(Ctx& ctx, std::span<const NodeId> peers, ItemId item);
  void set_trickle_timer(Ctx& ctx, NodeId peer, Queue& queue);
  void flush(Ctx& ctx, NodeId peer);

  // Requests.
  void set_request_timer(Ctx& ctx, ItemId item, Request& request);
  void ask(Ctx& ctx, ItemId item, Request& request);
  void ask_next(Ctx& ctx, ItemId item, Request& request);
  void end_request(Ctx& ctx, ItemId item);

  protocol::SeenSet seen_;
  announce::Mempool pool_;
  announce::PeerMarks known_;  ///< what each peer has announced or sent
  boost::container::flat_map<NodeId, Queue> queues_;
  protocol::ItemSet requested_;
  std::unordered_map<ItemId, Request> requests_;  ///< of each that is requested; looked up only
  std::size_t forgotten_below_ = 0;               ///< the word of ids up to which known_ has been cleared
  bool expires_ = false;                          ///< the timer of the next expiry is set
};

template <class Fields>
void Announce::Params::fields(Fields& f) {
  f.quota(
      "full_peers", &Params::full_peers,
      {.help = "who gets a transaction whole: so many peers (4), that share of them (0.25; 1.0 is all), or those of "
               "a group (\"miners\")"});
  f.flag("announce_rest", &Params::announce_rest, {.help = "the other peers get its hash; false: nothing"});
  f.duration("trickle", &Params::trickle,
             {.help = "mean time of a connection's Poisson clock, at whose ticks hashes are sent; 0: at once",
              .used = [](const Params& p) { return p.announces(); }});
  f.duration("request_timeout", &Params::request_timeout,
             {.help = "after which the next announcer is asked; Bitcoin has 60 s",
              .min = 1,
              .used = [](const Params& p) { return p.announces(); }});
  f.size("mempool_bytes", &Params::mempool_bytes, {.help = "transactions that a node holds, by their sizes", .min = 1});
  f.choice("eviction", &Params::eviction, {"lowest-fee", "oldest"},
           {.help = "what a full mempool gives up first: the lowest fee rate, drawn once for each transaction, or what "
                    "came first",
            .used = [](const Params& p) { return p.mempool_bytes.has_value(); }});
  f.duration("tx_expiry", &Params::tx_expiry,
             {.help = "after which a transaction leaves the mempool; Bitcoin has 336 h", .min = 1});
  Params::seen_fields(f);
}

}  // namespace hearsay::protocols
