#include <algorithm>

#include "sim/core/check.hpp"
#include "sim/metrics/samples.hpp"
#include "sim/network/topology.hpp"
#include "sim/simulation/run_spec.hpp"

namespace hearsay::simulation {

metrics::RunResult run(const RunSpec& spec, const RunOptions& options) {
  HEARSAY_CHECK(spec.protocol != nullptr && spec.params != nullptr, "a run has a protocol and its parameters");
  return spec.protocol->run(spec, options);
}

namespace {

/// Items that may be on their way at once: those published within half a second, a typical spread.
double concurrent_items(const RunSpec& spec, double items) {
  const double span_s = to_seconds(spec.duration);
  return span_s > 0.5 ? std::clamp(items * 0.5 / span_s, std::min(items, 10.0), items) : items;
}

/// What the membership keeps: views of about 24 bytes an entry.
double membership_bytes(const RunSpec& spec) {
  if (!spec.has_membership() || spec.membership->expected_view == nullptr) return 0;
  const double nodes = spec.topology.nodes;
  return nodes * (96 + 24 * std::min(nodes, spec.membership->expected_view(*spec.membership_params, nodes)));
}

/// Undirected edges that messages may take.
double used_edges(const RunSpec& spec) {
  const double nodes = spec.topology.nodes;
  return spec.membership != nullptr && spec.membership->full_mesh ? nodes * (nodes - 1) / 2
                                                                  : network::expected_edges(spec.topology);
}

/// Messages of the membership itself.
double membership_events(const RunSpec& spec) {
  if (!spec.has_membership() || spec.membership->expected_messages == nullptr) return 0;
  return spec.membership->expected_messages(*spec.membership_params, spec.topology.nodes, to_seconds(spec.duration));
}

/// Values of which quantiles are taken, each list at its most before it becomes a sketch, and samples over time.
double figure_bytes(const RunSpec& spec, double nodes, double items, double edges) {
  constexpr auto kMost = static_cast<double>(metrics::Samples::kExact);
  constexpr double kCopies = 2;  // one is read while the other is kept
  const double curves = 1 + static_cast<double>(std::max<std::size_t>(1, spec.classes.size()));
  const double values =
      std::min(items * nodes, kMost) + std::min(items * 2 * edges, kMost) + curves * std::min(items * 100, kMost);
  constexpr double kSample = 32 + 16 + 2 * 8 * 20;  // some twenty columns, in lists that grow
  const double samples = spec.output.series.ns > 0 ? to_seconds(spec.duration) / to_seconds(spec.output.series) + 1 : 0;
  return kCopies * 8 * values + samples * kSample;
}

}  // namespace

bool nodes_crash(const RunSpec& spec) {
  return std::any_of(spec.faults.begin(), spec.faults.end(),
                     [](const network::FaultSpec& f) { return network::takes_down(f.kind); });
}

bool nodes_join(const RunSpec& spec) {
  return std::any_of(spec.network.groups.begin(), spec.network.groups.end(),
                     [](const network::GroupSpec& g) { return g.joins; });
}

MemoryEstimate estimate_memory(const RunSpec& spec) {
  const double nodes = spec.topology.nodes;
  const double edges = network::expected_edges(spec.topology);
  const double items = workload::expected_items(spec.workloads);
  const double reads = workload::expected_reads(spec.workloads);
  const bool stored_times = spec.output.stores_times(!nodes_crash(spec) && !nodes_join(spec), reads > 0);
  MemoryEstimate m;
  m.graph = nodes * 8 + edges * (8 + 16);  // edge list while drawing, then both directions of the overlay
  m.graph += membership_bytes(spec);
  m.nodes =
      nodes * (48 + 8 + 32 + 8 + 16 + (spec.protocol != nullptr ? static_cast<double>(spec.protocol->node_bytes) : 64));
  m.nodes += nodes * static_cast<double>(spec.faults.size()) * 16;  // members, sessions
  m.items = items * (nodes * (2 + (stored_times ? 8 : 0) + (spec.output.ledger ? 4 + 32 : 0) + 1.0 / 8) + 200);
  m.figures = figure_bytes(spec, nodes, items, edges) + 2 * (items + reads) * sizeof(workload::Read);
  // At its peak a flood has about half of its messages on the way, in events of 32 B, and the records of more than half
  // of the senders; the calendar and the pool begin with some megabytes.
  m.events = 8e6 + concurrent_items(spec, items) * (2 * edges * 32 * 0.5 + nodes * 64 * 0.6);
  return m;
}

double estimate_events(const RunSpec& spec) {
  return static_cast<double>(spec.topology.nodes) + membership_events(spec) +
         workload::expected_items(spec.workloads) * std::max(2 * used_edges(spec) - spec.topology.nodes + 1, 1.0);
}

}  // namespace hearsay::simulation
