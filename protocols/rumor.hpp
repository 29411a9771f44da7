#pragma once

// Rumor mongering: a node that receives an item for the first time passes it on to a few random peers, for a while.
//
// Rules
//   1. A node that first receives an item, or publishes one, delivers it and holds it as a rumor. Every round sends it
//      to `fanout` distinct peers, drawn when it is sent, uniformly among all peers: the one it came from included.
//   2. The rounds of an item begin, by `phase`:
//        on-receipt    `propagation_delay` after receipt, and so on (default)
//        synchronous   at the multiples of `propagation_delay` that follow receipt, at all nodes alike
//        poisson       after gaps Exp(`propagation_delay`)
//      An on-receipt delay of 0 does in the handler what is due. With feedback the answers must come first: then the
//      next round begins when the last answer to the one before has come.
//   3. The rumor dies, by `stop`:
//        rounds        after `rounds` rounds (default)
//        counter       after `k` contacts
//        coin          after each contact with probability 1/`k`, so there is at least one
//      within a round too: what is left of it is not sent. With `feedback` every item received is answered whether it
//      was useful, that is new; only useless contacts count or draw, when the answer comes, and a useful one sets the
//      counter back to 0. A contact whose item or answer is lost does neither.
//   4. In the synchronous phase a contact is useful if the receiver lacked the item when the round began, even when
//      two arrive in one round.
//   5. With `track_peers` a round leaves out the peers that are known to have the item, because it came from them or
//      was sent to them, even if it was lost. The rumor dies when none is left.
//   6. A round that finds nobody to send to ends the rumor.
//   7. At most `cache_capacity` rumors are held; the one whose last round (or receipt) is longest ago makes room, and
//      is not passed on any more; the metric rumors_evicted counts them.
//   8. A node that restarts with its state takes its rumors up again, as if just received but for what was counted.
//
// A rumor is a timer and about 60 bytes, more with track_peers: 4 bytes a peer known to have the item, at most one
// each. Both are gone when it dies, in every phase: a node with nothing left to pass on keeps no timer, and of an item
// no more than its entry in the seen-set. Where everything is sent on receipt nothing is held at all. A round costs
// O(fanout), with track_peers O(degree), and O(log rumors held).
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen; for each rumor held the item's size + 24
// B, 8 B of counters, and with track_peers 8 B for each peer known to have it.
//
// Messages: `item`, of the item's size; `feedback`, an id of 32 B and a flag.
//
// Source: Demers et al. 1987, Epidemic Algorithms for Replicated Database Maintenance, section 1.4: (feedback | blind)
// x (counter | coin); `rounds` 1 is infect and die. There the counter counts unnecessary contacts; that a necessary one
// sets it back, and that state is that of the start of the round, is what reproduces the paper's table 1.
// Deviation: the paper's site offers all its rumors to one partner a cycle; here each rumor draws its own partners, so
// that items do not depend on each other. Of one item both say the same.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

#include "sim/protocol/item_copy.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class Rumor {
 public:
  static constexpr std::string_view kName = "rumor";
  static constexpr std::string_view kSummary = "a node passes every new item on to a few random peers, for a while";

  static constexpr protocol::Counter kEvicted{
      "rumors_evicted",
      {.better = protocol::Better::kLower,
       .help = "rumors that fell out of a node's cache_capacity, to be passed on no more"}};
  static constexpr auto kFigures = protocol::figures(protocol::kHeldByNodes, kEvicted);

  enum class Stop : std::uint8_t { kRounds, kCounter, kCoin };
  enum class Phase : std::uint8_t { kOnReceipt, kSynchronous, kPoisson };

  struct Params : protocol::SeenParams {
    std::uint32_t fanout = 4;
    std::uint32_t rounds = 1;
    Duration propagation_delay;
    Phase phase = Phase::kOnReceipt;
    bool track_peers = false;
    Stop stop = Stop::kRounds;
    std::optional<std::uint32_t> k;
    bool feedback = false;
    std::optional<std::uint32_t> cache_capacity;
    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    Duration round_interval() const { return propagation_delay; }
    /// Rounds wait for no clock.
    bool at_once() const { return phase == Phase::kOnReceipt && propagation_delay.ns == 0; }
  };

  using Item = protocol::ItemCopy;
  /// The answer to an item, where the stop rule asks for one.
  struct Feedback {
    static constexpr std::string_view kName = "feedback";
    static constexpr std::uint64_t kBytes = 32 + 1;
    ItemId id{};
    bool useful = false;
    std::uint64_t wire_bytes() const { return kBytes; }
    auto content() const { return std::tie(id, useful); }
  };
  using Message = std::variant<Item, Feedback>;

  /// A round of an item is due.
  struct Timer {
    ItemId id{};
    auto content() const { return std::tie(id); }
  };

  void on_restart(Context<Rumor>& ctx);
  void on_publish(Context<Rumor>& ctx, ItemId item);
  void on_message(Context<Rumor>& ctx, NodeId from, const Message& message);
  void on_timer(Context<Rumor>& ctx, const Timer& timer);

  /// Rumors held now.
  std::size_t held() const { return state_ ? state_->cache.size() : 0; }
  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const;

 private:
  /// An item that is being passed on.
  struct Held {
    ItemId item{};
    std::uint32_t count = 0;    ///< rounds made (stop = rounds) or contacts counted (counter)
    std::uint32_t awaited = 0;  ///< answers still to come
    protocol::TimerId timer;
    std::uint32_t newer = 0, older = 0;  ///< slots, by last use
    std::vector<NodeId> known;           ///< peers that have it, sorted (track_peers only)
  };

  /// The rumors that are held, by item and by last use. find O(log size), insert and erase O(size) moves of 8 bytes;
  /// slots are used again, so that a steady load allocates nothing; a
  /// cache that a burst has left behind is given back when it is empty.
  class Cache {
   public:
    std::size_t size() const { return by_item_.size(); }
    Held* find(ItemId item);
    /// The least recently used; the cache is not empty.
    ItemId oldest() const { return slots_[oldest_].item; }
    /// In order of their ids.
    std::vector<ItemId> items() const;
    /// f(rumor), in the same order.
    template <class F>
    void for_each(const F& f) const {
      for (const Place& place : by_item_) f(slots_[place.second]);
    }
    std::size_t memory_bytes() const;
    /// `item` is not held. The reference is good until the next insert.
    Held& insert(ItemId item);
    void touch(Held& held);
    void erase(Held& held);  ///< and no reference is good any more

   private:
    static constexpr std::uint32_t kNone = 0xffff'ffff;
    static constexpr std::size_t kKept = 16;         // slots that an empty cache keeps
    using Place = std::pair<ItemId, std::uint32_t>;  // an item and its slot
    std::vector<Place>::iterator place_of(ItemId item);
    void link_newest(std::uint32_t slot);
    void unlink(std::uint32_t slot);

    std::vector<Held> slots_;
    std::vector<std::uint32_t> free_;
    std::vector<Place> by_item_;
    std::uint32_t newest_ = kNone, oldest_ = kNone;
  };

  /// What a node keeps beside its seen-set once it holds something.
  struct State {
    Cache cache;
    SimTime round{-1};          ///< start of the synchronous round that `fresh` belongs to
    std::vector<ItemId> fresh;  ///< items that the node lacked when it began
  };

  State& state();
  void accept(Context<Rumor>& ctx, ItemId item, NodeId from);
  void on_item(Context<Rumor>& ctx, NodeId from, const Item& copy);
  void on_feedback(Context<Rumor>& ctx, const Feedback& answer);
  void note_fresh(Context<Rumor>& ctx, ItemId item);
  bool lacked_when_round_began(Context<Rumor>& ctx, ItemId item) const;

  Held& hold(Context<Rumor>& ctx, ItemId item);
  void release(Context<Rumor>& ctx, Held& held);
  void schedule(Context<Rumor>& ctx, Held& held);
  void advance(Context<Rumor>& ctx, Held& held);
  static bool round(Context<Rumor>& ctx, Held& held);
  static std::size_t contacts(Context<Rumor>& ctx, Held& held, std::size_t partners, bool& goes_on);
  static void learn(Held& held, NodeId peer);
  static bool none_left(Context<Rumor>& ctx, Held& held);

  protocol::SeenSet seen_;
  std::unique_ptr<State> state_;
};

template <class Fields>
void Rumor::Params::fields(Fields& f) {
  f.integer("fanout", &Params::fanout, {.help = "distinct peers that a round sends to", .min = 1});
  f.integer("rounds", &Params::rounds,
            {.help = "rounds of an item at each node", .min = 1, .used = [](const Params& p) {
               return p.stop == Stop::kRounds;
             }});
  f.duration("propagation_delay", &Params::propagation_delay,
             {.help = "time from receipt to the first round and between rounds; the period where `phase` is "
                      "synchronous or poisson, which need one"});
  f.choice("phase", &Params::phase, {"on-receipt", "synchronous", "poisson"},
           {.help = "when rounds begin: counted from receipt, at common multiples of propagation_delay, or at random"});
  f.flag("track_peers", &Params::track_peers, {.help = "leave out peers that are known to have the item"});
  f.choice(
      "stop", &Params::stop, {"rounds", "counter", "coin"},
      {.help = "a rumor dies after `rounds` rounds, after k contacts, or after each contact with probability 1/k"});
  f.integer("k", &Params::k,
            {.help = "contacts until a rumor dies (counter), or their mean number (coin)",
             .min = 1,
             .used = [](const Params& p) { return p.stop != Stop::kRounds; }});
  f.flag("feedback", &Params::feedback,
         {.help = "receivers answer, and only useless contacts count or draw",
          .used = [](const Params& p) { return p.stop != Stop::kRounds; }});
  f.integer(
      "cache_capacity", &Params::cache_capacity,
      {.help = "items held to be passed on; the least recently used makes room and is passed on no more", .min = 1});
  Params::seen_fields(f);
}

}  // namespace hearsay::protocols
