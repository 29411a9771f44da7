#pragma once

// Flooding: a node that receives an item for the first time sends it on to its peers.
//
// Rules
//   1. The publisher delivers the item and sends it at once.
//   2. On the first receipt a node validates the item, which takes `validation_delay` and `validation_per_byte` for
//      each byte of it on one of the node's cores: where they are limited ([[group]] cores), items wait for a core,
//      first come, first served. Then it delivers the item and sends it on, `forward_delay` later. What takes no time
//      is done in the same handler, so that by default the copy leaves at the instant of receipt. Later copies are
//      dropped, while the item is validated too. The publisher need not validate. A node that restarts with its state
//      begins anew to validate what it had not finished.
//   3. `exclude` says which peers are left out:
//        none     nobody: the sender gets it back
//        sender   the node of first receipt (default)
//        known    every peer from or to which the item was seen, looked at when validation and forwarding delay end;
//                 so without both it is the same as `sender`
//   4. `policy` says which of the remaining peers get it, drawn afresh each time:
//        all                  everyone, in the node's own peer order
//        random-subset        floor(max(fraction x all current peers, min_peers)) of them, or `count`
//        count                `count` of them
//        validators-first     everyone, validators before the rest; with `count` or `fraction` the subset is filled
//                             with validators first
//        same-region-first    likewise with peers of the own region
//      `policies` sets this by item class; classes not listed there are flooded to all.
//   5. A copy that has made `max_hops` hops is delivered but not sent on.
//
// Cost: every node sends once; on a connected graph with exclude = sender exactly 2|E| - (N - 1) messages an
// item (each edge carries it in both directions except those of the first receipts). O(degree) a receipt.
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen, and for each item that is validated or
// waits for its forwarding delay its size + 24 B, and with exclude = known 8 B for each peer known to have it. Nothing
// else of an item is held.
//
// Source: the textbook protocol; min_peers and fraction as in the gossip layers of validator networks.
// Deviation: none.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "sim/protocol/protocol.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class Flood {
 public:
  static constexpr std::string_view kName = "flood";
  static constexpr std::string_view kSummary = "a node sends every new item on to its peers";

  static constexpr auto kFigures = protocol::figures(protocol::kHeldByNodes);

  enum class Policy : std::uint8_t { kAll, kRandomSubset, kCount, kValidatorsFirst, kSameRegionFirst };
  enum class Exclude : std::uint8_t { kNone, kSender, kKnown };

  /// Which peers get an item.
  struct Choice {
    Policy policy = Policy::kAll;
    std::optional<double> fraction;
    std::optional<std::uint32_t> min_peers;
    std::optional<std::uint32_t> count;
    template <class Fields>
    static void fields(Fields& f);
    /// How many of `left` candidates to choose, for a node with `peers` peers.
    std::size_t limit(std::size_t peers, std::size_t left) const;
    void validate(const std::string& prefix, const protocol::Setting& setting, protocol::Diagnostics& problems) const;
  };

  struct Params : Choice, protocol::SeenParams {
    std::map<std::string, Choice> policies;
    Exclude exclude = Exclude::kSender;
    Duration validation_delay;
    Duration validation_per_byte;
    Duration forward_delay;
    std::optional<std::uint32_t> max_hops;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    /// An item is not sent on in the handler that receives it.
    bool waits() const { return forward_delay.ns > 0 || validates(); }
    bool validates() const { return validation_delay.ns > 0 || validation_per_byte.ns > 0; }
  };

  /// The whole item.
  struct Item {
    static constexpr std::string_view kName = "item";
    ItemId id{};
    std::uint32_t hops = 0;  ///< of this copy, when it arrives
    std::uint64_t bytes = 0;
    std::uint64_t wire_bytes() const { return bytes; }
    auto content() const { return std::tie(id, hops, bytes); }
    std::span<const ItemId> items() const { return {&id, 1}; }
  };
  using Message = std::variant<Item>;

  /// An item is validated, or its forwarding delay is over.
  struct Timer {
    ItemId id{};
    NodeId from{};  ///< of the first receipt
    std::uint32_t hops = 0;
    bool validated = false;  ///< and not sent on before its forwarding delay
    auto content() const { return std::tuple(id, from, validated ? ~hops : hops); }
  };

  /// Rules 2 to 5 without a seen-set: whoever has one says what is new, and delivers it. A protocol that floods among
  /// other things is made of it.
  class Relay {
   public:
    /// After a crash the timers are dead, so nothing waits any more.
    void on_start() { waiting_.reset(); }
    /// After a crash that left the state: what was being validated is validated anew.
    void on_restart(Context<Flood>& ctx);
    /// The node has an item from nobody: it is sent at once.
    void publish(Context<Flood>& ctx, ItemId item) { forward(ctx, item, kNoNode, 0); }
    /// The item came from `from`, after `hops` hops, for the first time or once more.
    void receive(Context<Flood>& ctx, NodeId from, ItemId item, std::uint32_t hops, bool is_new);
    void on_timer(Context<Flood>& ctx, const Timer& timer);
    /// Adds what waits for its forwarding delay.
    void add_to(protocol::GaugeReadings& readings) const;
    std::size_t memory_bytes() const;

   private:
    /// The items that wait for their forwarding delay.
    struct Waiting {
      std::uint64_t items = 0;
      std::uint64_t bytes = 0;                      ///< their contents
      std::map<ItemId, std::vector<NodeId>> known;  ///< peers known to have them (exclude = known only)
      std::map<ItemId, Timer> in_validation;
    };

    void hold(Context<Flood>& ctx, ItemId item);

    void forward(Context<Flood>& ctx, ItemId item, NodeId first_sender, std::uint32_t hops);
    static const Choice& choice_for(Context<Flood>& ctx, ItemId item);

    std::unique_ptr<Waiting> waiting_;  ///< null unless items wait for validation or a forwarding delay
  };

  void on_restart(Context<Flood>& ctx) { relay_.on_restart(ctx); }
  void on_publish(Context<Flood>& ctx, ItemId item);
  void on_message(Context<Flood>& ctx, NodeId from, const Message& message);
  void on_timer(Context<Flood>& ctx, const Timer& timer) {
    if (timer.validated) ctx.deliver(timer.id);
    relay_.on_timer(ctx, timer);
  }

  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const;

 private:
  /// Of a core.
  static Duration validation(Context<Flood>& ctx, ItemId item);

  protocol::SeenSet seen_;
  Relay relay_;
};

template <class Fields>
void Flood::Choice::fields(Fields& f) {
  using P = typename Fields::Owner;
  f.choice("policy", &P::policy, {"all", "random-subset", "count", "validators-first", "same-region-first"},
           {.help = "which of the peers that are left after `exclude` get an item"});
  f.share("fraction", &P::fraction,
          {.help = "of all current peers, at least this share is chosen: floor(max(fraction x peers, min_peers))",
           .used = [](const P& p) { return p.policy != Policy::kAll && p.policy != Policy::kCount; }});
  f.integer("min_peers", &P::min_peers, {.help = "and at least so many peers", .min = 1, .used = [](const P& p) {
                                           return p.policy != Policy::kAll && p.policy != Policy::kCount &&
                                                  (p.policy == Policy::kRandomSubset || p.fraction);
                                         }});
  f.integer("count", &P::count,
            {.help = "number of peers chosen", .min = 1, .used = [](const P& p) { return p.policy != Policy::kAll; }});
}

template <class Fields>
void Flood::Params::fields(Fields& f) {
  Choice::fields(f);
  f.by_class("policies", &Params::policies, "policy",
             {.help = "policy by item class, as `{ block = \"all\", tx = { policy = \"random-subset\", fraction = 0.5 "
                      "} }`; unlisted = all"});
  f.choice("exclude", &Params::exclude, {"none", "sender", "known"},
           {.help = "peers that never get the item from this node: nobody, the node of first receipt, or every peer "
                    "seen with it"});
  f.duration("validation_delay", &Params::validation_delay,
             {.help = "work of a core on a new item, before it is delivered and sent on; the publisher has none"});
  f.duration("validation_per_byte", &Params::validation_per_byte,
             {.help = "work of a core for each byte of a new item, beside validation_delay", .max = 1e6});
  f.duration("forward_delay", &Params::forward_delay,
             {.help = "time between delivery and sending on; the publisher sends at once"});
  f.integer("max_hops", &Params::max_hops, {.help = "a copy that made so many hops is not sent on", .min = 1});
  Params::seen_fields(f);
}

}  // namespace hearsay::protocols
