#include "sim/scenario/resolve_faults.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "sim/core/units.hpp"
#include "sim/network/nodes.hpp"
#include "sim/scenario/distributions.hpp"
#include "sim/scenario/resolve_nodes.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::kPositive;
using document::kProbability;
using document::Reader;
using document::Type;
using network::FaultKind;
using network::FaultSpec;

const std::vector<std::string> kSelectors = {"ids", "count", "share", "group", "region", "role"};

/// Which kinds read a key of their own.
struct OwnKey {
  const char* key;
  std::vector<FaultKind> kinds;
};

const std::vector<OwnKey>& own_keys() {
  static const std::vector<OwnKey> keys = {
      {"sides", {FaultKind::kPartition}},
      {"one_way", {FaultKind::kPartition}},
      {"lose_state", {FaultKind::kCrash, FaultKind::kChurn}},
      {"session", {FaultKind::kChurn}},
      {"downtime", {FaultKind::kChurn}},
      {"loss", {FaultKind::kLossBurst}},
      {"factor", {FaultKind::kLatencySpike, FaultKind::kBandwidthDrop}},
      {"add", {FaultKind::kLatencySpike}},
      {"delay", {FaultKind::kSlow}},
  };
  return keys;
}

std::optional<FaultKind> read_kind(const Cell& cell) {
  std::vector<std::string> names;
  for (int k = 0; k <= static_cast<int>(FaultKind::kSlow); ++k)
    names.emplace_back(network::fault_kind_name(static_cast<FaultKind>(k)));
  const auto name = cell.choice(names);
  if (!name) return std::nullopt;
  return static_cast<FaultKind>(std::find(names.begin(), names.end(), *name) - names.begin());
}

void name_foreign_keys(const Reader& fault, FaultKind kind) {
  for (const OwnKey& own : own_keys()) {
    if (std::find(own.kinds.begin(), own.kinds.end(), kind) != own.kinds.end()) continue;
    std::vector<std::string> owners;
    for (const FaultKind k : own.kinds) owners.emplace_back(network::fault_kind_name(k));
    fault.elsewhere(own.key, fmt::format("not read by kind \"{}\"; it belongs to kind {}",
                                         network::fault_kind_name(kind), choices_text(owners)));
  }
}

class FaultResolver {
 public:
  FaultResolver(const Reader& table, Draft& draft, FaultSpec& spec) : table_(table), draft_(draft), spec_(spec) {}

  void resolve() {
    read_times();
    if (spec_.kind == FaultKind::kPartition && table_.has("sides")) {
      read_sides(table_.cell("sides"));
      for (const std::string& key : kSelectors)
        table_.elsewhere(key, "not read beside sides, which name all nodes concerned");
    } else {
      read_nodes();
    }
    switch (spec_.kind) {
      case FaultKind::kPartition: spec_.one_way = table_.cell("one_way").flag_or(false); break;
      case FaultKind::kCrash: spec_.lose_state = table_.cell("lose_state").flag_or(true); break;
      case FaultKind::kChurn: read_churn(); break;
      case FaultKind::kLossBurst:
        spec_.loss = table_.cell("loss").required("loss = 0.2").real(kProbability).value_or(0);
        break;
      case FaultKind::kLatencySpike: read_spike(); break;
      case FaultKind::kBandwidthDrop:
        spec_.factor = table_.cell("factor")
                           .required("factor = 0.1")
                           .real({.min = 0,
                                  .max = 1,
                                  .above_min = true,
                                  .instead = "write what is left of the bandwidth, such as 0.1"})
                           .value_or(1);
        break;
      case FaultKind::kSilent: break;
      case FaultKind::kSlow:
        spec_.delay = table_.cell("delay").required("delay = \"1 s\"").duration(kPositive).value_or(Duration{});
        break;
    }
  }

 private:
  void read_times() {
    const Cell at = table_.cell("at").required("at = \"20 s\"");
    const auto start = at.duration();
    spec_.at = SimTime{} + start.value_or(Duration{});
    if (start && draft_.duration_known && spec_.at >= draft_.spec.duration) {
      at.error(fmt::format(
          "the fault begins at {}, after the end of the run at {}; write an earlier time or a longer run.duration",
          format_duration(*start), format_duration({draft_.spec.duration.ns})));
    }
    const Cell until = table_.cell("until");
    const auto end = until.duration();
    if (!end) return;
    spec_.until = SimTime{} + *end;
    if (start && spec_.until <= spec_.at)
      until.error(fmt::format("{} is not after at = {}", format_duration(*end), format_duration(*start)));
  }

  void read_nodes() {
    const SelectedBy selected = read_selection(table_, kSelectors, draft_);
    spec_.nodes = selected.nodes;
    const bool whole_network = spec_.kind == FaultKind::kChurn || spec_.kind == FaultKind::kLossBurst ||
                               spec_.kind == FaultKind::kLatencySpike || spec_.kind == FaultKind::kBandwidthDrop;
    if (selected.key == "share" && draft_.nodes_known) warn_of_idle_share(table_.cell("share"));
    if (!selected.key.empty() || whole_network) return;
    table_.error(fmt::format(
        "says nothing of its nodes; write ids, count, share, group, region or role{}, for example share = 0.5",
        spec_.kind == FaultKind::kPartition ? ", or sides" : ""));
  }

  void warn_of_idle_share(const Cell& cell) {
    const std::uint32_t n = draft_.spec.topology.nodes;
    const std::uint32_t chosen = network::share_of(spec_.nodes.share, n);
    if (chosen == 0)
      cell.warning(fmt::format("{} of {} nodes rounds to no node, so the fault does nothing", spec_.nodes.share, n));
    if (chosen == n && spec_.kind == FaultKind::kPartition)
      cell.warning("all nodes are on one side, so the partition cuts nothing");
  }

  void read_sides(const Cell& cell) {
    const auto sides = cell.elements();
    if (cell.is(Type::kArray) && sides.size() < 2)
      cell.error("a partition has at least two sides; write for example [[\"eu\"], [\"us\", \"asia\"]]");
    std::set<std::string> used;
    bool groups = false, regions = false;
    for (const Cell& side : sides) {
      auto& selectors = spec_.sides.emplace_back();
      const auto names = side.elements();
      if (side.is(Type::kArray) && names.empty()) side.error("a side without nodes; name a group or a region");
      for (const Cell& name : names) {
        if (const auto selector = read_side_name(name)) selectors.push_back(*selector);
        if (name.is(Type::kText) && !used.insert(name.value()->text).second)
          name.error("\"" + name.value()->text + "\" is named twice; a node is on one side");
      }
      for (const auto& selector : selectors) (selector.by == network::SelectBy::kGroup ? groups : regions) = true;
    }
    if (groups && regions) cell.error("the sides name both groups and regions, which can share nodes; name one sort");
  }

  std::optional<network::NodeSelector> read_side_name(const Cell& cell) {
    const auto name = cell.text();
    if (!name) return std::nullopt;
    const auto groups = group_names(draft_);
    const auto regions = region_names(draft_);
    const bool group = std::find(groups.begin(), groups.end(), *name) != groups.end();
    const bool region = std::find(regions.begin(), regions.end(), *name) != regions.end();
    if (group && region) {
      cell.error("\"" + *name + "\" is both a group and a region; rename the group");
      return std::nullopt;
    }
    std::vector<std::string> names = groups;
    names.insert(names.end(), regions.begin(), regions.end());
    const auto found = find_name(cell, *name, names, "group or region");
    if (!found) return std::nullopt;
    network::NodeSelector selector;
    selector.by = group ? network::SelectBy::kGroup : network::SelectBy::kRegion;
    if (group) selector.group = static_cast<GroupId>(*found);
    if (region) selector.region = static_cast<RegionId>(*found - groups.size());
    return selector;
  }

  void read_churn() {
    const Quantity time{Unit::kDuration, true, "\"60 s\""};
    const Cell session = table_.cell("session").required("session = { kind = \"exponential\", mean = \"60 s\" }");
    const Cell downtime = table_.cell("downtime").required("downtime = { kind = \"exponential\", mean = \"10 s\" }");
    if (const auto drawn = read_distribution(session, time)) spec_.session = *drawn;
    if (const auto drawn = read_distribution(downtime, time)) spec_.downtime = *drawn;
    spec_.lose_state = table_.cell("lose_state").flag_or(true);
  }

  void read_spike() {
    const Cell factor = table_.cell("factor");
    const Cell add = table_.cell("add");
    if (factor.present() == add.present()) {
      table_.error(factor.present()
                       ? "factor and add are both given; remove one"
                       : "a latency spike needs factor, such as factor = 3, or add, such as add = \"200 ms\"");
    }
    spec_.factor = factor.real(kPositive).value_or(1);
    spec_.add = add.duration(kPositive).value_or(Duration{});
  }

  const Reader& table_;
  Draft& draft_;
  FaultSpec& spec_;
};

}  // namespace

void resolve_faults(const Reader& root, Draft& draft) {
  for (const Reader& table : root.tables("fault")) {
    FaultSpec& spec = draft.spec.faults.emplace_back();
    const auto kind = read_kind(table.cell("kind").required("kind = \"partition\""));
    if (!kind) {
      table.give_up();
      continue;
    }
    spec.kind = *kind;
    name_foreign_keys(table, *kind);
    FaultResolver(table, draft, spec).resolve();
  }
}

}  // namespace hearsay::scenario
