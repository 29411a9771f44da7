#pragma once

// The wire decides when a message arrives. Two models, all in integer nanoseconds:
//
// delay    arrival = t + latency + 8 b / min(up_i, down_j). No contention.
//
// queue    The sender's uplink is a FIFO server in send order:
//            start = max(t, uplink free), done = start + 8 b / rate, first bit = start + latency,
//            last bit = done + latency.
//          contention = "uplink": rate = min(up_i, down_j); delivered = last bit.
//          contention = "both":   rate = up_i, and the receiver's downlink is a FIFO server in order of first
//            bits: served = max(first bit, downlink free) + 8 b / down_j, downlink free := served,
//            delivered = max(last bit, served), so equal rates never count twice.
//          uplink_release = "delivered": the next transfer waits until the last one has arrived.
//          Messages of at most control_bytes go as in `delay` and occupy neither server.
//
// Serialisation times round up to 1 ns; unlimited bandwidth takes none; whatever a handler sends arrives at
// least 1 ns later. connection = "per-message" adds one round trip to the way of each transfer (it does not
// hold the uplink meanwhile). An edge's own bandwidth b replaces up_i by min(up_i, b).

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"
#include "sim/network/faults/timeline.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/overlay.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

/// 8 * bytes / rate in ns, rounded up; 0 for unlimited (rate 0).
Duration serialisation(std::uint64_t bytes, std::uint64_t bit_per_s);

/// A transfer as the sender sees it.
struct Departure {
  SimTime start;      ///< the first bit leaves
  SimTime done;       ///< the last bit has left
  SimTime first_bit;  ///< at the receiver; meaningful if claims_downlink
  SimTime arrival;    ///< of the last bit, before any wait for the downlink
  bool claims_downlink = false;
};

/// What one thread of a run needs of its own to use the wire.
struct WireUse {
  explicit WireUse(FaultTally& tally) : faults(tally) {}
  FaultTally& faults;

  Duration serialisation(std::uint64_t bytes, std::uint64_t rate) {
    if (bytes != bytes_ || rate != rate_) {
      cached_ = network::serialisation(bytes, rate);
      bytes_ = bytes;
      rate_ = rate;
    }
    return cached_;
  }

 private:
  std::uint64_t bytes_ = 0, rate_ = 0;
  Duration cached_;
};

class Wire;

/// The transfers of one message from one node to several, in order: what Wire::depart does for each, with all that
/// does not depend on the recipient found out once. Only on a wire with uniform_serialisation().
class Multicast {
 public:
  Departure depart(NodeId to, Duration latency);
  /// After the last one. Returns the time on the sender's uplink, which is the same for each recipient.
  Duration finish();

 private:
  friend class Wire;
  Wire& wire_;
  WireUse& use_;
  NodeId from_;
  std::uint64_t bytes_;
  SimTime now_;
  Duration extra_;
  bool plain_;  // a queue, a persistent connection, no spike: start, done and arrival are sums
  SimTime uplink_free_;
  Duration serialised_;

  Multicast(Wire& wire, WireUse& use, NodeId from, std::uint64_t bytes, SimTime now, Duration extra, bool plain)
      : wire_(wire), use_(use), from_(from), bytes_(bytes), now_(now), extra_(extra), plain_(plain) {}
};

/// A node's uplink is used by what runs that node alone, and likewise its downlink; rates are read by everybody.
class Wire {
 public:
  /// References must outlive the wire.
  Wire(const NetworkSpec& spec, std::span<const NodeAttributes> nodes, std::span<const FileEdge> file_edges,
       const FaultTimeline& faults);

  /// Sends `bytes` from `from` to `to` at `now`; a message that is going to be lost uses the uplink like any other.
  /// `latency` is the link's, which spikes bend; `extra` is the message kind's own, which they do not touch. `back`:
  /// latency of the way back, which a connection per message takes once (and the way there twice).
  Departure depart(WireUse& use, NodeId from, NodeId to, std::uint64_t bytes, Duration latency, SimTime now,
                   Duration extra = {}, Duration back = {});

  /// Begins what depart() would do for one message to several recipients.
  Multicast multicast(WireUse& use, NodeId from, std::uint64_t bytes, SimTime now, Duration extra = {});

  /// The receiver's downlink takes the message whose first bit arrives at `now` and whose last bit leaves the
  /// sender's uplink `serialised` after the first: the instant of delivery, and the wait for the downlink.
  struct Arrival {
    SimTime delivered;
    Duration wait;
  };
  Arrival first_bit(WireUse& use, NodeId from, NodeId to, std::uint64_t bytes, Duration serialised, SimTime now);

  /// A crash empties the queues of uplink and downlink at `now`.
  void reset(NodeId node, SimTime now) {
    Link& link = links_[index(node)];
    link.uplink_free = std::min(link.uplink_free, now);
    link.downlink_free = std::min(link.downlink_free, now);
  }

  /// Whether a message of so many bytes waits for its sender's uplink, and occupies it.
  bool uses_uplink(std::uint64_t bytes) const {
    return spec_.model == WireModel::kQueue && bytes > spec_.control_bytes;
  }
  /// From when on the next message that uses the uplink can leave.
  SimTime uplink_free(NodeId node) const { return links_[index(node)].uplink_free; }

  /// Messages of one multicast all take the same time to serialise (no edge bandwidths, no bandwidth faults), and no
  /// way back counts.
  bool uniform_serialisation() const { return uniform_ && !spec_.connection_per_message; }
  /// Some transfer may have to wait for its receiver's downlink: when it is over is not known when it is sent.
  bool any_claims() const { return both_ && (claims_ || !same_downlinks_); }
  void prefetch(NodeId node) const { hearsay::prefetch(&links_[index(node)]); }
  std::size_t memory_bytes() const { return links_.size() * sizeof(Link) + downlinks_.size() * sizeof(std::uint64_t); }

 private:
  friend class Multicast;
  struct Link {
    SimTime uplink_free;
    SimTime downlink_free;
    std::uint64_t up = 0;
    std::uint64_t down = 0;
  };
  std::uint64_t uplink_rate(WireUse& use, NodeId from, NodeId to, SimTime start) const;
  std::uint64_t downlink_rate(WireUse& use, NodeId from, NodeId to, SimTime start) const;
  bool claims_downlink(NodeId to) const {
    if (same_downlinks_) [[likely]]
      return claims_;
    return both_ && downlinks_[index(to)] != 0;
  }
  /// The law of every transfer: it starts when the uplink is free for it, and arrives a latency later, but never within
  /// the instant in which it was handed over.
  static Departure departure(SimTime start, Duration serialised, Duration latency, SimTime handed) {
    const SimTime soonest = handed + nanoseconds(1);
    Departure d;
    d.start = start;
    d.done = start + serialised;
    d.first_bit = std::max(d.start + latency, soonest);
    d.arrival = std::max(d.done + latency, soonest);
    return d;
  }

  const NetworkSpec& spec_;
  std::span<const FileEdge> file_edges_;  // sorted; empty unless some edge has a bandwidth
  const FaultTimeline& faults_;
  std::vector<Link> links_;
  std::vector<std::uint64_t> downlinks_;  // rates, for who sends: links_ change under the hands of the receivers
  bool uniform_ = true;
  bool downlink_slower_ = false;  // some downlink may be the bottleneck of contention = "uplink"
  bool both_ = false;
  bool same_downlinks_ = true;  // all limited, or none
  bool claims_ = false;         // ... and so each transfer claims its receiver's, or none does
  bool drops_ = false;
  bool plain_ = false;  // see Multicast
};

inline Multicast Wire::multicast(WireUse& use, NodeId from, std::uint64_t bytes, SimTime now, Duration extra) {
  Multicast transfers(*this, use, from, bytes, now, extra, plain_ && bytes > spec_.control_bytes);
  if (transfers.plain_) [[likely]] {
    Link& sender = links_[index(from)];
    transfers.uplink_free_ = sender.uplink_free;
    transfers.serialised_ = use.serialisation(bytes, sender.up);
  }
  return transfers;
}

[[gnu::always_inline]] inline Departure Multicast::depart(NodeId to, Duration latency) {
  if (!plain_) [[unlikely]] {
    const Departure d = wire_.depart(use_, from_, to, bytes_, latency, now_, extra_);
    serialised_ = d.done - d.start;
    return d;
  }
  Departure d = Wire::departure(std::max(now_, uplink_free_), serialised_, latency + extra_, now_);
  uplink_free_ = d.done;
  d.claims_downlink = wire_.claims_downlink(to);
  return d;
}

inline Duration Multicast::finish() {
  if (plain_) [[likely]]
    wire_.links_[index(from_)].uplink_free = uplink_free_;
  return serialised_;
}

}  // namespace hearsay::network
