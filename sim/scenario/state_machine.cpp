#include "sim/scenario/state_machine.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>
#include <tuple>
#include <utility>
#include <variant>

#include "sim/document/key_path.hpp"
#include "sim/scenario/params_reader.hpp"
#include "sim/scenario/resolve_nodes.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::CellDiagnostic;
using document::choices_text;
using document::Reader;
using document::split_key;
using document::text_value;
using document::Value;

const protocol::ParamInfo* find_param(const MachineEntry& entry, const std::string& name) {
  const auto found =
      std::find_if(entry.params->begin(), entry.params->end(), [&](const auto& p) { return p.name == name; });
  return found == entry.params->end() ? nullptr : &*found;
}

/// The nested table of parameters that has one of that name; "" if none has.
std::string part_with(const MachineEntry& entry, const std::string& name) {
  for (const auto& param : *entry.params) {
    if (param.type != protocol::ParamType::kTable) continue;
    if (std::any_of(param.children.begin(), param.children.end(),
                    [&](const auto& child) { return child.name == name; }))
      return param.name;
  }
  return "";
}

/// Parameters of others get the reason why this one does not read them.
void name_keys_of_other_machines(const Reader& table, const std::string& naming_key, const MachineEntry& own,
                                 const std::vector<MachineEntry>& all) {
  for (const std::string& key : table.keys()) {
    if (key == naming_key || find_param(own, key) != nullptr) continue;
    if (const std::string part = part_with(own, key); !part.empty()) {
      table.elsewhere(key,
                      fmt::format("it belongs to a part of \"{}\"; write {}.{}.{}", own.name, table.path(), part, key));
      continue;
    }
    std::vector<std::string> owners;
    for (const MachineEntry& other : all)
      if (find_param(other, key) != nullptr) owners.push_back(other.name);
    if (!owners.empty())
      table.elsewhere(key, fmt::format("not a parameter of \"{}\"; it belongs to {}", own.name, choices_text(owners)));
  }
}

/// An upper bound of every link's latency, without faults.
double max_latency_ns(const network::NetworkSpec& spec) {
  double extra = 0, by_kind = 0;
  for (const auto& group : spec.groups) extra = std::max(extra, static_cast<double>(group.extra_latency.ns));
  for (const auto& kind : spec.latency_by_kind) by_kind = std::max(by_kind, static_cast<double>(kind.extra.ns));
  const auto& latency = spec.latency;
  double bound = latency.distribution.upper_bound();
  if (latency.kind == network::LatencyKind::kEuclidean) bound = latency.scale_ns * 1.4142135623730951;
  if (latency.kind == network::LatencyKind::kMatrix) {
    bound = latency.matrix_ns.empty() ? 0 : *std::max_element(latency.matrix_ns.begin(), latency.matrix_ns.end());
    if (latency.jitter.kind == network::Jitter::Kind::kFactor) bound *= latency.jitter.factor.upper_bound();
    if (latency.jitter.kind == network::Jitter::Kind::kParetoOffset) bound = std::numeric_limits<double>::infinity();
  }
  return bound + 2 * extra + by_kind;
}

double max_file_latency_ns(const network::TopologySpec& topology) {
  double bound = 0;
  for (const auto& edge : topology.file_edges) bound = std::max(bound, static_cast<double>(edge.latency_ns));
  return bound;
}

bool has_bandwidth(const simulation::RunSpec& spec) {
  const auto& net = spec.network;
  bool limited = net.uplink_bit_per_s.value_or(0) > 0 || net.downlink_bit_per_s.value_or(0) > 0;
  for (const auto& r : net.regions) {
    limited = limited || (!net.uplink_bit_per_s && r.uplink_bit_per_s > 0) ||
              (!net.downlink_bit_per_s && r.downlink_bit_per_s > 0);
  }
  for (const auto& g : net.groups)
    limited = limited || g.uplink_bit_per_s.value_or(0) > 0 || g.downlink_bit_per_s.value_or(0) > 0;
  for (const auto& e : spec.topology.file_edges) limited = limited || e.bandwidth_bit_per_s > 0;
  return limited;
}

using network::GroupSpec;
using network::RegionSpec;

std::uint64_t slower(std::uint64_t a, std::uint64_t b) { return a == 0 || b == 0 ? a | b : std::min(a, b); }

/// The least bandwidth of any node: a group's own, else the network's, else the region's. 0: all are unlimited.
std::uint64_t slowest(const network::NetworkSpec& net, std::uint32_t nodes,
                      std::optional<std::uint64_t> GroupSpec::*of_group, std::uint64_t RegionSpec::*of_region,
                      std::optional<std::uint64_t> of_network) {
  const auto sizes = group_sizes(net.groups, nodes);
  std::uint64_t least = 0, covered = 0;
  for (std::size_t g = 0; g < net.groups.size(); ++g) {
    if (!(net.groups[g].*of_group)) continue;
    const bool rest = net.groups[g].by == network::SelectBy::kRest;
    if (rest || sizes[g] > 0) least = slower(least, *(net.groups[g].*of_group));
    covered += rest ? nodes : sizes[g];
  }
  if (covered >= nodes) return least;
  if (of_network) return slower(least, *of_network);
  const bool shares = std::any_of(net.regions.begin(), net.regions.end(), [](const auto& r) { return r.share > 0; });
  for (const RegionSpec& region : net.regions)
    if (!shares || region.share > 0) least = slower(least, region.*of_region);
  return least;
}

std::uint64_t slowest_uplink(const simulation::RunSpec& spec) {
  std::uint64_t least = slowest(spec.network, spec.topology.nodes, &GroupSpec::uplink_bit_per_s,
                                &RegionSpec::uplink_bit_per_s, spec.network.uplink_bit_per_s);
  for (const auto& edge : spec.topology.file_edges) least = slower(least, edge.bandwidth_bit_per_s);
  return least;
}

double smallest_items(const std::vector<workload::WorkloadSpec>& workloads) {
  double least = 0;
  for (const auto& spec : workloads) {
    double bytes = spec.size_bytes.mean();
    if (spec.arrivals == workload::Arrivals::kTrace) {
      bytes = 0;
      for (const auto& row : spec.trace)
        if (const auto size = static_cast<double>(row.size_bytes); bytes == 0 || size < bytes) bytes = size;
    }
    if (least == 0 || bytes < least) least = bytes;
  }
  return least;
}

std::uint32_t most_edges(const network::TopologySpec& topology) {
  std::vector<std::uint32_t> edges(topology.nodes);
  for (const network::FileEdge& edge : topology.file_edges) {
    ++edges.at(edge.from);
    ++edges.at(edge.to);
  }
  return edges.empty() ? 0 : *std::max_element(edges.begin(), edges.end());
}

/// No node has more peers, as far as the kind of topology tells.
std::uint32_t most_peers(const simulation::RunSpec& spec) {
  using network::TopologyKind;
  const network::TopologySpec& topology = spec.topology;
  const std::uint32_t others = std::max(topology.nodes, 1u) - 1;
  if (!spec.static_peers()) return others;
  switch (topology.kind) {
    case TopologyKind::kLine:
    case TopologyKind::kRing: return std::min(others, 2u);
    case TopologyKind::kGrid: return std::min(others, 4u);
    case TopologyKind::kTree: return std::min(others, topology.branching + 1);
    case TopologyKind::kHypercube: return static_cast<std::uint32_t>(std::countr_zero(std::max(1u, topology.nodes)));
    case TopologyKind::kRandomRegular: return std::min(others, topology.degree);
    case TopologyKind::kFile: return most_edges(topology);
    default: return others;
  }
}

/// A message can be lost without being sent again.
bool can_lose(const simulation::RunSpec& spec) {
  const bool faults = std::any_of(spec.faults.begin(), spec.faults.end(),
                                  [](const network::FaultSpec& f) { return network::destroys_messages(f.kind); });
  return (spec.network.loss.kind != network::LossSpec::Kind::kNone || faults) &&
         spec.network.transport == network::Transport::kDatagram;
}

/// Sizes in bytes that no item is below, and above. A size is at least a byte. Without items 0.
std::pair<double, double> item_bytes(const std::vector<workload::WorkloadSpec>& workloads, bool with_blocks) {
  double low = std::numeric_limits<double>::infinity(), high = 0;
  const auto add = [&](double from, double to) {
    low = std::min(low, std::max(from, 1.0));
    high = std::max(high, std::max(to, 1.0));
  };
  for (const auto& spec : workloads) {
    if (!with_blocks && spec.arrivals == workload::Arrivals::kMining) continue;
    if (spec.arrivals != workload::Arrivals::kTrace) add(spec.size_bytes.lower_bound(), spec.size_bytes.upper_bound());
    for (const auto& row : spec.trace) add(static_cast<double>(row.size_bytes), static_cast<double>(row.size_bytes));
  }
  return {std::min(low, high), high};
}

protocol::Setting setting_of(const simulation::RunSpec& spec) {
  protocol::Setting setting;
  setting.nodes = spec.topology.nodes;
  const bool full_mesh = spec.membership != nullptr && spec.membership->full_mesh;
  setting.complete_graph = full_mesh || spec.topology.kind == network::TopologyKind::kComplete;
  setting.linked_at_start = spec.topology.kind != network::TopologyKind::kNone;
  setting.has_edges = full_mesh || spec.topology.kind != network::TopologyKind::kNone;
  setting.duration = spec.duration;
  setting.classes = spec.classes;
  for (const auto& group : spec.network.groups) setting.groups.push_back(group.name);
  std::tie(setting.min_item_bytes, setting.max_item_bytes) = item_bytes(spec.workloads, true);
  setting.max_latency_ns = max_latency_ns(spec.network);
  if (spec.network.latency.kind == network::LatencyKind::kFile)
    setting.max_latency_ns += max_file_latency_ns(spec.topology);
  setting.has_bandwidth = has_bandwidth(spec);
  setting.failures_seen = spec.connections_break();
  setting.slowest_uplink_bit_per_s = slowest_uplink(spec);
  setting.slowest_downlink_bit_per_s = slowest(spec.network, spec.topology.nodes, &GroupSpec::downlink_bit_per_s,
                                               &RegionSpec::downlink_bit_per_s, spec.network.downlink_bit_per_s);
  setting.overhead_bytes = spec.network.overhead_bytes;
  setting.uplinks_queue = spec.network.model == network::WireModel::kQueue;
  setting.connection_per_message = spec.network.connection_per_message;
  setting.item_bytes = smallest_items(spec.workloads);
  setting.most_peers = most_peers(spec);
  setting.can_lose = can_lose(spec);
  const auto& groups = spec.network.groups;
  setting.has_regions =
      !spec.network.regions.empty() ||
      std::any_of(groups.begin(), groups.end(), [](const GroupSpec& g) { return g.region.has_value(); });
  setting.first_publication = workload::first_publication(spec.workloads);
  setting.runs_on = spec.until == simulation::Until::kDuration;
  const workload::WorkloadSpec* mining = workload::mining_of(spec.workloads);
  setting.mining = mining != nullptr;
  setting.transactions = mining != nullptr ? mining->transactions : 0;
  std::tie(setting.min_other_bytes, setting.max_other_bytes) = item_bytes(spec.workloads, false);
  setting.roles = spec.network.roles;
  return setting;
}

/// Points at the value that a diagnostic names, or at the table if it is a default.
void report(const Reader& table, const protocol::Diagnostic& diagnostic) {
  const auto path = split_key(diagnostic.key);
  const Value* value = path ? look_up(*table.self().value(), *path) : nullptr;
  const std::string key = diagnostic.key.empty() ? table.path() : table.path() + "." + diagnostic.key;
  const Cell cell(table.context(), value, key, "", table.self().value()->where);
  diagnostic.warning ? cell.warning(diagnostic.message) : cell.error(diagnostic.message);
}

/// Which parameters the others leave in use is not known once one of them is wrong.
void give_up_known_params(const Reader& table, const MachineEntry& entry) {
  for (const auto& param : *entry.params) {
    if (table.has(param.name)) table.cell(param.name).give_up();
  }
}

}  // namespace

void read_machine(const Reader& table, const std::string& key, const MachineEntry& own,
                  const std::vector<MachineEntry>& all, protocol::ParamBox& params, const Draft& draft) {
  auto& diagnostics = table.context().diagnostics;
  const auto errors = [&] {
    return std::count_if(diagnostics.begin(), diagnostics.end(), [](const CellDiagnostic& c) { return !c.warning; });
  };
  const auto before = errors();
  name_keys_of_other_machines(table, key, own, all);
  const auto fields = params.fields();
  read_params(*own.params, *fields, table, draft.spec.classes);
  if (errors() > before) give_up_known_params(table, own);
  // Parameters that are wrong one by one need not be judged together, nor in a setting that is not known.
  if (errors() == before && draft.nodes_known && draft.duration_known) {
    protocol::Diagnostics found;
    params.validate(setting_of(draft.spec), found);
    for (const auto& diagnostic : found) report(table, diagnostic);
  }
  Value record = params_value(*own.params, *fields);
  record.items.insert(record.items.begin(), text_value(own.name));
  record.items.front().key = key;
  table.self().record(record);
}

}  // namespace hearsay::scenario
