#include "sim/scenario/select.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/scenario/resolve.hpp"

namespace hearsay::scenario {
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
