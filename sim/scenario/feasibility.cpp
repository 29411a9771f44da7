#include "sim/scenario/feasibility.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/core/random.hpp"
#include "sim/network/topology.hpp"

namespace hearsay::scenario {
namespace {

using network::TopologyKind;
using network::TopologySpec;

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

}  // namespace

std::vector<PointComplaint> check_memory(const std::vector<Point>& points, const std::vector<Position>& where) {
  const auto available = static_cast<double>(machine_memory_bytes());
  std::size_t worst = 0, over = 0;
  protocol::MemoryEstimate most;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto estimate = protocol::estimate_memory(points[i].spec);
    if (available > 0 && estimate.total() > available) ++over;
    if (i > 0 && estimate.total() <= most.total()) continue;
    most = estimate;
    worst = i;
  }
  if (over == 0) return {};
  std::string text = fmt::format(
      "one run needs about {} of memory (graph {}, nodes {}, items {}, events {}), and the machine has {}; take fewer "
      "nodes, edges or items",
      gigabytes(most.total()), gigabytes(most.graph), gigabytes(most.nodes), gigabytes(most.items),
      gigabytes(most.events), gigabytes(available));
  if (over > 1) text += fmt::format(" (the worst of {} such points)", over);
  return {{worst, {false, where[worst], -1, "topology", text}}};
}

std::vector<PointComplaint> check_connected(const std::vector<Point>& points, const std::vector<Position>& where) {
  std::vector<PointComplaint> out;
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

}  // namespace hearsay::scenario
