#pragma once

// Propagation delay of a pair of nodes, in ns, never negative.
//
// `per = "link"`: one uniform draw keyed by the unordered pair, turned into a value by the quantile function of
// the direction's distribution, with no table of pairs. Both directions are the same but for an asymmetric matrix.
// `per = "message"`: keyed by (sender, receiver, the sender's sequence).

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/ids.hpp"
#include "sim/core/time.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/spec.hpp"

namespace hearsay::network {

class LatencyModel {
 public:
  /// `nodes` must outlive the model. `file_edges` sorted by (from, to), for LatencyKind::kFile. `topology_seed` is the
  /// one that the topology was drawn with: points in the plane belong to it.
  LatencyModel(const LatencySpec& spec, std::span<const NodeAttributes> nodes, std::span<const FileEdge> file_edges,
               std::uint64_t seed, std::uint64_t topology_seed);
  LatencyModel(const LatencySpec& spec, std::span<const NodeAttributes> nodes, std::span<const FileEdge> file_edges,
               std::uint64_t seed)
      : LatencyModel(spec, nodes, file_edges, seed, seed) {}

  bool per_message() const { return spec_.per_message; }
  /// Latency of the link {from, to}: the drawn value plus both ends' extra latency. An asymmetric matrix is read
  /// from the region of the lower id to that of the higher. With kFile, throws std::runtime_error for a pair that
  /// the file does not link.
  Duration link(NodeId from, NodeId to) const;
  /// Latency of one message (per = "message").
  Duration message(NodeId from, NodeId to, std::uint32_t sequence) const;

 private:
  double quantile(NodeId from, NodeId to, double u) const;
  Duration with_extra(NodeId from, NodeId to, std::int64_t ns) const;
  LatencySpec spec_;
  std::span<const NodeAttributes> nodes_;
  std::span<const FileEdge> file_edges_;
  std::vector<Distribution> laws_;  // kMatrix: one per entry
  std::vector<double> x_, y_;       // kEuclidean
  std::uint64_t seed_;
};

/// No message between different nodes is faster than this, whatever is drawn: ns, rounded down. `other_region`: between
/// nodes of different regions. 0 where there is no such bound. `file_edges` for LatencyKind::kFile.
Duration least_latency(const LatencySpec& spec, std::span<const FileEdge> file_edges, bool other_region = false);

}  // namespace hearsay::network
