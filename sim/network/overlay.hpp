#pragma once

// Who is connected to whom, and how far apart they are.
//
// The topology is a compact CSR copy: for each node its peers in the node's own random order (a keyed
// hash of (node, peer), so that a change of membership does not reshuffle the rest, and place, role and
// degree, which go with ids, do not decide who is served first), and beside each peer the latency drawn
// for the link. A node whose connections change gets a list of its own; the links' latencies stay.
//
// 8 bytes a directed edge. peers() O(1); latency() of a peer O(log degree), of a stranger one quantile.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/prefetch.hpp"
#include "sim/core/time.hpp"
#include "sim/network/latency.hpp"
#include "sim/network/topology.hpp"

namespace hearsay::network {

class Overlay {
 public:
  /// `model` must outlive the overlay. With per = "message" no latency is cached.
  Overlay(const Graph& graph, const LatencyModel& model, std::uint64_t seed);

  std::uint32_t nodes() const { return static_cast<std::uint32_t>(offsets_.size() - 1); }
  std::size_t edges() const { return targets_.size() / 2; }

  /// The node's peers now, in its own order.
  std::span<const NodeId> peers(NodeId node) const {
    if (!changed_.empty() && changed_[index(node)]) [[unlikely]]
      return *changed_[index(node)];
    return base_peers(node);
  }
  /// The peers the topology gave, whatever happened since.
  std::span<const NodeId> base_peers(NodeId node) const {
    const std::size_t first = offsets_[index(node)];
    return {targets_.data() + first, offsets_[index(node) + 1] - first};
  }

  /// Latency of the link between any two nodes.
  Duration latency(NodeId from, NodeId to) const;
  /// Latency of the k-th base peer.
  Duration base_latency(NodeId from, std::size_t k) const {
    const std::uint32_t cached = latencies_[offsets_[index(from)] + k];
    if (cached != kLong) [[likely]]
      return {cached};
    return model_.link(from, base_peers(from)[k]);
  }
  bool cached() const { return !latencies_.empty(); }
  static constexpr std::uint32_t kLong = 0xffff'ffff;  ///< of latencies_: 4.3 s or more, to be computed anew

  bool connected(NodeId node, NodeId peer) const;
  /// Before the first change: from then on one thread may change one node's list while another changes another's.
  void allow_changes() { changed_.resize(nodes()); }
  /// Adds or removes `peer` in the list of `node` (one direction); false if nothing changed.
  bool add_peer(NodeId node, NodeId peer);
  bool remove_peer(NodeId node, NodeId peer);

  const LatencyModel& model() const { return model_; }
  void prefetch(NodeId node) const { hearsay::prefetch(&offsets_[index(node)]); }
  void prefetch_peers(NodeId node) const {
    hearsay::prefetch(targets_.data() + offsets_[index(node)]);
    if (!latencies_.empty()) hearsay::prefetch(latencies_.data() + offsets_[index(node)]);
  }
  std::size_t memory_bytes() const;

 private:
  static constexpr std::size_t kNotAPeer = ~std::size_t{0};

  std::uint64_t rank(NodeId node, NodeId peer) const;
  /// Position in an ordered list of `node`'s peers.
  std::size_t position(NodeId node, NodeId peer, std::span<const NodeId> list) const;
  std::size_t find(NodeId node, NodeId peer, std::span<const NodeId> list) const;
  std::vector<NodeId>& own_list(NodeId node);

  const LatencyModel& model_;
  std::uint64_t order_key_;
  std::vector<std::size_t> offsets_;
  std::vector<NodeId> targets_;
  std::vector<std::uint32_t> latencies_;
  std::vector<std::unique_ptr<std::vector<NodeId>>> changed_;
};

/// Latencies from one node to several others in turn. O(1) for each as long as they come in the order of its base
/// peers, few of which are left out in between; else what Overlay::latency() takes.
class Links {
 public:
  Links(const Overlay& overlay, NodeId from) : overlay_(overlay), from_(from) {
    if (overlay.cached()) peers_ = overlay.base_peers(from);
  }
  [[gnu::always_inline]] Duration latency(NodeId to) {
    const std::size_t end = std::min(next_ + kAhead, peers_.size());
    for (std::size_t k = next_; k < end; ++k) {
      if (peers_[k] != to) continue;
      next_ = k + 1;
      return overlay_.base_latency(from_, k);
    }
    return overlay_.latency(from_, to);
  }

 private:
  static constexpr std::size_t kAhead = 8;
  const Overlay& overlay_;
  NodeId from_;
  std::span<const NodeId> peers_;  // none where no latency is cached
  std::size_t next_ = 0;           // of them, not asked for yet
};

}  // namespace hearsay::network
