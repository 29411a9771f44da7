#pragma once

// The recorder: what happened to every item at every node, and what the network carried.
//
// What happens is told to a Tally (tally.hpp), one for each thread of a run; the recorder keeps what belongs to one
// node or one item, and puts the tallies together. With one tally everything counts at once. With several, each counts
// for itself what happens to an item within a window, and fold() adds that up; no figure depends on who counted what.
//
// Per (item, node) it keeps two bytes: has it now, ever delivered it, ever received it, and the hop count of
// the first receipt. Times of delivery are not stored unless they are needed: where all nodes are up from start
// to end, the times until a share of nodes is reached are counted on the fly; where nodes crash or join, or a
// breakdown by role, group or region is asked, 8 more bytes a pair hold the first delivery. Where they are not stored,
// an item that every node has received and delivered gives its bytes back: whatever comes later is a duplicate.
//
// An item that travels in pieces is received once a node has as many different ones as make it whole. Each receipt of a
// piece is one payload receipt; it is of use to a node that lacks that piece and needs more. The hops, and the sender
// in the ledger, are those of a node's first piece. Which pieces each node has is kept beside (piece_table.hpp).
//
// O(1) a receipt or delivery; memory 2 N (10 N with stored times) bytes an item.

#include <algorithm>
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/int128.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"
#include "sim/metrics/piece_table.hpp"
#include "sim/metrics/result.hpp"
#include "sim/metrics/samples.hpp"
#include "sim/metrics/spec.hpp"
#include "sim/network/nodes.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::metrics {

/// Why a message was lost.
enum class Drop : std::uint8_t { kLoss, kPartition, kCrash, kBroken, kCancelled };
inline constexpr std::size_t kDropReasons = static_cast<std::size_t>(Drop::kCancelled) + 1;
const char* drop_name(Drop reason);

/// Counts of messages on the network, conserved: sent = received + lost + in flight.
struct Traffic {
  std::uint64_t sent = 0, received = 0, lost = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0, bytes_lost = 0;
  std::uint64_t in_flight() const { return sent - received - lost; }
  Traffic& operator+=(const Traffic& other) {
    sent += other.sent;
    received += other.received;
    lost += other.lost;
    bytes_sent += other.bytes_sent;
    bytes_received += other.bytes_received;
    bytes_lost += other.bytes_lost;
    return *this;
  }
};

struct LabelNames {
  std::vector<std::string> classes, roles, groups, regions;
};

/// What is counted over all nodes: by one tally, or in the end by the recorder.
class Counters {
 protected:
  /// Adds what `other` has counted, and takes its samples.
  void take(Counters& other);

  Traffic traffic_;
  std::vector<NamedCount> by_kind_;
  std::array<std::uint64_t, kDropReasons> drops_{};
  std::uint64_t payload_messages_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t publications_skipped_ = 0;
  std::uint64_t redelivered_ = 0;
  std::uint64_t deliveries_ = 0;
  std::uint64_t hops_sum_ = 0;
  std::uint32_t hops_max_ = 0;
  Samples latency_;  // on the fly only
  Samples queue_delay_;
  std::vector<LedgerRow> ledger_;
};

class Tally;

class Recorder : private Counters {
 public:
  /// `nodes`, `schedule` and `labels` must outlive the recorder. `all_up`: no node crashes or joins in this run.
  Recorder(const OutputSpec& spec, std::span<const network::NodeAttributes> nodes, const workload::Schedule& schedule,
           const LabelNames& labels, std::vector<std::string> message_kinds, bool all_up);
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Messages of at most so many bytes do not pass the uplink's queue, and are no part of its load. Before the run.
  void set_control_bytes(std::uint64_t most) {
    most_control_bytes_ = most;
    if (most > 0) control_bytes_.assign(nodes_.size(), 0);
  }

  // ----------------------------------------------------------------------- between two windows
  // `parity`: of the window whose counts are meant; the next one may be running meanwhile where it is said.

  /// Adds up one of `parts()` parts of what the tallies counted. Different parts may be folded at the same time, and
  /// while the next window runs.
  void fold(unsigned part, unsigned parity);
  unsigned parts() const { return static_cast<unsigned>(folds_.size()); }
  /// The rest of it, which only one thread may do while no window runs: after all parts of earlier windows.
  void settle();
  /// All of it, for both parities. No window runs.
  void fold_all();

  // ------------------------------------------------------------------------------- questions
  bool has(ItemId item, NodeId node) const { return (state_of(item, node) & kHas) != 0; }
  /// A message with the item came to the node before, or it published the item itself.
  bool received_before(ItemId item, NodeId node) const { return (state_of(item, node) & (kReceived | kHas)) != 0; }
  std::uint32_t hops(ItemId item, NodeId node) const {
    const std::uint16_t stored = load(items_[index(item)].state[index(node)]) & kHopMask;
    if (stored < kHopMask) [[likely]]
      return stored;
    return long_hops(item, node);
  }
  /// Every published item is at every live node. After fold_all(), if there are several tallies.
  bool all_covered();
  std::size_t items() const { return items_.size(); }
  /// In this run so far: not skipped, nor yet to come.
  bool is_published(ItemId item) const { return items_[index(item)].is_published; }
  std::size_t memory_bytes() const;
  void prefetch(ItemId item, NodeId node) const {
    const auto* state = items_[index(item)].state.get();
    if (state != nullptr) hearsay::prefetch(state + index(node));
  }

  /// Takes a sample for series.csv at time t; `more` are columns of others (End::more_columns).
  /// After fold_all(), if there are several tallies.
  void sample(SimTime t, std::span<const double> more = {});

  /// Fills metrics, counts, curves, series and ledger; checks the conservation laws. `end`: of the run.
  /// Least possible arrival delays from an origin, by node, in ns; -1: unreachable.
  using DelayBound = std::function<std::vector<std::int64_t>(NodeId origin)>;
  struct End {
    SimTime time;
    std::size_t edges = 0;
    std::uint64_t messages_in_flight = 0;  ///< counted by the simulation itself, to be checked against the traffic
    std::uint64_t bytes_in_flight = 0;
    std::optional<double> core_utilisation_mean{}, core_utilisation_max{};  ///< null: no node's cores are limited
    DelayBound bound{};  ///< for stretch_mean; may be null where that is not asked
    std::vector<std::pair<std::string, std::optional<double>>> more_metrics{};  ///< of others, after the recorder's own
    std::vector<std::string> more_columns{};
  };
  void finish(const End& end, RunResult& result);

 private:
  friend class Tally;

  static constexpr std::uint16_t kHas = 0x8000;
  static constexpr std::uint16_t kDelivered = 0x4000;
  static constexpr std::uint16_t kReceived = 0x2000;
  static constexpr std::uint16_t kHopMask = 0x1fff;  // the largest value means: see long_hops_

  /// What was sent after the last delivery of any item: once all items are complete, it serves none of them.
  struct Tail {
    std::uint64_t messages = 0, bytes = 0;
    void add(std::uint64_t more_messages, std::uint64_t more_bytes) {
      messages += more_messages;
      bytes += more_bytes;
    }
  };
  /// Brings it up to date with the windows that are over.
  void settle_tail();
  /// Of the whole run; nothing if an item is not complete.
  Tail after_completion();

  struct ItemRecord {
    NodeId origin = kNoNode;
    ClassId item_class{};
    bool measured = true;
    bool is_published = false;
    bool incomplete = false;      // some live node lacks it: counted in incomplete_
    bool released = false;        // every node has received and delivered it: `state` is gone
    std::uint8_t next_share = 1;  // of reach, the next one to be counted
    SimTime published;
    std::unique_ptr<std::uint16_t[]> state;
  };
  /// More of one item, by node, where it is asked for.
  struct ItemDetails {
    std::unique_ptr<std::int64_t[]> first_delivery;  // with stored times, ns; -1: never
    std::unique_ptr<NodeId[]> first_sender;          // with a ledger
  };

  /// Of one item: in all, or what one tally has counted within one window.
  struct ItemCounts {
    std::uint64_t receipts = 0;
    std::uint32_t first_receipts = 0;  // by which a node had it whole
    std::uint32_t delivered = 0;       // nodes that ever delivered it
    std::int32_t has_live = 0;         // live nodes that have it
    bool touched = false;              // a tally's own: listed among those that it has counted for
  };

  /// Time until each share of nodes, over the items of one class.
  struct Reach {
    std::array<Int128, 101> sum_ns{};  // whole numbers: the order of the items does not matter
    std::array<std::uint32_t, 101> items{};
    Samples delays;  // of each item at each hundredth of the nodes that it reached
  };

  /// A delivery as a tally logs it for fold().
  struct Delivery {
    ItemId item{};
    NodeId node{};
    std::int64_t time_ns = 0;
    std::uint32_t order = 0;  // within the tally's window: a handler may deliver several items
    friend bool operator<(const Delivery& a, const Delivery& b) {
      if (a.time_ns != b.time_ns) return a.time_ns < b.time_ns;
      return a.node != b.node ? a.node < b.node : a.order < b.order;
    }
  };
  /// An item came to a share of the nodes.
  struct Crossing {
    Delivery at;
    std::uint32_t percent = 0;
  };
  /// One part of the items, folded by one thread; what it found out that concerns more than its items.
  struct alignas(64) Fold {
    std::vector<Delivery> deliveries;  // scratch, by item
    std::vector<std::uint32_t> ends;   // scratch, by item: of its deliveries
    std::vector<ItemId> items;         // scratch: those touched
    std::vector<Crossing> crossings;   // to be counted by settle(), in the order of time
    std::vector<ItemId> complete;      // to be released by settle()
    std::int64_t incomplete = 0;       // change of incomplete_
  };

  std::uint16_t state_of(ItemId item, NodeId node) const {
    const ItemRecord& r = items_[index(item)];
    if (r.released) return kHas | kDelivered | kReceived;
    return r.state ? load(r.state[index(node)]) : std::uint16_t{0};
  }
  // Another lane may look at the hop count of a node while the node's own sets a flag beside it.
  static std::uint16_t load(const std::uint16_t& state) { return __atomic_load_n(&state, __ATOMIC_RELAXED); }
  static void store(std::uint16_t& state, std::uint16_t value) { __atomic_store_n(&state, value, __ATOMIC_RELAXED); }

  void begin(ItemId item, SimTime now);
  PieceTable& pieces_of(const Piece& piece);
  std::uint64_t useful_receipts(std::size_t item) const;
  /// Null if no piece of the item was received, as where items do not travel in pieces at all.
  PieceTable* pieces_if_any(ItemId item) const {
    PieceTable** const all = __atomic_load_n(&pieces_, __ATOMIC_ACQUIRE);
    return all == nullptr ? nullptr : __atomic_load_n(all + index(item), __ATOMIC_ACQUIRE);
  }
  bool has_pieces(ItemId item, NodeId node) const {
    const PieceTable* const pieces = pieces_if_any(item);
    return pieces != nullptr && pieces->any(node);
  }
  /// While a window runs: an item that another lane publishes within it may be seen or not; nobody here has it yet.
  bool is_there(const ItemRecord& r) const { return __atomic_load_n(&r.is_published, __ATOMIC_ACQUIRE); }
  std::uint32_t long_hops(ItemId item, NodeId node) const;
  void set_long_hops(ItemId item, NodeId node, std::uint32_t hops);
  void set_hops(ItemId item, NodeId node, std::uint32_t hops) {
    if (hops >= kHopMask) [[unlikely]]
      set_long_hops(item, node, hops);
    std::uint16_t& state = items_[index(item)].state[index(node)];
    store(state, static_cast<std::uint16_t>((state & ~kHopMask) | std::min<std::uint32_t>(hops, kHopMask)));
  }
  /// Brings the item's part of `incomplete` up to date.
  void update_incomplete(ItemId item, std::int64_t& incomplete);
  void count_shares(ItemId item, SimTime now);
  /// The item came to the shares [first, end) in one delivery.
  void add_crossings(const ItemRecord& record, std::uint32_t first, std::uint32_t end, Duration delay);
  bool is_complete(const ItemCounts& counts) const {
    return counts.delivered == nodes_.size() && counts.first_receipts + 1 == nodes_.size();
  }
  void release(ItemId item);
  void fold_deliveries(Fold& fold, unsigned part, unsigned parity);
  void find_crossings(Fold& fold, ItemId item, std::span<Delivery> deliveries, std::uint32_t before);
  std::uint32_t share_nodes(std::uint32_t percent, std::uint32_t of) const {
    return static_cast<std::uint32_t>((std::uint64_t{percent} * of + 99) / 100);
  }
  /// Takes over everything from the tallies.
  void gather();

  // Delivery figures of a subset of items and nodes (delivery_metrics.cpp).
  struct Subset {
    std::string suffix;       // "[role=explorer]"; empty: everything
    int item_class = -1;      // -1: every class
    std::vector<bool> nodes;  // empty: every node
  };
  bool wanted(const ItemRecord& r, const Subset& subset) const {
    return r.is_published && r.measured &&
           (subset.item_class < 0 || static_cast<int>(index(r.item_class)) == subset.item_class);
  }
  struct DeliveryFigures;
  DeliveryFigures figures_on_the_fly() const;
  DeliveryFigures figures_from_times(const Subset& subset) const;
  std::vector<Subset> labelled_subsets() const;
  void add_delivery_metrics(RunResult& result);
  std::optional<double> stretch(const End& end) const;
  void add_stable_latency(RunResult& result) const;
  void add_network_metrics(const End& end, RunResult& result);
  void add_reach(RunResult& result) const;
  void check_conservation(const End& end) const;

  const OutputSpec& spec_;
  std::span<const network::NodeAttributes> nodes_;
  const workload::Schedule& schedule_;
  const LabelNames& labels_;
  bool stored_times_ = false;

  std::vector<ItemRecord> items_;
  std::vector<ItemCounts> counts_;    // by item
  std::vector<ItemDetails> details_;  // by item; empty unless asked for
  mutable std::mutex long_hops_mutex_;
  std::unordered_map<std::uint64_t, std::uint32_t> long_hops_;  // looked up only
  std::array<std::uint32_t, 102> share_count_{};                // nodes that make a share of i %
  std::vector<Reach> reach_;                                    // on the fly only; [0]: all items, then by class
  std::mutex pieces_mutex_;
  std::deque<PieceTable> piece_tables_;         // of the items that travel in pieces, in no order that means anything
  std::unique_ptr<PieceTable*[]> piece_index_;  // by item, once there is one
  PieceTable** pieces_ = nullptr;               // the same, for who does not hold the mutex
  std::vector<std::uint64_t> uplink_bytes_;     // by node
  std::vector<std::uint64_t> control_bytes_;    // ... of these, past its queue; empty: none can
  std::uint64_t most_control_bytes_ = 0;
  std::vector<std::uint8_t> up_;  // by node
  std::uint32_t live_ = 0;
  std::int64_t incomplete_ = 0;  // published items that some live node lacks
  bool recount_ = false;         // ... to be counted anew, as nodes went down or came up
  SimTime last_delivery_;
  Tail tail_;
  std::vector<Tally*> tallies_;
  std::vector<Fold> folds_;
  std::vector<SeriesSample> series_;
};

}  // namespace hearsay::metrics
