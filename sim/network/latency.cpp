#include "sim/network/latency.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <tuple>

#include "sim/core/check.hpp"
#include "sim/core/random.hpp"
#include "sim/network/position.hpp"

namespace hearsay::network {

namespace {

/// Negative draws are 0.
std::int64_t rounded_ns(double ns) { return std::max<std::int64_t>(nearest_duration(ns).ns, 0); }

/// Cut at the longest run, so that sums of sums stay inside 63 bits; nothing that takes longer can matter.
Duration sum_within_a_run(Duration a, Duration b) {
  const auto sum = static_cast<std::uint64_t>(a.ns) + static_cast<std::uint64_t>(b.ns);
  return {static_cast<std::int64_t>(std::min(sum, static_cast<std::uint64_t>(kMaxSimTime.ns)))};
}

/// The law of one entry of the matrix, its jitter included (kFactor apart, which scales by a draw of its own).
Distribution law_of(double mean_ns, const Jitter& jitter) {
  if (jitter.kind != Jitter::Kind::kParetoOffset || mean_ns <= jitter.offset_ns || jitter.offset_ns <= 0) {
    return Distribution::constant(mean_ns);
  }
  return Distribution::pareto_scale(mean_ns, mean_ns - jitter.offset_ns);
}

std::int64_t file_latency_ns(std::span<const FileEdge> edges, std::uint32_t low, std::uint32_t high) {
  const auto found = std::lower_bound(edges.begin(), edges.end(), std::tuple(low, high),
                                      [](const FileEdge& edge, const std::tuple<std::uint32_t, std::uint32_t>& pair) {
                                        return std::tuple(edge.from, edge.to) < pair;
                                      });
  if (found == edges.end() || found->from != low || found->to != high || found->latency_ns < 0) {
    throw std::runtime_error(
        fmt::format("network.latency: the topology file gives no latency for nodes {} and {}; with kind = \"file\" "
                    "only nodes that it "
                    "links can talk",
                    low, high));
  }
  return found->latency_ns;
}

}  // namespace

LatencyModel::LatencyModel(const LatencySpec& spec, std::span<const NodeAttributes> nodes,
                           std::span<const FileEdge> file_edges, std::uint64_t seed, std::uint64_t topology_seed)
    : spec_(spec), nodes_(nodes), file_edges_(file_edges), seed_(seed) {
  if (spec_.kind == LatencyKind::kMatrix) {
    HEARSAY_CHECK(spec_.matrix_ns.size() == std::size_t{spec_.regions} * spec_.regions,
                  "a latency matrix that is not square");
    for (const NodeAttributes& node : nodes_) {
      HEARSAY_CHECK(index(node.region) < spec_.regions, "a node without a region of the latency matrix");
    }
    for (const double mean_ns : spec_.matrix_ns) laws_.push_back(law_of(mean_ns, spec_.jitter));
  }
  if (spec_.kind == LatencyKind::kEuclidean) {
    for (std::uint32_t node = 0; node < nodes_.size(); ++node) {
      const Position at = position_of(topology_seed, node);
      x_.push_back(at.x);
      y_.push_back(at.y);
    }
  }
}

double LatencyModel::quantile(NodeId from, NodeId to, double u) const {
  switch (spec_.kind) {
    case LatencyKind::kDistribution: return spec_.distribution.quantile(u);
    case LatencyKind::kMatrix: {
      const std::size_t row = index(nodes_[index(from)].region);
      const double ns = laws_[row * spec_.regions + index(nodes_[index(to)].region)].quantile(u);
      return spec_.jitter.kind == Jitter::Kind::kFactor ? ns * spec_.jitter.factor.quantile(u) : ns;
    }
    case LatencyKind::kEuclidean: {
      const double dx = x_[index(from)] - x_[index(to)];
      const double dy = y_[index(from)] - y_[index(to)];
      return spec_.scale_ns * std::sqrt(dx * dx + dy * dy);
    }
    case LatencyKind::kFile: break;  // integers, never here
  }
  HEARSAY_CHECK(false, "a latency that has no quantiles");
}

Duration LatencyModel::with_extra(NodeId from, NodeId to, std::int64_t ns) const {
  const Duration ends = sum_within_a_run(nodes_[index(from)].extra_latency, nodes_[index(to)].extra_latency);
  return sum_within_a_run({ns}, ends);
}

Duration LatencyModel::link(NodeId from, NodeId to) const {
  const NodeId low = std::min(from, to);
  const NodeId high = std::max(from, to);
  if (spec_.kind == LatencyKind::kFile) {
    return with_extra(low, high,
                      file_latency_ns(file_edges_, static_cast<std::uint32_t>(low), static_cast<std::uint32_t>(high)));
  }
  const double u = KeyedDraws(seed_, Stream::kLinkLatency, index(low), index(high)).open_uniform();
  return with_extra(from, to, rounded_ns(quantile(from, to, u)));
}

Duration LatencyModel::message(NodeId from, NodeId to, std::uint32_t sequence) const {
  if (spec_.kind == LatencyKind::kFile) return link(from, to);
  const double u = KeyedDraws(seed_, Stream::kMessageLatency, index(from), index(to), sequence).open_uniform();
  return with_extra(from, to, rounded_ns(quantile(from, to, u)));
}

Duration least_latency(const LatencySpec& spec, std::span<const FileEdge> file_edges, bool other_region) {
  double least = std::numeric_limits<double>::infinity();
  switch (spec.kind) {
    case LatencyKind::kDistribution: least = spec.distribution.lower_bound(); break;
    case LatencyKind::kMatrix:
      for (std::uint32_t from = 0; from < spec.regions; ++from) {
        for (std::uint32_t to = 0; to < spec.regions; ++to) {
          if (other_region && from == to) continue;
          least = std::min(least, law_of(spec.matrix_ns[from * spec.regions + to], spec.jitter).lower_bound());
        }
      }
      if (spec.jitter.kind == Jitter::Kind::kFactor) least *= spec.jitter.factor.lower_bound();
      break;
    case LatencyKind::kEuclidean: return {};
    case LatencyKind::kFile:
      for (const FileEdge& edge : file_edges)
        if (edge.latency_ns >= 0) least = std::min(least, static_cast<double>(edge.latency_ns));
      break;
  }
  if (!(least > 0) || least > static_cast<double>(kMaxSimTime.ns)) return {};
  return nearest_duration(std::floor(least));
}

}  // namespace hearsay::network
