#include "sim/scenario/resolve_nodes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "sim/core/units.hpp"
#include "sim/network/nodes.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::empty_value;
using document::kProbability;
using document::kShare;
using document::Reader;
using document::real_value;
using document::text_value;
using document::Type;
using document::Value;
using network::GroupSpec;
using network::SelectBy;

class GroupResolver {
 public:
  GroupResolver(const Reader& table, Draft& draft, GroupSpec& spec) : table_(table), draft_(draft), spec_(spec) {}

  void resolve(bool own_regions) {
    table_.refuse("hosts",
                  fmt::format("it places nodes on the hosts of a platform (network.model = \"flow\"), which is {}",
                              kNotAvailable));
    read_members();
    read_region(own_regions);
    spec_.uplink_bit_per_s = table_.cell("uplink").rate_bit_per_s();
    spec_.downlink_bit_per_s = table_.cell("downlink").rate_bit_per_s();
    if (const auto role = table_.cell("role").text())
      spec_.role = static_cast<RoleId>(intern(draft_.spec.network.roles, *role));
    spec_.validator = table_.cell("validator").flag_or(false);
    spec_.hash_power = table_.cell("hash_power").real(kProbability);
    spec_.cores = table_.cell("cores").count({.min = 1, .max = 1024, .instead = "leave it out for no limit"});
    spec_.extra_latency = table_.cell("extra_latency").duration_or(Duration{});
    if (const Cell cap = table_.cell("inbound_cap"); cap.present()) spec_.inbound_cap = cap.count({.min = 1});
    read_joins(table_.cell("joins"));
  }

 private:
  void read_members() {
    const SelectedBy selected = read_selection(table_, {"ids", "count", "share", "rest"}, draft_);
    if (selected.key.empty())
      table_.error("says nothing of its nodes; write ids = [0, 1], count = 10, share = 0.1 or rest = true");
    spec_.by = selected.nodes.by;
    spec_.ids = selected.nodes.ids;
    spec_.count = selected.nodes.count;
    spec_.share = selected.nodes.share;
  }

  void read_region(bool own_regions) {
    const Cell cell = table_.cell("region");
    const auto name = cell.text();
    if (!name) return;
    auto names = region_names(draft_);
    // Without a table the groups alone say which regions there are.
    if (own_regions && std::find(names.begin(), names.end(), *name) == names.end()) {
      draft_.spec.network.regions.push_back({.name = *name});
      names.push_back(*name);
    }
    if (const auto found = find_name(cell, *name, names, "region")) spec_.region = static_cast<RegionId>(*found);
  }

  void read_joins(const Cell& cell) {
    if (!cell.present()) return;
    spec_.joins = true;
    if (!cell.is(Type::kTable)) {
      spec_.joins_from = SimTime{} + cell.duration().value_or(Duration{});
      spec_.joins_to = spec_.joins_from;
      check_join(cell, spec_.joins_to);
      return;
    }
    const Reader span = cell.table();
    spec_.joins_from = SimTime{} + span.cell("from").required("from = \"10 s\"").duration().value_or(Duration{});
    const Cell to = span.cell("to").required("to = \"20 s\"");
    const auto end = to.duration();
    spec_.joins_to = end ? SimTime{} + *end : spec_.joins_from;
    if (spec_.joins_to < spec_.joins_from) to.error(fmt::format("{} is before from", to.value()->text));
    check_join(to, spec_.joins_to);
  }

  void check_join(const Cell& cell, SimTime at) {
    if (!draft_.duration_known || at < draft_.spec.duration) return;
    cell.error(fmt::format("joins at {}, but the run ends at {}; write an earlier time", format_duration({at.ns}),
                           format_duration({draft_.spec.duration.ns})));
  }

  const Reader& table_;
  Draft& draft_;
  GroupSpec& spec_;
};

void check_names(const std::vector<Reader>& tables, const Draft& draft) {
  const auto names = group_names(draft);
  for (std::size_t g = 0; g < tables.size(); ++g) {
    if (std::find(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(g), names[g]) ==
        names.begin() + static_cast<std::ptrdiff_t>(g))
      continue;
    tables[g].cell("name").error("\"" + names[g] + "\" names two groups; give each a name of its own");
  }
}

void check_ids(const std::vector<Reader>& tables, const Draft& draft) {
  std::map<std::uint32_t, std::size_t> owner;
  for (std::size_t g = 0; g < tables.size(); ++g) {
    for (const std::uint32_t id : draft.spec.network.groups[g].ids) {
      const auto [place, fresh] = owner.emplace(id, g);
      if (fresh || place->second == g) continue;
      tables[g].cell("ids").error(fmt::format("node {} is in the group \"{}\" too; groups must not overlap", id,
                                              draft.spec.network.groups[place->second].name));
      break;
    }
  }
}

void check_sizes(const std::vector<Reader>& tables, const Draft& draft) {
  const auto& groups = draft.spec.network.groups;
  const auto sizes = group_sizes(groups, draft.spec.topology.nodes);
  double shares = 0, hash_power = 0;
  std::uint64_t total = 0, rests = 0;
  bool share_reported = false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    shares += groups[g].by == SelectBy::kShare ? groups[g].share : 0;
    hash_power += groups[g].hash_power.value_or(0);
    total += sizes[g];
    if (shares > 1 + 1e-9 && !share_reported) {
      tables[g].cell("share").error(
          fmt::format("the shares of the groups sum to {:.6g} here, above 1; groups must not overlap", shares));
      share_reported = true;
    } else if (!share_reported && draft.nodes_known && total > draft.spec.topology.nodes) {
      tables[g].error(fmt::format("the groups up to here take {} of {} nodes; groups must not overlap", total,
                                  draft.spec.topology.nodes));
      share_reported = true;
    }
    if (hash_power > 1 + 1e-9)
      tables[g]
          .cell("hash_power")
          .error(fmt::format("the groups' hash power sums to {:.6g} here, above 1", hash_power));
    if (groups[g].by == SelectBy::kRest && ++rests > 1)
      tables[g].cell("rest").error("a second group of the rest, which the first has taken; remove one");
  }
}

}  // namespace

std::vector<std::uint64_t> group_sizes(const std::vector<GroupSpec>& groups, std::uint32_t nodes) {
  const std::vector<std::uint32_t> quotas = network::group_quotas(groups, nodes);
  std::vector<std::uint64_t> sizes(quotas.begin(), quotas.end());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    if (groups[g].by == SelectBy::kIds) sizes[g] = groups[g].ids.size();
    if (groups[g].by == SelectBy::kCount) sizes[g] = groups[g].count;
  }
  return sizes;
}

void resolve_groups(const Reader& root, Draft& draft) {
  const auto tables = root.tables("group");
  const bool own_regions = draft.spec.network.regions.empty();
  for (std::size_t g = 0; g < tables.size(); ++g) {
    GroupSpec spec;
    const Cell name = tables[g].cell("name");
    spec.name = name.text().value_or("group." + std::to_string(g));
    if (!name.present()) name.record(spec.name);
    GroupResolver(tables[g], draft, spec).resolve(own_regions);
    draft.spec.network.groups.push_back(std::move(spec));
  }
  check_names(tables, draft);
  check_ids(tables, draft);
  check_sizes(tables, draft);
}

namespace {

void read_table(const Cell& cell, Draft& draft) {
  const FileText* file = referenced_file(cell, draft, kMostScenarioBytes);
  if (file == nullptr) return;
  draft.table = &draft.files.network_table(cell.value()->text);
  auto& diagnostics = cell.context().diagnostics;
  diagnostics.insert(diagnostics.end(), draft.table->diagnostics.begin(), draft.table->diagnostics.end());
  draft.spec.network.regions = draft.table->regions.regions;
  draft.region_shares = draft.table->regions.have_shares;
}

void read_region_share(const Reader& shares, Draft& draft) {
  auto& regions = draft.spec.network.regions;
  for (auto& region : regions) region.share = 0;
  std::size_t found = 0;
  for (auto& region : regions) {
    if (shares.has(region.name)) ++found;
    region.share = shares.cell(region.name).real(kProbability).value_or(0);
  }
  if (regions.empty()) {
    shares.error("there are no regions to share the nodes; they come from network.table or network.regions");
    shares.give_up();
  } else if (found == shares.keys().size()) {
    normalise_shares(shares.self(), regions);
  }
  draft.region_shares = true;
}

void record_regions(const Reader& network, const Draft& draft) {
  Value list = empty_value(Type::kArray);
  for (const auto& region : draft.spec.network.regions) {
    Value& row = list.items.emplace_back();
    const auto set = [&row](const char* key, Value value) {
      value.key = key;
      row.items.push_back(std::move(value));
    };
    set("name", text_value(region.name));
    set("share", real_value(region.share));
    set("uplink", text_value(format_rate(region.uplink_bit_per_s)));
    set("downlink", text_value(format_rate(region.downlink_bit_per_s)));
  }
  network.cell("regions").record(list);
}

}  // namespace

void resolve_regions(const Reader& network, Draft& draft) {
  if (const Cell table = network.cell("table"); table.present()) read_table(table, draft);
  if (network.has("regions")) {
    if (network.has("table")) network.cell("regions").error("network.table has regions too; remove one of them");
    const Regions inline_regions = read_regions(network, "regions");
    draft.spec.network.regions = inline_regions.regions;
    draft.region_shares = inline_regions.have_shares;
  }
  if (const Reader shares = network.table("region_share"); shares.present()) read_region_share(shares, draft);
  if (!draft.spec.network.regions.empty()) record_regions(network, draft);
}

namespace {

using network::SelectBy;

std::vector<std::uint32_t> read_ids(const Cell& cell, const Draft& draft) {
  std::vector<std::uint32_t> ids;
  std::set<std::uint32_t> seen;
  for (const Cell& element : cell.elements()) {
    const auto id = element.count();
    if (!id) continue;
    if (draft.nodes_known && *id >= draft.spec.topology.nodes) {
      element.error(fmt::format("there is no node {}; with {} nodes ids run from 0 to {}", *id,
                                draft.spec.topology.nodes, draft.spec.topology.nodes - 1));
    } else if (!seen.insert(*id).second) {
      element.error(fmt::format("node {} is listed twice; remove one", *id));
    } else {
      ids.push_back(*id);
    }
  }
  if (cell.is(Type::kArray) && cell.value()->items.empty()) cell.error("the list is empty; name at least one node");
  return ids;
}

std::uint32_t read_count(const Cell& cell, const Draft& draft) {
  const auto count = cell.count({.min = 1});
  if (count && draft.nodes_known && *count > draft.spec.topology.nodes) {
    cell.error(fmt::format("{} is above topology.nodes = {}", *count, draft.spec.topology.nodes));
  }
  return count.value_or(0);
}

template <class Id>
Id read_named(const Cell& cell, const std::vector<std::string>& names, Id none) {
  const auto name = cell.text();
  const auto found =
      name ? find_name(cell, *name, names, cell.path().substr(cell.path().rfind('.') + 1)) : std::nullopt;
  return found ? static_cast<Id>(*found) : none;
}

void read_selector(const Cell& cell, const std::string& key, const Draft& draft, network::NodeSelector& out) {
  if (key == "ids") {
    out.by = SelectBy::kIds;
    out.ids = read_ids(cell, draft);
  } else if (key == "count") {
    out.by = SelectBy::kCount;
    out.count = read_count(cell, draft);
  } else if (key == "share") {
    out.by = SelectBy::kShare;
    out.share = cell.real(kShare).value_or(0);
  } else if (key == "rest") {
    out.by = SelectBy::kRest;
    if (!cell.flag().value_or(true)) cell.error("rest = false says nothing; write ids, count or share instead");
  } else if (key == "group") {
    out.by = SelectBy::kGroup;
    out.group = read_named(cell, group_names(draft), kNoGroup);
  } else if (key == "region") {
    out.by = SelectBy::kRegion;
    out.region = read_named(cell, region_names(draft), kNoRegion);
  } else {
    out.by = SelectBy::kRole;
    out.role = read_named(cell, draft.spec.network.roles, kNoRole);
  }
}

}  // namespace

SelectedBy read_selection(const Reader& table, const std::vector<std::string>& keys, const Draft& draft) {
  SelectedBy out;
  for (const std::string& key : keys) {
    const Cell cell = table.cell(key);
    if (!cell.present()) continue;
    network::NodeSelector nodes;
    read_selector(cell, key, draft, nodes);
    if (out.key.empty()) {
      out.key = key;
      out.nodes = nodes;
    } else {
      cell.error(fmt::format("{} and {} both choose the nodes; remove one", out.key, key));
    }
  }
  return out;
}

}  // namespace hearsay::scenario
