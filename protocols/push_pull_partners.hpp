#pragma once

// How many partners a push-pull node chooses in a round, and whom.

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <unordered_map>
#include <utility>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/random.hpp"
#include "sim/core/time.hpp"

namespace hearsay::protocols {

/// Counts the distinct nodes that a node has heard of, in constant space: HyperLogLog (Flajolet, Fusy, Gandouet &
/// Meunier 2007) of 256 registers, standard error 1.04 / sqrt(256) = 6.5 %, by linear counting where that is better.
class NodeSketch {
 public:
  void add(NodeId node);
  double estimate() const;

 private:
  static constexpr std::size_t kRegisters = 256;
  std::array<std::uint8_t, kRegisters> ranks_{};
  mutable double estimate_ = 0;
  mutable bool stale_ = true;
};

/// ceil(ln n + c) with c = kFanoutMargin. Kermarrec, Massoulie & Ganesh 2003 (IEEE TPDS 14(3), theorem 1): if every
/// node gossips an item once, to ln n + c uniform others, all are reached with probability exp(-exp(-c)), and
/// exp(-c) nodes are left out on average; at c = 1 these are 0.37 nodes, left to the later rounds.
inline constexpr double kFanoutMargin = 1.0;
std::uint32_t reliable_fanout(double nodes);

/// What a node has measured itself: the time from a call to the peer's answer, smoothed as TCP does (RFC 6298: an
/// eighth of each new value). What queues at either end delays is part of it.
class RoundTrips {
 public:
  void called(NodeId peer, SimTime now) { peers_[peer].called = now; }
  /// The first answer to the latest call counts.
  void answered(NodeId peer, SimTime now);
  void forget(NodeId peer) { peers_.erase(peer); }
  /// Nothing if the peer did not answer within the last `lifetime`.
  std::optional<std::int64_t> measured_ns(NodeId peer, SimTime now, Duration lifetime) const;
  std::size_t size() const { return peers_.size(); }

 private:
  struct Trip {
    SimTime called{-1};  // -1: no call is open
    SimTime measured{-1};
    std::int64_t smoothed_ns = -1;
  };
  std::unordered_map<NodeId, Trip> peers_;  // looked up only
};

/// Picks that favour some peers: each pick is from the peers of the own region with probability `same_region`, from
/// the nearest quarter of all peers (at least one) with probability `low_latency`, else from all; from all too if none
/// of the favoured is left. Distinct, uniform within each kind. Of peers that are equally near those count as nearer
/// that come first in the node's own random order of its peers.
class FavouredPeers {
 public:
  struct Shares {
    double same_region = 0;
    double low_latency = 0;
  };
  /// The peers changed: the lists must be made anew.
  void clear() { ready_ = false; }
  bool ready() const { return ready_; }
  /// `nearness` holds (ns, peer) in the node's order of its `peers`, of all of them or of those measured so far; while
  /// these are fewer than half, none is favoured. It is consumed.
  void assign(std::vector<NodeId> same_region, std::vector<std::pair<std::int64_t, NodeId>>& nearness,
              std::size_t peers);
  RoundTrips& round_trips() { return round_trips_; }
  const RoundTrips& round_trips() const { return round_trips_; }
  /// Appends up to `count` picks to `chosen`, which is empty. O(count^2 + count x peers).
  void choose(std::span<const NodeId> peers, std::size_t count, Shares shares, KeyedDraws& rng,
              std::vector<NodeId>& chosen) const;

 private:
  std::vector<NodeId> same_region_;
  std::vector<NodeId> near_;
  RoundTrips round_trips_;
  bool ready_ = false;
};

}  // namespace hearsay::protocols
