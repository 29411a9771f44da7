#pragma once

// The recorder: what happened to every item at every node, and what the network carried.
//
// Per (item, node) it keeps two bytes: has it now, ever delivered it, ever received it, and the hop count of
// the first receipt. Times of delivery are not stored unless they are needed: where all nodes are up from start
// to end, the times until a share of nodes is reached are counted on the fly; where nodes crash or join, or a
// breakdown by role, group or region is asked, 8 more bytes a pair hold the first delivery.
//
// O(1) a receipt or delivery; memory 2 N (10 N with stored times) bytes an item.

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"
#include "sim/metrics/result.hpp"
#include "sim/metrics/samples.hpp"
#include "sim/metrics/spec.hpp"
#include "sim/network/nodes.hpp"
#include "sim/workload/spec.hpp"

namespace hearsay::metrics {

/// Why a message was lost.
enum class Drop : std::uint8_t { kLoss, kPartition, kCrash, kBroken };
inline constexpr std::size_t kDropReasons = 4;
const char* drop_name(Drop reason);

/// Counts of messages on the network, conserved: sent = received + lost + in flight.
struct Traffic {
  std::uint64_t sent = 0, received = 0, lost = 0;
  std::uint64_t bytes_sent = 0, bytes_received = 0, bytes_lost = 0;
  std::uint64_t in_flight() const { return sent - received - lost; }
};

struct LabelNames {
  std::vector<std::string> classes, roles, groups, regions;
};

class Recorder {
 public:
  /// `nodes`, `schedule` and `labels` must outlive the recorder. `all_up`: no node crashes or joins in this run.
  Recorder(const OutputSpec& spec, std::span<const network::NodeAttributes> nodes, const workload::Schedule& schedule,
           const LabelNames& labels, std::vector<std::string> message_kinds, bool all_up);

  // ------------------------------------------------------------------------------- what happened
  void published(ItemId item, SimTime now);
  void publication_skipped() { ++publications_skipped_; }

  void sent(std::size_t kind, NodeId from, std::uint64_t messages, std::uint64_t bytes, bool carries_items) {
    traffic_.sent += messages;
    traffic_.bytes_sent += messages * bytes;
    by_kind_[kind].count += messages;
    by_kind_[kind].bytes += messages * bytes;
    uplink_bytes_[index(from)] += messages * bytes;
    if (carries_items) payload_messages_ += messages;
  }
  void received(std::uint64_t bytes, std::int64_t wait_ns) {
    ++traffic_.received;
    traffic_.bytes_received += bytes;
    queue_delay_.add(wait_ns);
  }
  void lost(Drop reason, std::uint64_t bytes) {
    ++traffic_.lost;
    traffic_.bytes_lost += bytes;
    ++drops_[static_cast<std::size_t>(reason)];
  }

  /// A message with `item` was received: one payload receipt. A hop count is the sender's + 1, at the first one.
  void receipt(ItemId item, NodeId node, NodeId from) {
    ItemRecord& r = items_[index(item)];
    ++r.receipts;
    std::uint16_t& state = r.state[index(node)];
    if ((state & kReceived) || node == r.origin) return;
    state = static_cast<std::uint16_t>(state | kReceived);
    ++r.first_receipts;
    set_hops(item, node, hops(item, from) + 1);
    if (r.first_sender) r.first_sender[index(node)] = from;
  }
  /// The node has the item. False if it had it already (counted as redelivered).
  bool delivered(ItemId item, NodeId node, SimTime now);

  /// A node goes down or comes up; `lose_state`: it no longer has anything.
  void node_down(NodeId node);
  void node_up(NodeId node, bool lost_state);

  // ------------------------------------------------------------------------------- questions
  bool has(ItemId item, NodeId node) const {
    return is_published(item) && (items_[index(item)].state[index(node)] & kHas) != 0;
  }
  /// A message with the item came to the node before, or it published the item itself.
  bool received_before(ItemId item, NodeId node) const {
    return is_published(item) && (items_[index(item)].state[index(node)] & (kReceived | kHas)) != 0;
  }
  bool is_published(ItemId item) const { return items_[index(item)].state != nullptr; }
  std::uint32_t hops(ItemId item, NodeId node) const;
  /// Every published item is at every live node.
  bool all_covered() const;
  const Traffic& traffic() const { return traffic_; }
  std::size_t items() const { return items_.size(); }
  std::size_t memory_bytes() const;
  void prefetch(ItemId item, NodeId node) const {
    const auto* state = items_[index(item)].state.get();
    if (state != nullptr) hearsay::prefetch(state + index(node));
  }

  /// Takes a sample for series.csv at time t; `more` are columns of others (End::more_columns).
  void sample(SimTime t, std::span<const double> more = {});

  /// Fills metrics, counts, curves, series and ledger; checks the conservation laws. `end`: of the run.
  /// `dijkstra_bound(origin)`: least possible arrival delays, in ns, for stretch; may be null.
  using DijkstraBound = std::vector<std::int64_t> (*)(const void* overlay, NodeId origin);
  struct End {
    SimTime time;
    std::size_t edges = 0;
    std::uint64_t messages_in_flight = 0;  ///< counted by the simulation itself, to be checked against the traffic
    std::uint64_t bytes_in_flight = 0;
    DijkstraBound bound = nullptr;  ///< for stretch_mean
    const void* overlay = nullptr;
    std::vector<std::pair<std::string, std::optional<double>>> more_metrics{};  ///< of others, after the recorder's own
    std::vector<std::string> more_columns{};
  };
  void finish(const End& end, RunResult& result);

 private:
  static constexpr std::uint16_t kHas = 0x8000;
  static constexpr std::uint16_t kDelivered = 0x4000;
  static constexpr std::uint16_t kReceived = 0x2000;
  static constexpr std::uint16_t kHopMask = 0x1fff;  // the largest value means: see long_hops_

  struct ItemRecord {
    NodeId origin = kNoNode;
    ClassId item_class{};
    bool measured = true;
    SimTime published;
    std::uint64_t receipts = 0;
    std::uint32_t first_receipts = 0;
    std::uint32_t delivered = 0;   // nodes that ever delivered it
    std::uint32_t has_live = 0;    // live nodes that have it
    std::uint32_t next_share = 0;  // index of the next share of reach to be counted
    std::unique_ptr<std::uint16_t[]> state;
    std::unique_ptr<std::int64_t[]> first_delivery;  // only with stored times, ns; -1: never
    std::unique_ptr<NodeId[]> first_sender;          // only with a ledger
  };

  /// Mean time until each share of nodes, over the items of one class.
  struct Reach {
    std::array<double, 101> sum_s{};
    std::array<std::uint32_t, 101> items{};
    Samples delays;  // of each item at each hundredth of the nodes that it reached
  };

  void set_hops(ItemId item, NodeId node, std::uint32_t hops);
  void recount_incomplete();
  void count_shares(ItemRecord& record, SimTime now);
  std::uint32_t share_nodes(std::uint32_t percent, std::uint32_t of) const {
    return static_cast<std::uint32_t>((std::uint64_t{percent} * of + 99) / 100);
  }

  // Delivery figures of a subset of items and nodes (delivery_metrics.cpp).
  struct Subset {
    std::string suffix;       // "[role=explorer]"; empty: everything
    int item_class = -1;      // -1: every class
    std::vector<bool> nodes;  // empty: every node
  };
  bool wanted(const ItemRecord& r, const Subset& subset) const {
    return r.state && r.measured &&
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
  std::unordered_map<std::uint64_t, std::uint32_t> long_hops_;  // looked up only
  std::array<std::uint32_t, 102> share_count_{};                // nodes that make a share of i %
  std::vector<Reach> reach_;                                    // on the fly only; [0]: all items, then by class
  Samples latency_;                                             // on the fly only
  std::uint64_t hops_sum_ = 0;
  std::uint32_t hops_max_ = 0;
  std::uint64_t deliveries_ = 0;

  Traffic traffic_;
  std::vector<NamedCount> by_kind_;
  std::array<std::uint64_t, kDropReasons> drops_{};
  std::vector<std::uint64_t> uplink_bytes_;
  std::uint64_t payload_messages_ = 0;
  Samples queue_delay_;

  std::vector<bool> up_;
  std::uint32_t live_ = 0;
  std::uint64_t published_ = 0;
  std::uint64_t incomplete_ = 0;  // published items that some live node lacks
  std::uint64_t publications_skipped_ = 0;
  std::uint64_t redelivered_ = 0;

  std::vector<SeriesSample> series_;
  std::vector<LedgerRow> ledger_;
};

}  // namespace hearsay::metrics
