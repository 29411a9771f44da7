#pragma once

// What one thread of a run counts. Everything that happens to items and messages is told to a tally; the recorder puts
// the tallies together.

#include <cstdint>
#include <vector>

#include "sim/core/check.hpp"
#include "sim/metrics/recorder.hpp"

namespace hearsay::metrics {

class Tally : private Counters {
 public:
  /// The one tally of a run: everything counts at once.
  explicit Tally(Recorder& recorder);
  /// One of several, for a run in windows; the recorder must have been told of `parts`.
  Tally(Recorder& recorder, unsigned parts);
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;

  /// From here on counts belong to a window of this parity.
  void begin_window(unsigned parity) {
    window_ = &windows_[parity];
    counts_ = window_->counts.data();
  }

  void published(ItemId item, SimTime now);
  void publication_skipped() { ++publications_skipped_; }

  void sent(std::size_t kind, NodeId from, std::uint64_t messages, std::uint64_t bytes, bool carries_items,
            SimTime now) {
    traffic_.sent += messages;
    traffic_.bytes_sent += messages * bytes;
    by_kind_[kind].count += messages;
    by_kind_[kind].bytes += messages * bytes;
    recorder_.uplink_bytes_[index(from)] += messages * bytes;
    if (bytes - 1 < recorder_.most_control_bytes_) [[unlikely]]  // neither 0 nor more
      recorder_.control_bytes_[index(from)] += messages * bytes;
    if (carries_items) payload_messages_ += messages;
    if (now <= last_delivery_) [[likely]]
      return;
    if (at_once_)
      tail_.add(messages, messages * bytes);
    else
      sends_.push_back({now.ns, messages, messages * bytes});
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
  [[gnu::always_inline]] void receipt(ItemId item, NodeId node, NodeId from) {
    Recorder::ItemCounts& c = counts(item);
    ++c.receipts;
    Recorder::ItemRecord& r = recorder_.items_[index(item)];
    if (r.released) return;
    std::uint16_t& state = r.state[index(node)];
    if ((state & Recorder::kReceived) || node == r.origin) return;
    Recorder::store(state, static_cast<std::uint16_t>(state | Recorder::kReceived));
    ++c.first_receipts;
    if (recorder_.has_pieces(item, node)) [[unlikely]]  // hops and sender are those of the first one
      return;
    recorder_.set_hops(item, node, recorder_.hops(item, from) + 1);
    if (recorder_.spec_.ledger) [[unlikely]]
      recorder_.details_[index(item)].first_sender[index(node)] = from;
  }
  /// The same for a piece of an item.
  void receipt(const Piece& piece, NodeId node, NodeId from);
  /// The node has the item. False if it had it already (counted as redelivered).
  bool delivered(ItemId item, NodeId node, SimTime now);

  /// A node goes down or comes up; `lost_state`: it no longer has anything.
  void node_down(NodeId node);
  void node_up(NodeId node, bool lost_state);

 private:
  friend class Recorder;

  /// What is counted for items within one window, to be folded while the next one runs.
  struct Window {
    std::vector<Recorder::ItemCounts> counts;                // by item
    std::vector<std::vector<ItemId>> touched;                // by part
    std::vector<std::vector<Recorder::Delivery>> delivered;  // by part
    std::uint32_t deliveries = 0;
  };

  Recorder::ItemCounts& counts(ItemId item) {
    Recorder::ItemCounts& c = counts_[index(item)];
    if (!c.touched) [[unlikely]]
      touch(item, c);
    return c;
  }
  void touch(ItemId item, Recorder::ItemCounts& counts);
  void change_live(int by);

  Recorder& recorder_;
  bool at_once_;                  // counts are the recorder's own
  Recorder::ItemCounts* counts_;  // by item: the recorder's, or of this window
  Window windows_[2];
  Window* window_ = windows_;
  // What was sent after the last delivery so far (Recorder::Tail). Where others may deliver later within the window:
  // each of these.
  struct Send {
    std::int64_t time_ns;
    std::uint64_t messages, bytes;
  };
  SimTime last_delivery_;
  Recorder::Tail tail_;
  std::vector<Send> sends_;
  int live_ = 0;               // change of the number of live nodes, to be settled
  bool live_changed_ = false;  // ... though the sum may be 0
};

}  // namespace hearsay::metrics
