#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include "sim/scenario/state_machine.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::Reader;
using protocol::TopologyUse;
using simulation::MembershipEntry;

/// What the topology gives has to be what the membership begins with.
void check_topology(const Reader& root, const MembershipEntry& entry, const Draft& draft) {
  if (!draft.nodes_known) return;
  const bool has_edges = draft.spec.topology.kind != network::TopologyKind::kNone;
  const Cell kind = root.table("topology").cell("kind");
  switch (entry.topology) {
    case TopologyUse::kPeers:
      if (!has_edges)
        kind.warning(
            fmt::format("no node has a peer, and the membership \"{}\" makes none: nothing will spread; write "
                        "[membership] with kind = \"registry\"",
                        entry.name));
      break;
    case TopologyUse::kNone:
      if (has_edges)
        kind.error(
            fmt::format("the membership \"{}\" makes all connections, and this topology has edges of its own; "
                        "write kind = \"none\"",
                        entry.name));
      break;
    case TopologyUse::kBootstrap:
      if (!has_edges)
        kind.error(
            fmt::format("the membership \"{}\" begins with the peers of the topology, and \"none\" gives none; "
                        "write another kind",
                        entry.name));
      break;
  }
  if (entry.topology != TopologyUse::kPeers && draft.spec.network.latency.kind == network::LatencyKind::kFile)
    root.table("network").cell("latency").error(
        fmt::format("the membership \"{}\" connects nodes that the topology file does not link, so it has no latency "
                    "for them; write another kind",
                    entry.name));
}

}  // namespace

void resolve_membership(const Reader& root, Draft& draft) {
  const Reader table = root.table("membership");
  const Cell kind = table.cell("kind");
  if (!kind.present()) kind.record("static");
  std::vector<std::string> names;
  for (const auto* entry : simulation::all_memberships()) names.push_back(entry->name);
  const auto chosen = kind.choice(names);
  if (kind.present() && !chosen) {
    table.give_up();
    return;
  }
  const MembershipEntry& entry = *simulation::find_membership(chosen.value_or("static"));
  draft.spec.membership = &entry;
  draft.spec.membership_params = entry.make_params();
  if (table.present())
    read_machine(table, "kind", {entry.name, &entry.params}, machine_entries(simulation::all_memberships()),
                 *draft.spec.membership_params, draft);
  check_topology(root, entry, draft);
  if (draft.spec.output.stretch && !draft.spec.static_peers())
    root.table("output").cell("stretch").error(
        "stretch is taken against the shortest paths of a topology that stays; write [membership] with kind = "
        "\"static\", or stretch = false");
}

}  // namespace hearsay::scenario
