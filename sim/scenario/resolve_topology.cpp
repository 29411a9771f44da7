#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/network/topology.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::kPositive;
using document::kProbability;
using document::Reader;
using document::Type;
using network::TopologyKind;
using network::TopologySpec;

std::vector<std::string> kind_names() {
  std::vector<std::string> names;
  for (const auto& info : network::topology_catalogue()) names.emplace_back(info.name);
  return names;
}

/// True if `key` is among the comma-separated `keys`.
bool lists(std::string_view keys, std::string_view key) {
  while (!keys.empty()) {
    const auto comma = keys.find(',');
    if (keys.substr(0, comma) == key) return true;
    if (comma == std::string_view::npos) return false;
    keys.remove_prefix(comma + 1);
    while (!keys.empty() && keys.front() == ' ') keys.remove_prefix(1);
  }
  return false;
}

/// Keys of other kinds get the reason why this one does not read them.
void name_keys_of_other_topologies(const Reader& topology, const std::string& kind) {
  for (const char* key : {"degree", "rewire", "mean_degree", "probability", "attach", "branching", "outbound",
                          "outbound_distribution", "inbound_cap", "radius", "file"}) {
    std::vector<std::string> owners;
    for (const auto& info : network::topology_catalogue()) {
      if (lists(info.keys, key)) owners.emplace_back(info.name);
    }
    if (std::find(owners.begin(), owners.end(), kind) != owners.end()) continue;
    topology.elsewhere(key, fmt::format("not read by kind \"{}\"; it belongs to kind {}", kind, choices_text(owners)));
  }
}

class TopologyResolver {
 public:
  TopologyResolver(const Reader& table, Draft& draft)
      : table_(table), draft_(draft), spec_(draft.spec.topology), n_(spec_.nodes) {}

  void resolve() {
    switch (spec_.kind) {
      case TopologyKind::kComplete:
      case TopologyKind::kLine:
      case TopologyKind::kRing:
      case TopologyKind::kStar:
      case TopologyKind::kGrid: break;
      case TopologyKind::kTree:
        spec_.branching = table_.cell("branching").required("branching = 2").count({.min = 1}).value_or(0);
        break;
      case TopologyKind::kHypercube: hypercube(); break;
      case TopologyKind::kRandomRegular: random_regular(); break;
      case TopologyKind::kErdosRenyi: erdos_renyi(); break;
      case TopologyKind::kWattsStrogatz: watts_strogatz(); break;
      case TopologyKind::kBarabasiAlbert: spec_.attach = below_nodes("attach", "attach = 4"); break;
      case TopologyKind::kBitcoin: bitcoin(); break;
      case TopologyKind::kGeometric:
        spec_.radius =
            table_.cell("radius")
                .required("radius = 0.1")
                .real({.min = 0, .max = 1.5, .above_min = true, .instead = "the points lie in the unit square"})
                .value_or(0);
        break;
      case TopologyKind::kFile:
      case TopologyKind::kNone: break;
    }
  }

  void file() {
    const Cell cell = table_.cell("file").required("file = \"edges.csv\"");
    const FileText* text = referenced_file(cell, draft_, kMostListBytes);
    if (text == nullptr) return;
    const auto& read = draft_.files.topology(cell.value()->text);
    for (const auto& error : read.errors) error_in_file(cell, text->path, error.line, error.message);
    spec_.file_edges = read.edges;
    draft_.file_latency = read.has_latency;
    const Cell nodes = table_.cell("nodes");
    spec_.nodes = nodes.count().value_or(read.nodes);
    if (!nodes.present()) nodes.record(read.nodes);
    if (read.errors.empty() && spec_.nodes < read.nodes) {
      nodes.error(fmt::format("{} nodes, but the file links node {}; write at least {} or leave it out", spec_.nodes,
                              read.nodes - 1, read.nodes));
    }
    draft_.nodes_known = read.errors.empty();
  }

 private:
  bool known() const { return draft_.nodes_known; }

  /// A count of at least 1 and below the number of nodes.
  std::uint32_t below_nodes(const char* key, const char* example) {
    const Cell cell = table_.cell(key).required(example);
    const auto value = cell.count({.min = 1});
    if (value && known() && *value >= n_)
      cell.error(fmt::format("{} is not below topology.nodes = {}; a node has at most {} peers", *value, n_, n_ - 1));
    return value.value_or(0);
  }

  void hypercube() {
    if (!known() || std::has_single_bit(n_)) return;
    table_.cell("nodes").error(fmt::format("{} is not a power of two, which a hypercube needs; write {} or {}", n_,
                                           std::bit_floor(n_), std::uint64_t{std::bit_floor(n_)} * 2));
  }

  void random_regular() {
    spec_.degree = below_nodes("degree", "degree = 8");
    if (!known() || spec_.degree >= n_ || spec_.degree % 2 == 0 || n_ % 2 == 0) return;
    table_.cell("degree").error(
        fmt::format("{} nodes of degree {}: nodes x degree is odd, but each edge has two ends; make one of them even",
                    n_, spec_.degree));
  }

  void erdos_renyi() {
    const Cell mean = table_.cell("mean_degree");
    const Cell probability = table_.cell("probability");
    if (mean.present() == probability.present()) {
      table_.error(mean.present()
                       ? "mean_degree and probability are both given; each follows from the other, remove one"
                       : "kind \"erdos-renyi\" needs mean_degree, such as mean_degree = 8, or probability");
    }
    spec_.probability = probability.real(kProbability).value_or(0);
    const auto degree = mean.real(kPositive);
    if (!degree || !known()) return;
    if (*degree > n_ - 1.0)
      mean.error(fmt::format("{} is above topology.nodes - 1 = {}; a node has no more peers", *degree, n_ - 1));
    spec_.probability = n_ > 1 ? *degree / (n_ - 1.0) : 0;
  }

  void watts_strogatz() {
    spec_.degree = below_nodes("degree", "degree = 8");
    if (spec_.degree % 2 != 0)
      table_.cell("degree").error(fmt::format("{} is odd; the ring has degree / 2 links on each side, write {}",
                                              spec_.degree, spec_.degree + 1));
    spec_.rewire = table_.cell("rewire").required("rewire = 0.1").real(kProbability).value_or(0);
  }

  void bitcoin() {
    const Cell outbound = table_.cell("outbound");
    const Cell distribution = table_.cell("outbound_distribution");
    if (outbound.present() && distribution.present()) {
      distribution.error("outbound and outbound_distribution are both given; remove one");
    } else if (distribution.is(Type::kText)) {
      table_distribution(distribution);
    } else if (distribution.present()) {
      spec_.outbound_cdf = read_outbound_cdf(distribution);
    } else {
      spec_.outbound = outbound.count_or(8, {.min = 1});
      if (known() && spec_.outbound >= n_)
        outbound.error(fmt::format("{} is not below topology.nodes = {}; a node has at most {} peers", spec_.outbound,
                                   n_, n_ - 1));
    }
    if (const Cell cap = table_.cell("inbound_cap"); cap.present()) inbound_cap(cap);
  }

  void table_distribution(const Cell& cell) {
    const auto choice = cell.choice({"table"});
    if (!choice) return;
    if (draft_.table == nullptr) {
      cell.error(
          "\"table\" takes the distribution of network.table, which is not given; write for example [0.5, 1.0] or "
          "outbound = 8");
    } else if (draft_.table->outbound_cdf.empty()) {
      cell.error("the network table has no outbound_distribution; write outbound = 8");
    } else {
      spec_.outbound_cdf = draft_.table->outbound_cdf;
      cell.record(spec_.outbound_cdf);
    }
  }

  void inbound_cap(const Cell& cell) {
    const auto cap = cell.count({.min = 1});
    if (!cap) return;
    spec_.inbound_cap = *cap;
    double mean = spec_.outbound;
    for (std::size_t i = 0; i < spec_.outbound_cdf.size(); ++i) mean += i == 0 ? 1 : 1 - spec_.outbound_cdf[i - 1];
    if (mean > *cap)
      cell.error(fmt::format(
          "{} is below the mean number of outbound links, {:.4g}; every outbound link is inbound at its other end",
          *cap, mean));
  }

  const Reader& table_;
  Draft& draft_;
  TopologySpec& spec_;
  std::uint32_t n_;
};

}  // namespace

void resolve_topology(const Reader& root, Draft& draft) {
  const Reader table =
      root.cell("topology").required("[topology] with kind = \"random-regular\", nodes and degree").table();
  TopologySpec& spec = draft.spec.topology;
  draft.nodes_known = false;
  if (!table.present()) return;
  draft.topology_where = table.self().value()->where;
  const auto kind = table.cell("kind").required("kind = \"random-regular\"").choice(kind_names());
  if (!kind) {
    table.give_up();
    return;
  }
  name_keys_of_other_topologies(table, *kind);
  for (const auto& info : network::topology_catalogue()) {
    if (info.name == *kind) spec.kind = info.kind;
  }
  if (spec.kind == TopologyKind::kFile) {
    TopologyResolver(table, draft).file();
  } else {
    const auto nodes = table.cell("nodes").required("nodes = 1000").count({.min = 1});
    draft.nodes_known = nodes.has_value();
    spec.nodes = nodes.value_or(0);
    TopologyResolver(table, draft).resolve();
  }
  spec.resample = table.cell("resample").flag_or(true);
  spec.connected = table.cell("connected").flag_or(true);
}

}  // namespace hearsay::scenario
