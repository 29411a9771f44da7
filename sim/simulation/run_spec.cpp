#include <algorithm>

#include "sim/core/check.hpp"
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

}  // namespace

MemoryEstimate estimate_memory(const RunSpec& spec) {
  const double nodes = spec.topology.nodes;
  const double edges = network::expected_edges(spec.topology);
  const double items = workload::expected_items(spec.workloads);
  const bool stored_times = !spec.output.by.empty() || spec.output.stretch || !spec.faults.empty();
  MemoryEstimate m;
  m.graph = nodes * 8 + edges * (8 + 16);  // edge list while drawing, then both directions of the overlay
  m.graph += membership_bytes(spec);
  m.nodes =
      nodes * (48 + 8 + 32 + 8 + 16 + (spec.protocol != nullptr ? static_cast<double>(spec.protocol->node_bytes) : 64));
  m.items = items * (nodes * (2 + (stored_times ? 8 : 0) + (spec.output.ledger ? 4 + 32 : 0) + 1.0 / 8) + 200);
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
