// [[group]]: who is in it, and what it sets.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "sim/core/units.hpp"
#include "sim/network/nodes.hpp"
#include "sim/scenario/resolve.hpp"
#include "sim/scenario/select.hpp"

namespace hearsay::scenario {
namespace {

using network::GroupSpec;
using network::SelectBy;

class GroupResolver {
 public:
  GroupResolver(const Reader& table, Draft& draft, GroupSpec& spec) : table_(table), draft_(draft), spec_(spec) {}

  void resolve(bool own_regions) {
    table_.refuse("hosts",
                  std::string("it places nodes on the hosts of a platform (network.model = \"flow\"), which is ") +
                      kNotAvailable);
    read_members();
    read_region(own_regions);
    spec_.uplink_bit_per_s = table_.cell("uplink").rate_bit_per_s();
    spec_.downlink_bit_per_s = table_.cell("downlink").rate_bit_per_s();
    if (const auto role = table_.cell("role").text())
      spec_.role = static_cast<RoleId>(intern(draft_.spec.network.roles, *role));
    spec_.validator = table_.cell("validator").flag_or(false);
    spec_.hash_power = table_.cell("hash_power").real(kProbability);
    spec_.extra_latency = table_.cell("extra_latency").duration_or(Duration{});
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
  double shares = 0, hash_power = 0;
  std::uint64_t total = 0, rests = 0;
  bool share_complained = false;
  for (std::size_t g = 0; g < groups.size(); ++g) {
    shares += groups[g].by == SelectBy::kShare ? groups[g].share : 0;
    hash_power += groups[g].hash_power.value_or(0);
    total += group_size(groups[g], draft.spec.topology.nodes);
    if (shares > 1 + 1e-9 && !share_complained) {
      tables[g].cell("share").error(
          fmt::format("the shares of the groups sum to {:.6g} here, above 1; groups must not overlap", shares));
      share_complained = true;
    } else if (!share_complained && draft.nodes_known && total > draft.spec.topology.nodes) {
      tables[g].error(fmt::format("the groups up to here take {} of {} nodes; groups must not overlap", total,
                                  draft.spec.topology.nodes));
      share_complained = true;
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

std::uint64_t group_size(const GroupSpec& group, std::uint32_t nodes) {
  switch (group.by) {
    case SelectBy::kIds: return group.ids.size();
    case SelectBy::kCount: return group.count;
    case SelectBy::kShare: return network::share_of(group.share, nodes);
    default: return 0;
  }
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

}  // namespace hearsay::scenario
