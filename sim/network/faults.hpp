#pragma once

// The faults of a run as a timeline: who is hit, and what holds at a given instant.
//
// Intervals are known from the start, so every question is a pure function of time: a transmission that
// will start in the future can be asked about now. A fault is in force in [at, until).
//
// Crashes and churn become events (see sim/simulation); here are the faults that bend messages. Questions change
// nothing but the FaultTally that they are asked with: what the faults did, as far as one thread of a run has seen it.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/fault_report.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

/// What the faults of a run did, for their reports.
class FaultTally {
 public:
  FaultTally(std::size_t faults, std::size_t nodes) : counts_(faults), touched_(faults), nodes_(nodes) {}

  void dropped(std::size_t fault) { ++counts_[fault].dropped; }
  void delayed(std::size_t fault) { ++counts_[fault].delayed; }
  /// The fault hit this node; each node is reported once.
  void touched(std::size_t fault, NodeId node) {
    auto& nodes = touched_[fault];
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
  std::vector<std::vector<bool>> touched_;  // empty: no node yet
  std::size_t nodes_;
};

class FaultTimeline {
 public:
  FaultTimeline(std::span<const FaultSpec> specs, std::span<const NodeAttributes> nodes, std::uint64_t seed);

  bool any_partition() const { return !partitions_.empty(); }
  bool any_loss_burst() const { return !loss_bursts_.empty(); }
  bool any_latency_spike() const { return !spikes_.empty(); }
  bool any_bandwidth_drop() const { return !drops_.empty(); }
  bool any_silent() const { return !silent_.empty(); }
  bool any_slow() const { return !slow_.empty(); }

  /// Index of a partition that cuts from -> to at some instant of [sent, delivered], or -1.
  int cut(NodeId from, NodeId to, SimTime sent, SimTime delivered) const;
  /// Index of a loss burst that takes this message, whose transmission starts at `start`, or -1. Each burst
  /// in force is one more independent draw.
  int burst_loss(NodeId from, NodeId to, std::uint32_t sequence, SimTime start) const;
  /// The latency of a transmission that starts at `start`; counts the message as delayed.
  Duration spiked(NodeId from, NodeId to, Duration latency, SimTime start, FaultTally& tally) const;
  /// The bandwidth of a node for a transmission that starts at `start`; counts the message as delayed, unless the
  /// fault hits `sender` as well, at whose uplink it was counted.
  std::uint64_t dropped_bandwidth(NodeId node, std::uint64_t bit_per_s, SimTime start, FaultTally& tally,
                                  NodeId sender = kNoNode) const;
  /// Index of a silent fault that holds at `now`, or -1.
  int silent(NodeId node, SimTime now) const;
  /// Delay before the sends of a slow node; counts the message as delayed.
  Duration slow(NodeId node, SimTime now, FaultTally& tally) const;

  /// No transmission is faster than the latency without faults times this.
  double least_latency_factor() const;

  std::vector<FaultReport> reports(const FaultTally& tally) const;
  FaultTally tally() const { return {specs_.size(), nodes_}; }

  const FaultSpec& spec(std::size_t fault) const { return specs_[fault]; }
  std::size_t size() const { return specs_.size(); }
  std::span<const std::uint32_t> members(std::size_t fault) const { return members_[fault]; }

  bool is_member(std::size_t fault, NodeId node) const {
    return member_bits_[fault].empty() || member_bits_[fault][index(node)];
  }

 private:
  bool in_force(std::size_t fault, SimTime t) const { return specs_[fault].at <= t && t < specs_[fault].until; }
  void draw_partition(std::size_t fault, std::span<const NodeAttributes> nodes);

  std::vector<FaultSpec> specs_;
  std::uint64_t seed_;
  std::vector<std::vector<std::uint32_t>> members_;  // ascending
  std::vector<std::vector<bool>> member_bits_;       // empty: every node
  std::vector<std::vector<std::int8_t>> side_;       // partitions: side of each node, -1 none
  std::size_t nodes_;
  std::vector<std::size_t> partitions_, loss_bursts_, spikes_, drops_, silent_, slow_;
};

}  // namespace hearsay::network
