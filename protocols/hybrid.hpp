#pragma once

// Flood and push-pull side by side over one seen-set, and the way from the one to the other while the network runs.
//
// Flood (protocols/flood.hpp) is fast, and sends an item over nearly every link twice; what it loses stays lost.
// Push-pull (protocols/push_pull.hpp) is slower and repairs. Both are here as they are, rules, parameters and messages
// included; the rules below say only who uses which of them, for which item, and when.
//
// Rules
//   1. One seen-set serves both. The first receipt of an item, or its publication, delivers it, whichever way it came;
//      whatever comes later is a duplicate. Its limits are gossip.seen_ttl and gossip.seen_capacity, flood's in a run
//      that never gossips.
//   2. Phases. `phase`, from each time in `phases` on another, says what a node of the new stack does with an item that
//      goes by gossip (rule 3):
//        flood            it floods; nobody gossips
//        hybrid           it floods, and gossips too (default)
//        gossip-primary   it gossips, and floods items of the classes in `critical` too
//        gossip-only      it gossips
//      A node goes by the phase of the moment, which is the same at all nodes; a forward that waits for its
//      `forward_delay`, by the one at its end. A switch ends the rounds of gossip or has them begin (the first tick as
//      after a start); exchanges under way are completed. From flood to a phase with gossip nothing is stranded, as the
//      store is full (rule 5). From gossip-only back to flood at once, an item that has not reached everybody may stay
//      where it is: pass through `hybrid` for as long as a spread takes.
//   3. `gossip_share`: an item goes by gossip if its keyed draw lies below the share at its publication. So all nodes
//      agree about it for as long as it lives, an item that goes by gossip at one share does so at every higher one,
//      and the items to come are gossiped more and more as the share rises. All other items are flooded in every phase,
//      and never gossiped. The share adds gossip to the flood in phase `hybrid`, and takes its place in `gossip-only`;
//      whatever the share, no item is left without a way.
//   4. `migrated_share`: a node has migrated if its keyed draw lies below the share now. A rising share only ever adds
//      nodes. The others only flood, everything, to all their peers, and do not understand gossip: what reaches them of
//      it (after a falling share) they ignore. A node knows which of its peers have migrated. It gossips with those
//      alone; an item that it would not flood goes, by the rules of the flood, to the peers that have not migrated.
//      So every item crosses every link between an old and a new node, and where the flood goes to all peers and
//      nothing is lost, nobody on a connected graph is left out. A falling share strands items as a switch back does.
//   5. If the run gossips at any time, a node holds every item that goes by gossip, however it came, in every phase and
//      before it migrates too (an upgrade keeps what the old version had), until it is older than max_message_age. So
//      gossip offers what came by the flood, and repairs what the flood has lost.
//   6. What came by gossip is flooded on as if it had come by the flood: once, after `forward_delay`, not to its
//      sender. So a flood that broke off at a cut or a loss goes on beyond it. `max_hops` counts from the last gossip
//      transfer.
//   7. A copy that a peer floods tells that the peer has the item, and no push repeats it to that peer, as if it had
//      come by gossip; this, too, in every phase. A copy flooded to a peer tells nothing: it may be lost, and the push
//      is what repairs it. That is about one push for each node and item, over links that the flood has used in one
//      direction only.
//   8. `exclude = "known"`: items in messages of gossip that come while the item waits for its forwarding delay count;
//      those sent meanwhile do not.
//   9. An item is delivered, and gossiped on, when it comes; flood.validation_delay is work before it is flooded on,
//   and
//      what had not been validated at a crash is not flooded on.
//
// With phase = flood it is flood, but for rule 9, and with gossip-only push-pull, message by message and draw by draw.
//
// Cost: of flood for the items that are flooded, plus that of push-pull for those that are gossiped. In phase hybrid an
// item costs its flood, the pushes of rule 7 and the digests. Where both kinds of nodes are met, handlers look at all
// peers: O(degree).
//
// Source: what operators do who replace a broadcast layer while it runs: both at once, then a rising share, then the
// new one alone. Demers et al. 1987 back a fast and lossy distribution (direct mail) by anti-entropy in the same way.
// Deviation: switches and shares take effect everywhere at once, as if every node had the same schedule and clock, and
// a peer's migration is known at once. Push-pull as it is does not distinguish a late item from a new one, so rule 6
// floods on what a repair brings to a single node, at a cost of its degree in messages.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "protocols/flood.hpp"
#include "protocols/push_pull.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/ramp.hpp"

namespace hearsay::protocols {

class Hybrid {
 public:
  static constexpr std::string_view kName = "hybrid";
  static constexpr std::string_view kSummary =
      "flood and push-pull side by side, and the migration from one to the other while the network runs";

  using Parts = std::tuple<Flood, PushPull>;

  enum class Phase : std::uint8_t { kFlood, kHybrid, kGossipPrimary, kGossipOnly };

  struct Switch {
    Duration at;
    Phase phase = Phase::kHybrid;
    template <class Fields>
    static void fields(Fields& f);
  };

  struct Params {
    Phase phase = Phase::kHybrid;
    std::vector<Switch> phases;
    std::vector<std::string> critical;
    protocol::Ramp gossip_share{1};
    protocol::Ramp migrated_share{1};
    Flood::Params flood;
    PushPull::Params gossip;

    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    Phase phase_at(SimTime t) const;
    /// Of gossip, in runs that gossip; 0: none.
    Duration round_interval() const { return gossips() ? gossip.round_interval() : Duration{}; }
    protocol::SeenLimits seen_limits() const { return gossips() ? gossip.seen_limits() : flood.seen_limits(); }
    /// Some phase is that one.
    bool has(Phase wanted) const;
    /// Some phase gossips.
    bool gossips() const { return has(Phase::kHybrid) || has(Phase::kGossipPrimary) || has(Phase::kGossipOnly); }
    /// Some item is flooded, at some time by some node, as far as phases and shares tell.
    bool floods() const {
      return has(Phase::kFlood) || has(Phase::kHybrid) || !critical.empty() || !gossip_share.is_always(1) ||
             !migrated_share.is_always(1);
    }
  };

  using Message = std::variant<Flood::Item, PushPull::Push, PushPull::Pull, PushPull::PullReply,
                               PushPull::ExchangeDigest, PushPull::ExchangeReply, PushPull::ExchangeItems,
                               PushPull::EagerRequest, PushPull::EagerReply, PushPull::Urgent>;

  struct Timer {
    enum class Kind : std::uint8_t { kSwitch, kFlood, kGossip };
    Kind kind = Kind::kSwitch;
    Flood::Timer flood;       ///< kFlood
    PushPull::Timer gossip;   ///< kGossip
    std::uint32_t epoch = 0;  ///< kGossip: set in that stretch of gossip
    auto content() const { return std::tuple(kind, flood.content(), gossip.content(), epoch); }
  };

  /// What handlers need while they run.
  struct Workspace {
    protocol::Effects<Flood> flood;
    protocol::Effects<PushPull> gossip;
    std::vector<NodeId> peers;
  };

  void on_start(Context<Hybrid>& ctx);
  void on_restart(Context<Hybrid>& ctx);
  void on_publish(Context<Hybrid>& ctx, ItemId item);
  void on_message(Context<Hybrid>& ctx, NodeId from, const Message& message);
  void on_timer(Context<Hybrid>& ctx, const Timer& timer);
  void on_peer_up(Context<Hybrid>& ctx, NodeId peer);
  void on_peer_down(Context<Hybrid>& ctx, NodeId peer);

  /// Those of gossip, whose the store and the seen-set are, and what the relay's forwarding delay holds beside them.
  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const { return gossip_.memory_bytes() + flood_.memory_bytes(); }

 private:
  using Ctx = Context<Hybrid>;
  enum class Peers : std::uint8_t { kNone, kAll, kMigrated, kOthers };

  template <class Handler>
  void run_flood(Ctx& ctx, Peers peers, const Handler& handler);
  /// `peers`: kMigrated for handlers that look at the peers.
  template <class Handler>
  void run_gossip(Ctx& ctx, const Handler& handler, Peers peers = Peers::kAll);
  static std::optional<std::span<const NodeId>> select(Ctx& ctx, Peers peers);

  static bool has_migrated(Ctx& ctx, NodeId node);
  static bool goes_by_gossip(Ctx& ctx, ItemId item);
  static bool is_critical(Ctx& ctx, ItemId item);
  static Peers flooded_to(Ctx& ctx, ItemId item);

  void on(Ctx& ctx, NodeId from, const Flood::Item& copy);
  template <class M>
  void on(Ctx& ctx, NodeId from, const M& message);
  void relay(Ctx& ctx, NodeId from, ItemId item, std::uint32_t hops, bool is_new);
  void schedule_switch(Ctx& ctx);
  void follow_phase(Ctx& ctx);
  void meet_migrated(Ctx& ctx);

  PushPull gossip_;  ///< has the seen-set
  Flood::Relay flood_;
  std::uint32_t epoch_ = 0;     ///< counts the beginnings and ends of gossip
  std::uint32_t partners_ = 0;  ///< migrated peers at the last tick
  bool gossiping_ = false;
};

template <class Fields>
void Hybrid::Switch::fields(Fields& f) {
  f.duration("at", &Switch::at, {.help = "since the start of the run", .min = 0, .above_min = true, .required = true});
  f.choice("phase", &Switch::phase, {"flood", "hybrid", "gossip-primary", "gossip-only"},
           {.help = "the phase from then on", .required = true});
}

template <class Fields>
void Hybrid::Params::fields(Fields& f) {
  f.choice("phase", &Params::phase, {"flood", "hybrid", "gossip-primary", "gossip-only"},
           {.help = "at the start: items are flooded, flooded and gossiped, gossiped but for the critical ones, or "
                    "gossiped"});
  f.list("phases", &Params::phases, {.help = "later phases, in the order of their times"});
  f.text_list("critical", &Params::critical,
              {.help = "item classes that are flooded in phase gossip-primary too",
               .used = [](const Params& p) { return p.has(Phase::kGossipPrimary); }});
  f.share_ramp("gossip_share", &Params::gossip_share,
               {.help = "share of the items that go by gossip, by the time of publication; the others are flooded",
                .used = [](const Params& p) { return p.gossips(); }});
  f.share_ramp("migrated_share", &Params::migrated_share,
               {.help = "share of the nodes that do what the phase says; the others flood",
                .used = [](const Params& p) { return p.gossips(); }});
  f.table("flood", &Params::flood,
          {.help = "parameters of flood, where a phase or a share leaves something to it",
           .used = [](const Params& p) { return p.floods(); }});
  f.table(
      "gossip", &Params::gossip,
      {.help = "parameters of push-pull, where a phase gossips", .used = [](const Params& p) { return p.gossips(); }});
}

}  // namespace hearsay::protocols
