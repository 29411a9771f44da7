#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "sim/core/units.hpp"
#include "sim/network/nodes.hpp"
#include "sim/scenario/distributions.hpp"
#include "sim/scenario/resolve_nodes.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::kPositive;
using document::Reader;
using document::Type;
using network::FaultKey;
using network::FaultKind;
using network::FaultSpec;

const std::vector<std::string> kSelectors = {"ids", "count", "share", "group", "region", "role"};

std::optional<FaultKind> read_fault_kind(const Cell& cell) {
  std::vector<std::string> names;
  for (const FaultKind& kind : network::fault_kinds()) names.emplace_back(network::fault_kind_name(kind));
  const auto name = cell.choice(names);
  if (!name) return std::nullopt;
  return network::fault_kinds()[static_cast<std::size_t>(std::find(names.begin(), names.end(), *name) - names.begin())];
}

/// The keys that other kinds have and this one has not.
void name_keys_of_other_faults(const Reader& fault, const FaultKind& kind) {
  const auto names_of = [](const FaultKind& k) {
    std::vector<std::string> names;
    for (const auto& key : network::fault_kind_keys(k)) names.emplace_back(key.name);
    return names;
  };
  const std::vector<std::string> own = names_of(kind);
  std::vector<std::pair<std::string, std::vector<std::string>>> foreign;  // key, whose it is
  for (const FaultKind& other : network::fault_kinds()) {
    for (const std::string& key : names_of(other)) {
      if (std::find(own.begin(), own.end(), key) != own.end()) continue;
      auto at = std::find_if(foreign.begin(), foreign.end(), [&](const auto& f) { return f.first == key; });
      if (at == foreign.end()) at = foreign.insert(at, {key, {}});
      at->second.emplace_back(network::fault_kind_name(other));
    }
  }
  for (const auto& [key, owners] : foreign)
    fault.elsewhere(key, fmt::format("not read by kind \"{}\"; it belongs to kind {}", network::fault_kind_name(kind),
                                     choices_text(owners)));
}

class FaultResolver {
 public:
  FaultResolver(const Reader& table, Draft& draft, FaultSpec& spec) : table_(table), draft_(draft), spec_(spec) {}

  void resolve() {
    read_times();
    std::visit([&](auto& kind) { read_keys(kind); }, spec_.kind);
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

  template <class Kind>
  void read_keys(Kind& kind) {
    std::string_view sides;  // the key that takes the place of nodes
    std::vector<std::string_view> given;
    for (const auto& key : Kind::keys()) {
      if (std::holds_alternative<network::Sides Kind::*>(key.member)) sides = key.name;
      if (table_.has(key.name)) given.push_back(key.name);
    }
    if (!sides.empty() && table_.has(std::string(sides))) {
      for (const std::string& key : kSelectors)
        table_.elsewhere(key, fmt::format("not read beside {}, which name all nodes concerned", sides));
    } else {
      read_nodes<Kind>(sides);
    }
    for (const auto& key : Kind::keys()) std::visit([&](auto member) { read(key, kind.*member); }, key.member);
    if constexpr (requires { Kind::wrong(given); }) {
      if (const std::string_view wrong = Kind::wrong(given); !wrong.empty()) table_.error(std::string(wrong));
    }
    if constexpr (requires { kind.period_ns(); })
      limit_repeats(table_.cell(Kind::keys().front().name), kind.period_ns(), draft_);
  }

  template <class Kind>
  void read_nodes(std::string_view sides) {
    const SelectedBy selected = read_selection(table_, kSelectors, draft_);
    spec_.nodes = selected.nodes;
    if (selected.key == "share" && draft_.nodes_known) warn_of_idle_share<Kind>(table_.cell("share"));
    if (!selected.key.empty() || Kind::kUnnamed == network::Unnamed::kAllNodes) return;
    table_.error(fmt::format(
        "says nothing of its nodes; write ids, count, share, group, region or role{}{}, for example share = 0.5",
        sides.empty() ? "" : ", or ", sides));
  }

  template <class Kind>
  void warn_of_idle_share(const Cell& cell) {
    const std::uint32_t n = draft_.spec.topology.nodes;
    const std::uint32_t chosen = network::share_of(spec_.nodes.share, n);
    if (chosen == 0)
      cell.warning(fmt::format("{} of {} nodes rounds to no node, so the fault does nothing", spec_.nodes.share, n));
    if constexpr (requires { Kind::kAllChosen; })
      if (chosen == n) cell.warning(std::string(Kind::kAllChosen));
  }

  // One reader for each type that a key may have.

  template <class Kind>
  Cell cell(const FaultKey<Kind>& key) {
    Cell found = table_.cell(key.name);
    if (*key.required != '\0') found.required(key.required);
    return found;
  }
  template <class Kind>
  void read(const FaultKey<Kind>& key, bool& value) {
    value = cell(key).flag_or(value);
  }
  template <class Kind>
  void read(const FaultKey<Kind>& key, double& value) {
    const document::Limits limits{.min = key.min, .max = key.max, .above_min = key.above_min, .instead = key.instead};
    value = cell(key).real(limits).value_or(value);
  }
  template <class Kind>
  void read(const FaultKey<Kind>& key, Duration& value) {
    value = cell(key).duration(kPositive).value_or(value);
  }
  template <class Kind>
  void read(const FaultKey<Kind>& key, Distribution& value) {
    if (const auto drawn = read_distribution(cell(key), Quantity{Unit::kDuration, true, "\"60 s\""})) value = *drawn;
  }
  template <class Kind>
  void read(const FaultKey<Kind>& key, network::Sides& value) {
    if (const Cell found = cell(key); found.present()) read_sides(found, value);
  }

  void read_sides(const Cell& cell, network::Sides& all) {
    const auto sides = cell.elements();
    if (cell.is(Type::kArray) && sides.size() < 2)
      cell.error("a partition has at least two sides; write for example [[\"eu\"], [\"us\", \"asia\"]]");
    std::set<std::string> used;
    bool groups = false, regions = false;
    for (const Cell& side : sides) {
      auto& selectors = all.emplace_back();
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

  const Reader& table_;
  Draft& draft_;
  FaultSpec& spec_;
};

}  // namespace

void resolve_faults(const Reader& root, Draft& draft) {
  for (const Reader& table : root.tables("fault")) {
    FaultSpec& spec = draft.spec.faults.emplace_back();
    const auto kind = read_fault_kind(table.cell("kind").required("kind = \"partition\""));
    if (!kind) {
      table.give_up();
      continue;
    }
    spec.kind = *kind;
    name_keys_of_other_faults(table, *kind);
    FaultResolver(table, draft, spec).resolve();
  }
}

}  // namespace hearsay::scenario
