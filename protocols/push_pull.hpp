#pragma once

// Push-pull gossip: at every tick of its own clock a node exchanges recent items with a few random peers, so that
// what one exchange lost, another repairs (anti-entropy).
//
// Rules
//   1. Who gets an item for the first time, or publishes it, delivers it at once and holds it. An item is recent, and
//      offered, until `max_message_age` after its publication (that instant included).
//   2. Ticks come every `interval`, in `phase` (sim/protocol/rounds.hpp). In a synchronous round a node offers, lists
//      and counts as known what it had when the round began; what came since waits for the next tick.
//   3. A round: draw push or pull (`mixed`: push with probability `push_ratio`), choose the partners, send to each.
//      Partners are `fanout` distinct peers, uniform unless `prefer_same_region` or `prefer_low_latency` say otherwise
//      (FavouredPeers; near is who answers fastest, as the node has measured itself, unless `latency_from` asks the
//      links); fewer if there are fewer peers. `adaptive_fanout`: max(fanout, reliable_fanout(n)), that is
//      ceil(ln n + 1), where n is what the node can know: the number of its peers + 1, or, if more, an estimate of
//      how many distinct nodes it has met as peers, senders, or origins of items (NodeSketch). It lags behind the
//      true n until enough nodes have published.
//   4. Modes, by the messages of one exchange; X lacks means: of the recent items.
//        push                 push (items)
//        pull                 pull (digest); pull-reply (items the caller lacks)
//        push-pull, digest    exchange-digest (digest); exchange-reply (digest, items the caller lacks);
//                             exchange-items (items the other lacks)
//        push-pull, eager     eager-request (items, or none); eager-reply (items the caller lacks)
//      A message that would carry neither a digest nor items is not sent, the empty eager request aside. A digest may
//      be empty: a node that has nothing still asks, and one that has everything too.
//   5. `digest` = full lists every recent id. `delta` lists the ids that are new since the last completed exchange
//      with that peer, which remembers the rest; all of them the first time. An exchange is complete for the caller
//      when a reply to it arrives, for the other when the closing items do; one that ends early, or is overtaken by a
//      later one with the same peer, leaves its ids to the next digest.
//   6. `track_peers`: a push, or the items of an eager request, leave out what the peer is known to have: what its own
//      digests and items said, and what was sent to it before, even if that was lost. A reply to a digest follows
//      the digest alone. An eager reply leaves out only what the peer's own messages said: what was lost on the way to
//      it is repaired when it calls. Eager messages therefore acknowledge, by id, the items that came from the
//      receiver since the last message to it. Without `track_peers` everything recent is sent again each round.
//   7. Every message says when its sender started. A peer that started anew, having lost its state, is forgotten, and
//      so is one whose connection ended.
//   8. Items go in the order of `priority`, class by class, then the rest; each by age, the oldest first. Where a
//      message would carry both, the items of these classes go ahead of it in one of their own, `urgent`: behind a FIFO
//      uplink they do not wait for the rest. In a round what is urgent (these, and messages with such items alone) goes
//      to all partners before anything else goes to any. It overtakes nothing that was sent before, and costs a header
//      each; and what is compressed leaves when it is (rule 10). An eager request lists the ids that went ahead of it,
//      so that the reply leaves them out.
//   9. `prune_interval`: expired items and what is known about them are freed; with `seen_ttl` ids are forgotten on
//      time, whatever this interval.
//  10. `compress_above`: a message whose body is larger is sent at ceil(compression_ratio x body), after
//      compression_delay_per_byte for each byte of the body (once for all partners of one message; nodes compress in
//      parallel); it says what was so when it was composed.
//
// Sizes on the wire: see push_pull_messages.hpp.
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen; for each item held, until a prune meets
// it expired, its size + 24 B; for each peer of which something is kept (track_peers, eager, delta) 24 B (its start and
// the numbers of exchanges), and 8 B for each recent item in a list of what that peer has, was told, or said; 256 B
// with adaptive_fanout; 24 B for each peer whose round trip is measured.
//
// Cost: an exchange takes O(w + items sent), w being the 64-bit words of ids between the oldest that is new to either
// side and the newest; a full digest copies the recent ids, a bit each. Nothing grows with the number of items ever
// seen. State: a bit per recent item, and per neighbour the bits that do not follow from age.
//
// Source: Demers et al. 1987 (anti-entropy by push, pull and push-pull); van Renesse et al. 2008, "Efficient
// Reconciliation and Flow Control for Anti-Entropy Protocols" (digests, deltas).
// Deviation: a delta digest builds on what the receiver remembers, not on version vectors, as items have no writers'
// sequence. Item ids here are dense in the order of publication, which the sets rely on and the wire does not.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "protocols/push_pull_messages.hpp"
#include "protocols/push_pull_partners.hpp"
#include "protocols/push_pull_peers.hpp"
#include "sim/protocol/item_set.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/rounds.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class PushPull {
 public:
  static constexpr std::string_view kName = "push-pull";
  static constexpr std::string_view kSummary = "at every tick a node exchanges recent items with a few random peers";

  static constexpr auto kFigures = protocol::figures(protocol::kHeldByNodes);

  static constexpr std::uint64_t kHeaderBytes = push_pull::kHeaderBytes;
  static constexpr std::uint64_t kIdBytes = push_pull::kIdBytes;
  static constexpr std::uint64_t kItemHeaderBytes = push_pull::kItemHeaderBytes;

  enum class Mode : std::uint8_t { kPush, kPull, kPushPull, kMixed };
  enum class Exchange : std::uint8_t { kDigest, kEager };
  enum class DigestKind : std::uint8_t { kFull, kDelta };
  enum class LatencyFrom : std::uint8_t { kMeasured, kLinks };

  struct Params : protocol::SeenParams {
    Duration interval = seconds(1);
    protocol::Phase phase = protocol::Phase::kRandom;
    std::uint32_t fanout = 4;
    bool adaptive_fanout = false;
    Mode mode = Mode::kMixed;
    double push_ratio = 0.7;
    Exchange exchange = Exchange::kDigest;
    DigestKind digest = DigestKind::kFull;
    bool track_peers = true;
    Duration max_message_age = seconds(60);
    Duration prune_interval = seconds(30);
    std::vector<std::string> priority;
    double prefer_same_region = 0;
    double prefer_low_latency = 0;
    LatencyFrom latency_from = LatencyFrom::kMeasured;
    std::optional<std::int64_t> compress_above;
    std::optional<double> compression_ratio;
    Duration compression_delay_per_byte;

    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    Duration round_interval() const { return interval; }
    bool exchanges_digests() const {
      return mode == Mode::kPull || mode == Mode::kMixed || (mode == Mode::kPushPull && exchange == Exchange::kDigest);
    }
    bool is_eager() const { return mode == Mode::kPushPull && exchange == Exchange::kEager; }
    /// Deltas are in use.
    bool is_delta() const { return digest == DigestKind::kDelta && exchanges_digests(); }
    /// Nodes time their own exchanges.
    bool measures() const { return prefer_low_latency > 0 && latency_from == LatencyFrom::kMeasured; }
    /// What peers are known to have is in use.
    bool tracks() const { return track_peers && (mode == Mode::kPush || mode == Mode::kMixed || is_eager()); }
  };

  using Body = push_pull::Body;
  using Push = push_pull::Push;
  using Pull = push_pull::Pull;
  using PullReply = push_pull::PullReply;
  using ExchangeDigest = push_pull::ExchangeDigest;
  using ExchangeReply = push_pull::ExchangeReply;
  using ExchangeItems = push_pull::ExchangeItems;
  using EagerRequest = push_pull::EagerRequest;
  using EagerReply = push_pull::EagerReply;
  using Urgent = push_pull::Urgent;
  using Message = std::variant<Push, Pull, PullReply, ExchangeDigest, ExchangeReply, ExchangeItems, EagerRequest,
                               EagerReply, Urgent>;

  struct Timer {
    enum class Kind : std::uint8_t { kTick, kPrune, kCompressed };
    Kind kind = Kind::kTick;
    std::uint32_t number = 0;  ///< kCompressed: of the message that is ready
    auto content() const { return std::tie(kind, number); }
  };

  void on_start(Context<PushPull>& ctx);
  void on_restart(Context<PushPull>& ctx);
  void on_publish(Context<PushPull>& ctx, ItemId item);
  void on_message(Context<PushPull>& ctx, NodeId from, const Message& message);
  void on_timer(Context<PushPull>& ctx, const Timer& timer);
  void on_peer_up(Context<PushPull>& ctx, NodeId peer);
  void on_peer_down(Context<PushPull>& ctx, NodeId peer);

  // For a protocol that gossips among other things, whose seen-set is the one here.
  /// The node has started, if it had not, though it may gossip later only.
  void begin_session(SimTime now) {
    if (session_.ns < 0) session_ = now;
  }
  /// on_message for one kind of message.
  template <class M>
  void receive(Context<PushPull>& ctx, NodeId from, const M& message) {
    refresh(ctx);
    meet_node(from);
    on(ctx, from, message);
  }
  /// The node has met the item, by whatever means: if it is new it is delivered, and true returned.
  bool see(Context<PushPull>& ctx, ItemId item, const protocol::SeenLimits& limits);
  /// An item that the node has by other means is held and offered from now on.
  void hold(Context<PushPull>& ctx, ItemId item);
  /// A message other than those here has shown that the peer has the item, so that no push repeats it. It is forgotten
  /// with the rest if the peer's messages say that it started later.
  void learn(Context<PushPull>& ctx, NodeId from, ItemId item);
  /// Items in memory, the expired ones that no prune has met yet included.
  std::size_t held() const { return held_.size(); }
  std::size_t ids_seen() const { return seen_.size(); }
  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  /// The simulator's own memory for what the node knows of items and peers, in bytes.
  std::size_t memory_bytes() const {
    return seen_.memory_bytes() + held_.memory_bytes() + fresh_.memory_bytes() + peers_.memory_bytes();
  }

 private:
  using Ctx = Context<PushPull>;
  using Peer = PushPullPeers::Peer;
  using Dialogue = PushPullPeers::Dialogue;
  struct Outgoing {
    std::vector<NodeId> to;
    Message message;
  };
  /// Waits for its compression.
  struct Delayed : Outgoing {
    std::uint32_t number = 0;
  };

  // Time and what is held.
  void refresh(Ctx& ctx);
  protocol::ItemSet::Word offered(std::size_t w) const;
  bool offers_anything() const;
  std::size_t offered_from() const { return std::max(held_.begin_word(), protocol::ItemSet::word_of(recent_)); }
  template <class Excluded>
  protocol::ItemIds collect(Ctx& ctx, std::size_t first_word, const Excluded& excluded) const;
  template <class Excluded>
  protocol::ItemSet list(std::size_t first_word, const Excluded& excluded) const;

  // Rounds.
  void tick(Ctx& ctx);
  std::span<const NodeId> choose(Ctx& ctx);
  void list_favoured(Ctx& ctx);
  void push(Ctx& ctx, std::span<const NodeId> partners);
  void call_eagerly(Ctx& ctx, std::span<const NodeId> partners);
  template <class Call>
  void call_with_digest(Ctx& ctx, std::span<const NodeId> partners);
  void prune(Ctx& ctx);

  // Answers.
  void measure(Ctx& ctx, NodeId from);
  void on(Ctx& ctx, NodeId from, const Push& m);
  void on(Ctx& ctx, NodeId from, const Pull& m);
  void on(Ctx& ctx, NodeId from, const PullReply& m);
  void on(Ctx& ctx, NodeId from, const ExchangeDigest& m);
  void on(Ctx& ctx, NodeId from, const ExchangeReply& m);
  void on(Ctx& ctx, NodeId from, const ExchangeItems& m);
  void on(Ctx& ctx, NodeId from, const EagerRequest& m);
  void on(Ctx& ctx, NodeId from, const EagerReply& m);
  void on(Ctx& ctx, NodeId from, const Urgent& m);
  void accept(Ctx& ctx, NodeId from, const Body& m);
  void read_digest(Ctx& ctx, NodeId from, const Body& m, Body& reply);
  protocol::ItemIds lacking(Ctx& ctx, NodeId from, const Body& m);
  void write_digest(Dialogue& dialogue, Body& m);
  void confirm_call(Ctx& ctx, NodeId from, const Body& m);
  void note_sent(Ctx& ctx, NodeId to, const protocol::ItemIds& items);

  // What is known of peers.
  Peer& peer(NodeId id);
  Peer* meet(Ctx& ctx, NodeId from, const Body& m);

  // Sending.
  void post(Ctx& ctx, std::span<const NodeId> to, Message message);
  void post_what_is_urgent(Ctx& ctx, std::span<const NodeId> to, Message message, std::vector<Outgoing>& rest);
  void post_all(Ctx& ctx, std::vector<Outgoing>& rest);
  void answer(Ctx& ctx, NodeId to, Message message);
  void meet_node(NodeId node) {
    if (sketch_) sketch_->add(node);
  }

  protocol::SeenSet seen_;
  protocol::ItemSet held_;       ///< delivered and not pruned
  protocol::ItemSet fresh_;      ///< synchronous: those that came in this round
  SimTime round_;                ///< synchronous: start of the latest round seen
  SimTime session_{-1};          ///< when the node started
  ItemId recent_{};              ///< items below have expired
  ItemId end_{};                 ///< above every item held so far
  std::uint32_t exchanges_ = 0;  ///< begun so far
  std::uint32_t compressions_ = 0;
  PushPullPeers peers_;
  std::vector<Delayed> delayed_;
  std::unique_ptr<NodeSketch> sketch_;  ///< adaptive fanout only
  std::unique_ptr<FavouredPeers> favoured_;
};

template <class Fields>
void PushPull::Params::fields(Fields& f) {
  f.duration("interval", &Params::interval, {.help = "time between two rounds of a node", .min = 1});
  f.choice("phase", &Params::phase, {"synchronous", "random", "poisson"},
           {.help = "how the rounds of different nodes lie: all at multiples of the interval, each at an offset of its "
                    "own, or as Poisson clocks"});
  f.integer("fanout", &Params::fanout, {.help = "distinct peers chosen each round", .min = 1});
  f.flag("adaptive_fanout", &Params::adaptive_fanout,
         {.help = "at least ceil(ln n + 1) peers, by the node's own estimate of n"});
  f.choice(
      "mode", &Params::mode, {"push", "pull", "push-pull", "mixed"},
      {.help =
           "items are sent, asked for by digest, or both in one exchange; mixed draws push or pull for each round"});
  f.share("push_ratio", &Params::push_ratio,
          {.help = "probability that a mixed round pushes",
           .used = [](const Params& p) { return p.mode == Mode::kMixed; }});
  f.choice(
      "exchange", &Params::exchange, {"digest", "eager"},
      {.help = "both directions at once: by digests (digest; digest and items; items), or items at once and a reply",
       .used = [](const Params& p) { return p.mode == Mode::kPushPull; }});
  f.choice("digest", &Params::digest, {"full", "delta"},
           {.help = "every recent id, or those new since the last completed exchange with that peer",
            .used = [](const Params& p) { return p.exchanges_digests(); }});
  f.flag(
      "track_peers", &Params::track_peers,
      {.help = "a push leaves out what the peer is known to have; false: everything recent is sent again each round"});
  f.duration("max_message_age", &Params::max_message_age,
             {.help = "an item is offered so long after its publication", .min = 1});
  f.duration("prune_interval", &Params::prune_interval,
             {.help = "time between two clearings of expired items", .min = 1});
  f.text_list("priority", &Params::priority,
              {.help = "item classes that go first, ahead of the rest in a message of their own"});
  f.share("prefer_same_region", &Params::prefer_same_region,
          {.help = "share of picks among the peers of the own region"});
  f.share("prefer_low_latency", &Params::prefer_low_latency,
          {.help = "share of picks among the nearest quarter of the peers, by latency"});
  f.choice(
      "latency_from", &Params::latency_from, {"measured", "links"},
      {.help = "what is near: by the round trips of a node's own exchanges (of the last max_message_age; picks are "
               "uniform until half of the peers have answered), or by the true latencies of its links",
       .used = [](const Params& p) { return p.prefer_low_latency > 0; }});
  f.size("compress_above", &Params::compress_above, {.help = "a message with a larger body is compressed"});
  f.real("compression_ratio", &Params::compression_ratio,
         {.help = "compressed size over size", .min = 0, .max = 1, .above_min = true, .used = [](const Params& p) {
            return p.compress_above.has_value();
          }});
  f.duration("compression_delay_per_byte", &Params::compression_delay_per_byte,
             {.help = "time to compress a byte, before the message leaves",
              .used = [](const Params& p) { return p.compress_above.has_value(); }});
  Params::seen_fields(f);
}

}  // namespace hearsay::protocols
