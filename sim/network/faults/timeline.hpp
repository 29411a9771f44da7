#pragma once

// The faults of a run as a timeline: who is hit, and what holds at a given instant.
//
// Intervals are known from the start, so every question is a pure function of time: a transmission that
// will start in the future can be asked about now. A fault is in force in [at, until).
//
// What a fault does is its kind's affair (fault.hpp); which faults do a certain thing is found out once. Nodes that
// go down become events (see sim/simulation). Questions change nothing but the FaultTally that they are asked with:
// what the faults did, as far as one thread of a run has seen it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/faults/kinds.hpp"
#include "sim/network/faults/report.hpp"
#include "sim/network/nodes.hpp"

namespace hearsay::network {

/// What the faults of a run did, for their reports.
class FaultTally {
 public:
  FaultTally(std::size_t faults, std::size_t nodes) : counts_(faults), hit_(faults), nodes_(nodes) {}

  void dropped(std::size_t fault) { ++counts_[fault].dropped; }
  void delayed(std::size_t fault) { ++counts_[fault].delayed; }
  /// The fault hit this node, which it chose; each node is reported once.
  void hit(std::size_t fault, NodeId node) {
    auto& nodes = hit_[fault];
    if (nodes.empty()) nodes.assign(nodes_, false);
    nodes[index(node)] = true;
  }
  void merge(const FaultTally& other);

 private:
  friend class FaultTimeline;
  struct Counts {
    std::uint64_t dropped = 0, delayed = 0;
  };
  std::vector<Counts> counts_;
  std::vector<std::vector<bool>> hit_;  // empty: no node yet
  std::size_t nodes_;
};

class FaultTimeline {
 public:
  FaultTimeline(std::span<const FaultSpec> specs, std::span<const NodeAttributes> nodes, std::uint64_t seed);

  bool any_cuts() const { return !cutting_.empty(); }
  bool any_losses() const { return !losing_.empty(); }
  bool any_latencies() const { return !bending_.empty(); }
  bool any_bandwidths() const { return !narrowing_.empty(); }
  bool any_silences() const { return !silencing_.empty(); }
  bool any_pauses() const { return !pausing_.empty(); }

  /// Index of a fault that cuts from -> to at some instant of [sent, delivered], or -1.
  int cut(NodeId from, NodeId to, SimTime sent, SimTime delivered) const;
  /// A fault destroyed a message; counts it.
  void dropped(std::size_t fault, NodeId from, NodeId to, FaultTally& tally) const;
  /// Whether a fault takes this message, whose transmission starts at `start`; counts it. Each fault in force is one
  /// more independent draw.
  bool loses(NodeId from, NodeId to, std::uint32_t sequence, SimTime start, FaultTally& tally) const;
  /// The latency of a transmission that starts at `start`; counts the message as delayed.
  Duration latency(NodeId from, NodeId to, Duration usual, SimTime start, FaultTally& tally) const;
  /// Likewise of what is no message of its own: an acknowledgement, a handshake, a signal.
  Duration latency(NodeId from, NodeId to, Duration usual, SimTime start) const;
  /// The bandwidth of a node for a transmission that starts at `start`; counts the message as delayed, unless the
  /// fault hits `sender` as well, at whose uplink it was counted.
  std::uint64_t bandwidth(NodeId node, std::uint64_t bit_per_s, SimTime start, FaultTally& tally,
                          NodeId sender = kNoNode) const;
  /// Index of a fault that silences the node at `now`, or -1.
  int silences(NodeId node, SimTime now) const;
  /// How long the node waits before it sends; counts the message as delayed.
  Duration pause(NodeId node, SimTime now, FaultTally& tally) const;
  /// Index of the fault that took down a node which is down at `now`, or was: the first that is in force, else the one
  /// that began last; -1: none.
  int took_down(NodeId node, SimTime now) const;

  /// By fault: when its nodes are up, where each goes down by itself.
  std::vector<std::optional<Sessions>> sessions() const;

  std::vector<FaultReport> reports(const FaultTally& tally) const;
  FaultTally tally() const { return {specs_.size(), nodes_}; }

  const FaultSpec& spec(std::size_t fault) const { return specs_[fault]; }
  std::size_t size() const { return specs_.size(); }
  /// The nodes chosen, ascending.
  std::span<const std::uint32_t> members(std::size_t fault) const { return members_[fault]; }

  bool is_member(std::size_t fault, NodeId node) const {
    return member_bits_[fault].empty() || member_bits_[fault][index(node)];
  }

 private:
  struct Interval {
    SimTime at, until;
  };
  bool in_force(std::size_t fault, SimTime t) const { return intervals_[fault].at <= t && t < intervals_[fault].until; }
  void choose(std::size_t fault, std::span<const NodeAttributes> nodes, std::uint64_t seed);
  void hit(std::size_t fault, NodeId from, NodeId to, FaultTally& tally) const;
  template <class Bent>
  Duration latency(NodeId from, NodeId to, Duration usual, SimTime start, const Bent& bent) const;

  std::vector<FaultSpec> specs_;
  std::vector<Interval> intervals_;  // of specs_, closer together
  std::uint64_t seed_;
  std::vector<std::vector<std::uint32_t>> members_;
  std::vector<std::vector<bool>> member_bits_;  // empty: every node
  std::vector<std::vector<Side>> sides_;        // of each node, by fault; empty unless it divides
  std::size_t nodes_;
  std::vector<std::size_t> cutting_, losing_, bending_, narrowing_, silencing_, pausing_;
};

/// A bound below which no fault brings a latency that is never less than `usual` otherwise.
Duration least_latency(std::span<const FaultSpec> faults, Duration usual);

}  // namespace hearsay::network
