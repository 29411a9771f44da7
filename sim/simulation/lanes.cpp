#include "sim/simulation/lanes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "sim/core/units.hpp"
#include "sim/network/faults/timeline.hpp"
#include "sim/network/latency.hpp"

namespace hearsay::simulation {

namespace {

constexpr int kThinnestWindow = 14;  // 2^14 ns
constexpr std::uint32_t kLaneNodes = 1024;
/// From here on one thread gains by lanes: the states of all nodes do not fit into its cache.
constexpr std::uint32_t kManyNodes = 300'000;
/// Below so many events a window and thread, meeting costs more than the other thread is worth.
constexpr double kBusyWindow = 3'000;

/// The least time from one lane to another, faults that make messages faster included.
std::int64_t lookahead_ns(const RunSpec& spec, bool regions) {
  const Duration links = network::least_latency(
      spec.faults, network::least_latency(spec.network.latency, spec.topology.file_edges, regions));
  // What one node writes on the public list another one reads so long after.
  if (spec.membership_params && spec.membership->list_delay != nullptr)
    return std::min(links, spec.membership->list_delay(*spec.membership_params)).ns;
  return links.ns;
}

int window_shift(std::int64_t lookahead) {
  return lookahead > 0 ? static_cast<int>(std::bit_width(static_cast<std::uint64_t>(lookahead))) - 1 : 0;
}

std::string why_one_lane(const RunOptions& options) {
  return options.trace != nullptr ? "a trace is written in the order of events" : "";
}

/// Events of one window of the busiest part of the run, roughly.
double events_a_window(const RunSpec& spec, int shift) {
  double span_s = 0;
  for (const workload::WorkloadSpec& w : spec.workloads)
    if (w.arrivals != workload::Arrivals::kCount)
      span_s = std::max(span_s, to_seconds(std::min(w.stop, spec.duration) - w.start));
  constexpr double kSpread = 0.5;  // of an item, once published
  const double rate = estimate_events(spec) / (span_s + kSpread);
  return rate * std::ldexp(1e-9, shift);
}

/// One lane for each region, by node.
std::vector<std::uint16_t> by_region(std::span<const network::NodeAttributes> nodes) {
  std::vector<std::uint16_t> lanes;
  for (const network::NodeAttributes& node : nodes) lanes.push_back(static_cast<std::uint16_t>(index(node.region)));
  return lanes;
}

}  // namespace

LanePlan plan_lanes(const RunSpec& spec, const RunOptions& options, std::span<const network::NodeAttributes> nodes) {
  LanePlan plan;
  plan.why_one_lane = why_one_lane(options);
  if (!plan.why_one_lane.empty()) return plan;
  const std::uint32_t n = spec.topology.nodes;
  const bool asked = options.lane_nodes > 0 || options.threads_asked;
  int shift = window_shift(lookahead_ns(spec, false));
  // Lanes by region, where that makes the windows much longer. Not for one thread: a lane may be any number of nodes.
  const bool matrix = spec.network.latency.kind == network::LatencyKind::kMatrix && spec.network.latency.regions > 1;
  const int region_shift = matrix && !nodes.empty() ? window_shift(lookahead_ns(spec, true)) : 0;
  const bool regions = region_shift >= shift + 2 && options.threads > 1 && options.lane_nodes == 0;
  if (regions) shift = region_shift;
  if (shift < kThinnestWindow) {
    plan.why_one_lane = fmt::format("the latency has no lower bound of {} or more",
                                    format_duration(nanoseconds(std::int64_t{1} << kThinnestWindow)));
    return plan;
  }
  shift = std::min(shift, 40);
  const double events = events_a_window(spec, shift);
  unsigned threads = std::max(1u, options.threads);
  if (!asked) threads = std::min(threads, static_cast<unsigned>(std::clamp(events / kBusyWindow, 1.0, 1.0 * threads)));
  if (!asked && threads == 1 && (n < kManyNodes || events < kManyNodes / 4)) {
    plan.why_one_lane = "the run is too small to gain by more";
    return plan;
  }
  plan.division.window_shift = shift;
  if (regions) {
    plan.division.lane_table = by_region(nodes);
    plan.division.lanes = spec.network.latency.regions;
  } else {
    std::uint32_t lane_nodes = options.lane_nodes;
    if (lane_nodes == 0) {
      // Every thread has some lanes to choose from, so that none waits long for the last.
      lane_nodes = std::bit_floor(std::clamp(n / (threads > 1 ? 8 * threads : 1), 1u, kLaneNodes));
      // Thin windows have few events: fewer lanes then, and less memory for the lists of each window.
      while (lane_nodes < n && shift < 20 && n / lane_nodes > 64) lane_nodes *= 2;
    }
    plan.division.node_shift = static_cast<int>(std::bit_width(std::bit_floor(lane_nodes))) - 1;
    plan.division.lanes = n == 0 ? 1 : ((n - 1) >> plan.division.node_shift) + 1;
  }
  if (plan.division.lanes == 1) {
    plan.division = {};
    plan.why_one_lane = "all nodes are in one lane";
    return plan;
  }
  plan.threads = std::min(threads, plan.division.lanes);
  return plan;
}

}  // namespace hearsay::simulation
