#pragma once

// Batched broadcast along a spanning tree: what is new is gathered for a while, and goes to each neighbour that is not
// known to have it. Acknowledgements, anti-entropy and repair make up for what is lost.
//
// Rules
//   1. The tree is made before the run, and every node knows it. `tree` = ids: `root`, then all other nodes in the
//      order of their ids, fill the tiers 1, B, B^2 ... from left to right; B is `branching`, or with `max_depth` the
//      smallest with which all fit; any two nodes can send to each other. bfs: the breadth-first tree of the overlay
//      from `root`; nodes that it does not reach take no part. A node draws `shortcuts` other neighbours (of all nodes,
//      with bfs of its peers), not among its neighbours already; a shortcut is one for both ends.
//   2. A node delivers what it publishes, or receives for the first time, at once. It waits then for the next flush to
//      each neighbour but the one it came from.
//   3. Every `window`, by a clock that never stops (`phase`: each node's at an offset of its own, or all at multiples
//      of the window), a node flushes: each neighbour gets one message, `batch`, with what waits for it; none if
//      nothing does, unless `flush` = always. As soon as `max_items` wait for a neighbour, it is flushed at once.
//      Without a window everything is sent on in the handler that receives it. `window_by_depth`: the window of the
//      root, of its children and so on, the last one for all below.
//   4. `delta` says what a batch leaves out. version-vector: everything that the neighbour is known to have, because it
//      came from it, was acknowledged by it (without `acks`: was sent to it), or was in its digest. bloom: that is kept
//      in a Bloom filter, which takes a value that the neighbour lacks for one that it has with probability
//      `bloom_rate`; that is then not sent at all, and left to anti-entropy. none: nothing is left out; every batch
//      carries all that the node has.
//   5. `acks`: each batch with items is acknowledged, at once or, with `ack_delay`, within that time: on the next batch
//      that goes the other way, or together with others. What is not acknowledged within `resend_after` is sent again,
//      together with what waits.
//   6. A neighbour that does not answer for `suspect_after`, or that is gone (on_peer_down), is down: what is for it
//      waits, and every `suspect_after` an empty batch asks whether it is there. Any message from it brings it back.
//   7. Anti-entropy: every `sync_interval` a node asks a random neighbour that is not down, with `sync_payload`:
//        digest   its version vector, and the ids that came lately; the reply has what the asker lacks and asks for
//                 what the other lacks; none if neither is anything. Then what was asked for.
//        full     all that it has; the reply has what the asker lacks, if anything
//        bloom    a Bloom filter of what it has, a new one each time; the reply has what is not in it, and a
//                 filter; then likewise, if anything
//      Lately is since the tick before the last: what has been at a node for less than one interval is on its way
//      anyway, and neither offered nor asked for; nor is what waits or flies to the neighbour in a batch. Other
//      messages of anti-entropy than batches are not acknowledged, as the next round repeats them. What it brings is
//      sent on as if it had come in a batch.
//   8. Every message says when its sender started. If it has started anew it lacks everything: anti-entropy brings it
//      what is old, and what came lately, or without anti-entropy all, waits for it again.
//   9. `repair`: a node whose parent is down asks others to take it in, one every `suspect_after`: shortcuts, the
//      ancestors from the grandparent up, then any node of lower rank (by depth in the tree, then id), those below the
//      root from the top on, others from a random one. A shortcut that answers serves as it is; any other becomes a
//      neighbour and makes this one its child. As parents have lower ranks than their children, there is no cycle. When
//      the first parent is back the foster parent is left (`detach`). An idle parent is asked every `suspect_after`
//      whether it is there.
//
// Cost: on a tree of N nodes without windows N - 1 batches an item, and N - 1 acknowledgements. A flush costs what it
// sends (protocols/tree_batch_links.hpp); a digest the 64-bit words of ids from the first missing one on. Only `none`
// and `full` read all that there is.
//
// Modelled state (sim/protocol/statistics.hpp): 16 B a peer, 16 B an id seen, an item's size + 24 B for each held, and
// of each neighbour (neighbour_state_bytes) 24 B (number, start, last heard), 8 B for each item that waits or is not
// acknowledged, and with version vectors 16 B for each origin, or the Bloom filter's log2(1/rate)/ln 2 bits for each
// item.
//
// Source: Fly.io's Gossip Glomers, challenges 3d and 3e, and what is published as answers to them; version vectors:
// Parker et al. 1983, with exceptions Malkhi and Terry 2005.
// Deviation: a version vector has at most one entry for each node and each item held, and 8 B for each earlier item
// that is missing; which of them have a later one of the same origin is not looked up. A Bloom filter errs with exactly
// its rate, drawn for each item, whatever it holds.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <variant>
#include <vector>

#include "protocols/tree_batch_links.hpp"
#include "protocols/tree_batch_messages.hpp"
#include "protocols/tree_batch_setup.hpp"
#include "sim/protocol/item_set.hpp"
#include "sim/protocol/protocol.hpp"
#include "sim/protocol/rounds.hpp"
#include "sim/protocol/seen_set.hpp"
#include "sim/protocol/statistics.hpp"

namespace hearsay::protocols {

using protocol::Context;

class TreeBatch {
 public:
  static constexpr std::string_view kName = "tree-batch";
  static constexpr std::string_view kSummary =
      "along a spanning tree, in batches, what each neighbour is not known to have";

  static constexpr protocol::Counter kFlushes{"flushes", {.help = "batches sent that carry items"}};
  static constexpr protocol::Counter kFlushedBytes{
      "flush_bytes", {.unit = "B", .better = protocol::Better::kLower, .help = "bytes of the items in batches sent"}};
  static constexpr protocol::Ratio kBytesPerFlush{"flush_bytes_each",
                                                  kFlushedBytes,
                                                  kFlushes,
                                                  false,
                                                  {.unit = "B",
                                                   .better = protocol::Better::kLower,
                                                   .help = "bytes of the items in a batch that carries any, mean"}};
  static constexpr protocol::Counter kResent{
      "batches_resent",
      {.better = protocol::Better::kLower, .help = "batches sent because an earlier one was not acknowledged"}};
  static constexpr protocol::Counter kSynced{"items_synced",
                                             {.help = "(item, node) pairs that anti-entropy brought first"}};
  static constexpr protocol::Counter kTakenIn{
      "repairs", {.help = "how often a node found another parent as its own was down", .rare = true}};
  static constexpr protocol::Gauge kNeighbourState{"neighbour_state_bytes",
                                                   {.unit = "B",
                                                    .better = protocol::Better::kLower,
                                                    .help = "modelled state that a live node keeps of its neighbours"}};
  static constexpr protocol::Gauge kLastFlush{"last_flush_bytes",
                                              {.unit = "B",
                                               .better = protocol::Better::kLower,
                                               .help = "bytes of the items in a live node's latest batch with any"}};
  static constexpr protocol::Gauge kDepth{
      "tree_depth", {.help = "edges between the root and a live node; the most is the depth of the tree"}};
  static constexpr protocol::Gauge kPath{
      "tree_path",
      {.help =
           "edges of the longest path whose highest node a live node is; the most is the longest path of the tree"}};
  static constexpr auto kFigures =
      protocol::figures(protocol::kHeldByNodes, kNeighbourState, kLastFlush, kDepth, kPath, kFlushes, kFlushedBytes,
                        kBytesPerFlush, kResent, kSynced, kTakenIn);

  enum class Shape : std::uint8_t { kIds, kBfs };
  enum class Flush : std::uint8_t { kNonEmpty, kAlways };
  enum class Delta : std::uint8_t { kVersionVector, kBloom, kNone };
  enum class SyncPayload : std::uint8_t { kDigest, kFull, kBloom };

  struct Params : protocol::SeenParams {
    Shape tree = Shape::kIds;
    std::uint32_t branching = 4;
    std::optional<std::uint32_t> max_depth;
    std::uint32_t root = 0;
    std::uint32_t shortcuts = 0;
    Duration window = milliseconds(50);
    std::vector<std::string> window_by_depth;
    protocol::Phase phase = protocol::Phase::kRandom;
    std::optional<std::uint32_t> max_items;
    Flush flush = Flush::kNonEmpty;
    Delta delta = Delta::kVersionVector;
    std::optional<double> bloom_rate;
    bool acks = true;
    Duration ack_delay;
    Duration resend_after = milliseconds(300);
    Duration sync_interval = milliseconds(500);
    SyncPayload sync_payload = SyncPayload::kDigest;
    bool repair = false;
    Duration suspect_after = seconds(1);

    template <class Fields>
    static void fields(Fields& f);
    void validate(const protocol::Setting& setting, protocol::Diagnostics& problems) const;
    /// By depth, the last for all below.
    std::vector<Duration> windows() const;
    bool syncs() const { return sync_interval.ns > 0; }
    bool has_filter() const { return delta == Delta::kBloom || (syncs() && sync_payload == SyncPayload::kBloom); }
  };

  using Setup = tree_batch::Places;
  static Setup prepare(const Params& params, const protocol::SetupView& view);

  using Batch = tree_batch::Batch;
  using Ack = tree_batch::Ack;
  using SyncRequest = tree_batch::SyncRequest;
  using SyncReply = tree_batch::SyncReply;
  using SyncItems = tree_batch::SyncItems;
  using Attach = tree_batch::Attach;
  using Attached = tree_batch::Attached;
  using Detach = tree_batch::Detach;
  using Message = std::variant<Batch, Ack, SyncRequest, SyncReply, SyncItems, Attach, Attached, Detach>;

  struct Timer {
    enum class Kind : std::uint8_t { kFlush, kResend, kAck, kSync, kSeek, kWatch };
    Kind kind = Kind::kFlush;
    NodeId neighbour = kNoNode;  ///< kResend, kAck
    auto content() const { return std::tie(kind, neighbour); }
  };

  /// What handlers need while they run.
  struct Workspace {
    std::vector<ItemId> fresh;
    std::vector<NodeId> partners;
  };

  void on_start(Context<TreeBatch>& ctx);
  void on_restart(Context<TreeBatch>& ctx);
  void on_publish(Context<TreeBatch>& ctx, ItemId item);
  void on_message(Context<TreeBatch>& ctx, NodeId from, const Message& message);
  void on_timer(Context<TreeBatch>& ctx, const Timer& timer);
  void on_peer_up(Context<TreeBatch>& ctx, NodeId peer);
  void on_peer_down(Context<TreeBatch>& ctx, NodeId peer);

  void gauges(const Params& params, const protocol::Moment& at, protocol::GaugeReadings& readings) const;
  std::size_t memory_bytes() const;
  /// Items that the node has.
  std::uint64_t held() const { return held_; }

 private:
  using Ctx = Context<TreeBatch>;
  using Link = tree_batch::Link;
  using Role = tree_batch::Role;
  using Word = protocol::ItemSet::Word;

  // What the node has.
  void hold(Ctx& ctx, ItemId item);
  void accept(Ctx& ctx, NodeId from, const protocol::ItemIds& items, bool synced);
  void spread(Ctx& ctx, NodeId from, std::span<const ItemId> fresh);
  Word recent(std::size_t w) const { return fresh_.word(w) | fresh_before_.word(w); }
  std::size_t end_word() const { return held_ == 0 ? 0 : protocol::ItemSet::word_of(newest_) + 1; }
  template <class Each>
  void for_each_held(const Each& each) const;
  tree_batch::Held summary() const { return {items_, end_word()}; }

  // Batches.
  void start_clocks(Ctx& ctx);
  void flush_all(Ctx& ctx);
  void flush(Ctx& ctx, Link& link);
  void ask(Ctx& ctx, Link& link);
  void send_batch(Ctx& ctx, Link& link, Batch batch);
  void resend(Ctx& ctx, NodeId neighbour);
  void take(Link& link, const tree_batch::Acks& acks);
  template <class M>
  void post(Ctx& ctx, NodeId to, M message, std::uint64_t body_bytes);

  // Neighbours.
  Link* hear(Ctx& ctx, NodeId from, SimTime session);
  void wait_for_all_due(Ctx& ctx, Link& link);
  void go_down(Ctx& ctx, Link& link);
  void arm(Ctx& ctx, Link& link, Duration delay);

  // Repair.
  Link* home();
  bool is_orphan();
  void seek(Ctx& ctx);
  void come_home(Ctx& ctx);
  void watch(Ctx& ctx);

  // Anti-entropy.
  void sync(Ctx& ctx);
  void ask_for_difference(Ctx& ctx, NodeId partner);
  std::uint64_t vector_bytes() const;
  std::uint64_t filter_bytes(const Params& params) const;
  protocol::ItemIds lacking(Ctx& ctx, const Link* link, const tree_batch::Held& held) const;

  void on(Ctx& ctx, NodeId from, const Batch& m);
  void on(Ctx& ctx, NodeId from, const Ack& m);
  void on(Ctx& ctx, NodeId from, const SyncRequest& m);
  void on(Ctx& ctx, NodeId from, const SyncReply& m);
  void on(Ctx& ctx, NodeId from, const SyncItems& m);
  void on(Ctx& ctx, NodeId from, const Attach& m);
  void on(Ctx& ctx, NodeId from, const Attached& m);
  void on(Ctx& ctx, NodeId from, const Detach& m);

  protocol::SeenSet seen_;
  protocol::ItemCoverage items_;             ///< all that the node has
  std::uint64_t held_ = 0, held_bytes_ = 0;  ///< how many, and their contents
  ItemId newest_{};
  protocol::ItemSet fresh_, fresh_before_;  ///< with anti-entropy: came since its last tick, and in the interval before
  tree_batch::Links links_;
  SimTime session_{-1};         ///< when the node started
  std::uint64_t attempts_ = 0;  ///< to find another parent
  NodeId foster_ = kNoNode;     ///< who serves as parent instead
  NodeId asked_ = kNoNode;      ///< who is asked to
  bool seeking_ = false;        ///< the timer is set
  std::uint32_t nodes_ = 0, depth_ = 0, path_ = 0;
  std::uint64_t last_flush_bytes_ = 0;
};

template <class Fields>
void TreeBatch::Params::fields(Fields& f) {
  f.choice(
      "tree", &Params::tree, {"ids", "bfs"},
      {.help = "balanced, in the order of ids, whoever is linked to whom; or the breadth-first tree of the overlay"});
  f.integer("branching", &Params::branching, {.help = "children of a node", .min = 1, .used = [](const Params& p) {
                                                return p.tree == Shape::kIds && !p.max_depth;
                                              }});
  f.integer("max_depth", &Params::max_depth,
            {.help = "in place of branching: the smallest branching with which no node is deeper",
             .min = 1,
             .used = [](const Params& p) { return p.tree == Shape::kIds; }});
  f.integer("root", &Params::root, {.help = "the node that the tree begins with", .min = 0});
  f.integer("shortcuts", &Params::shortcuts,
            {.help = "neighbours that each node draws beside those on the tree; with bfs among its peers", .min = 0});
  f.duration("window", &Params::window,
             {.help = "time between two flushes of a node; 0: everything is sent on at once",
              .used = [](const Params& p) { return p.window_by_depth.empty(); }});
  f.text_list(
      "window_by_depth", &Params::window_by_depth,
      {.help = "in place of window: of the root, its children and so on, the last for all below, as in [\"200 ms\", "
               "\"50 ms\"]"});
  f.choice("phase", &Params::phase, {"synchronous", "random"},
           {.help = "flushes of all nodes at multiples of the window, or each node's at an offset of its own"});
  f.integer("max_items", &Params::max_items, {.help = "so many items for a neighbour do not wait longer", .min = 1});
  f.choice("flush", &Params::flush, {"non-empty", "always"},
           {.help = "a neighbour for which nothing waits gets nothing, or an empty batch"});
  f.choice("delta", &Params::delta, {"version-vector", "bloom", "none"},
           {.help = "what a batch leaves out: what the neighbour is known to have, by a version vector or by a Bloom "
                    "filter; or nothing, so that it carries all that the node has"});
  f.real("bloom_rate", &Params::bloom_rate,
         {.help = "share of the values that a Bloom filter takes for known in error",
          .min = 0,
          .max = 0.5,
          .above_min = true,
          .used = [](const Params& p) { return p.has_filter(); }});
  f.flag("acks", &Params::acks, {.help = "batches are acknowledged, and sent again until they are"});
  f.duration("ack_delay", &Params::ack_delay,
             {.help = "an acknowledgement waits so long for a batch that it can ride on, or for others",
              .used = [](const Params& p) { return p.acks; }});
  f.duration("resend_after", &Params::resend_after,
             {.help = "a batch is sent again if it is not acknowledged by then", .min = 1, .used = [](const Params& p) {
                return p.acks;
              }});
  f.duration("sync_interval", &Params::sync_interval,
             {.help = "time between two rounds of anti-entropy with a random neighbour; 0: none"});
  f.choice("sync_payload", &Params::sync_payload, {"digest", "full", "bloom"},
           {.help = "what they begin with: a version vector, all items, or a Bloom filter",
            .used = [](const Params& p) { return p.syncs(); }});
  f.flag("repair", &Params::repair, {.help = "a node whose parent is down looks for another"});
  f.duration("suspect_after", &Params::suspect_after,
             {.help = "a neighbour that does not answer for so long is down", .min = 1, .used = [](const Params& p) {
                return p.acks || p.repair;
              }});
  Params::seen_fields(f);
}

}  // namespace hearsay::protocols
