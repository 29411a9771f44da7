#include "sim/scenario/feasibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <utility>

#include "sim/core/random.hpp"
#include "sim/network/nodes.hpp"
#include "sim/network/topology.hpp"

namespace hearsay::scenario {
namespace {

using document::Position;
using network::TopologyKind;
using network::TopologySpec;

/// The number in a control file of the kernel; 0 if there is none, or "max".
std::uint64_t limit_in(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::uint64_t limit = 0;
  return stream >> limit ? limit : 0;
}

std::uint64_t least(std::uint64_t a, std::uint64_t b) { return a == 0 ? b : b == 0 ? a : std::min(a, b); }

std::uint64_t total_memory() {
  std::ifstream meminfo("/proc/meminfo");
  std::string word;
  std::uint64_t kib = 0;
  while (meminfo >> word) {
    if (word == "MemTotal:" && meminfo >> kib) return kib * 1024;
  }
  return 0;
}

/// The tightest limit of the control group of this process and those around it (version 2, then 1).
std::uint64_t control_group_memory() {
  const std::filesystem::path root = "/sys/fs/cgroup";
  std::uint64_t limit = least(limit_in(root / "memory.max"), limit_in(root / "memory/memory.limit_in_bytes"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    if (line.rfind("0::/", 0) != 0) continue;
    for (std::filesystem::path group = line.substr(4); !group.empty(); group = group.parent_path()) {
      limit = least(limit, limit_in(root / group / "memory.max"));
    }
  }
  return limit;
}

std::string gigabytes(double bytes) {
  if (bytes >= 1e15) return fmt::format("{:.3g} PB", bytes / 1e15);
  if (bytes >= 1e12) return fmt::format("{:.3g} TB", bytes / 1e12);
  return fmt::format("{:.3g} GB", bytes / 1e9);
}

/// Connected whatever is drawn.
bool always_connected(TopologyKind kind) {
  switch (kind) {
    case TopologyKind::kComplete:
    case TopologyKind::kLine:
    case TopologyKind::kRing:
    case TopologyKind::kStar:
    case TopologyKind::kGrid:
    case TopologyKind::kTree:
    case TopologyKind::kHypercube:
    case TopologyKind::kBarabasiAlbert: return true;
    default: return false;
  }
}

std::string components_text(const std::vector<std::uint32_t>& sizes) {
  constexpr std::size_t kShown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(sizes.size(), kShown); ++i)
    text += (i == 0 ? "" : ", ") + std::to_string(sizes[i]);
  return text + (sizes.size() > kShown ? ", ..." : "");
}

const char* way_out(TopologyKind kind) {
  switch (kind) {
    case TopologyKind::kRandomRegular:
    case TopologyKind::kWattsStrogatz: return "raise topology.degree";
    case TopologyKind::kErdosRenyi: return "raise topology.mean_degree or topology.probability";
    case TopologyKind::kBitcoin: return "raise topology.outbound";
    case TopologyKind::kGeometric: return "raise topology.radius";
    default: return "add the missing edges";
  }
}

bool any_inbound_cap(const network::NetworkSpec& spec) {
  return spec.inbound_cap > 0 || std::any_of(spec.groups.begin(), spec.groups.end(),
                                             [](const network::GroupSpec& group) { return group.inbound_cap > 0; });
}

}  // namespace

std::uint64_t machine_memory_bytes() { return least(total_memory(), control_group_memory()); }

std::vector<PointDiagnostic> check_memory(const std::vector<Point>& points, const std::vector<Position>& where) {
  const auto available = static_cast<double>(machine_memory_bytes());
  std::size_t worst = 0, over = 0;
  simulation::MemoryEstimate most;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto estimate = simulation::estimate_memory(points[i].spec);
    if (available > 0 && estimate.total() > available) ++over;
    if (i > 0 && estimate.total() <= most.total()) continue;
    most = estimate;
    worst = i;
  }
  if (over == 0) return {};
  std::string text = fmt::format(
      "one run needs about {} of memory (graph {}, nodes {}, items {}, events {}, figures {}), and the machine has {}; "
      "take fewer nodes, edges, items, reads or samples",
      gigabytes(most.total()), gigabytes(most.graph), gigabytes(most.nodes), gigabytes(most.items),
      gigabytes(most.events), gigabytes(most.figures), gigabytes(available));
  if (over > 1) text += fmt::format(" (the worst of {} such points)", over);
  return {{worst, {false, where[worst], -1, "topology", text}}};
}

std::vector<PointDiagnostic> check_connected(const std::vector<Point>& points, const std::vector<Position>& where) {
  std::vector<PointDiagnostic> out;
  std::vector<const TopologySpec*> drawn;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const TopologySpec& spec = points[i].spec.topology;
    if (!spec.connected || spec.kind == TopologyKind::kNone || always_connected(spec.kind)) continue;
    // Points mostly share their topology, so each is drawn once.
    const auto same = [&](const TopologySpec* other) { return *other == spec; };
    if (std::any_of(drawn.begin(), drawn.end(), same)) continue;
    drawn.push_back(&spec);
    const auto sizes = network::component_sizes(network::draw_topology(spec, derive_seed(points[i].spec.seed, 0)));
    if (sizes.size() <= 1) continue;
    out.push_back(
        {i,
         {false, where[i], -1, "topology",
          fmt::format(
              "the network of replication 0 is disconnected: {} components of {} nodes; {}, or write connected = false",
              sizes.size(), components_text(sizes), way_out(spec.kind))}});
  }
  return out;
}

std::vector<PointDiagnostic> check_inbound_caps(const std::vector<Point>& points, const std::vector<Position>& where) {
  std::vector<PointDiagnostic> out;
  std::vector<const simulation::RunSpec*> drawn;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const simulation::RunSpec& spec = points[i].spec;
    if (spec.topology.kind == TopologyKind::kNone || !any_inbound_cap(spec.network)) continue;
    const auto same = [&](const simulation::RunSpec* other) {
      return spec.network.groups.empty() && other->network.groups.empty() && other->topology == spec.topology &&
             other->network.inbound_cap == spec.network.inbound_cap;
    };
    if (std::any_of(drawn.begin(), drawn.end(), same)) continue;
    drawn.push_back(&spec);
    const std::uint64_t seed = derive_seed(spec.seed, 0);
    const auto nodes = network::draw_nodes(spec.network, spec.topology.nodes, seed);
    std::vector<std::uint32_t> peers(nodes.size());
    for (const network::Edge& edge : network::draw_topology(spec.topology, seed).edges) {
      ++peers[edge.a];
      ++peers[edge.b];
    }
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].inbound_cap == 0 || peers[n] <= nodes[n].inbound_cap) continue;
      out.push_back({i,
                     {false, where[i], -1, "topology",
                      fmt::format("the network of replication 0 gives node {} {} peers, more than its inbound_cap of "
                                  "{}; raise the cap, or lower the degree",
                                  n, peers[n], nodes[n].inbound_cap)}});
      break;
    }
  }
  return out;
}

std::vector<PointDiagnostic> check_miners(const std::vector<Point>& points, const std::vector<Position>& where) {
  std::vector<PointDiagnostic> out;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const simulation::RunSpec& spec = points[i].spec;
    // One node alone is a chain without a network, and a connected topology leaves nobody out.
    const bool none = spec.topology.kind == TopologyKind::kNone;
    if (workload::mining_of(spec.workloads) == nullptr || spec.topology.nodes < 2) continue;
    if (none ? !spec.static_peers() : spec.topology.connected) continue;
    const std::uint64_t seed = derive_seed(spec.seed, 0);
    const auto nodes = network::draw_nodes(spec.network, spec.topology.nodes, seed);
    std::vector<bool> linked(nodes.size(), false);
    if (!none)
      for (const network::Edge& edge : network::draw_topology(spec.topology, seed).edges)
        linked[edge.a] = linked[edge.b] = true;
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (nodes[n].hash_power <= 0 || linked[n]) continue;
      out.push_back({i,
                     {false, where[i], -1, "topology",
                      fmt::format("node {} mines and can reach nobody; {}, or take its hash_power", n,
                                  none ? "give the nodes a topology, or a [membership]" : "write connected = true")}});
      break;
    }
  }
  return out;
}

}  // namespace hearsay::scenario
