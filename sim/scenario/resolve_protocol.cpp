#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/scenario/state_machine.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::choices_text;
using document::Reader;
using document::Type;

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const auto* entry : simulation::all_protocols()) names.push_back(entry->name);
  return names;
}

void resolve_latency_by_kind(const Reader& root, Draft& draft) {
  const Cell network = root.cell("network");
  if (!network.is(Type::kTable)) return;
  const Reader table = network.table().table("latency_by_kind");
  if (!table.present() || draft.spec.protocol == nullptr) {
    table.give_up();
    return;
  }
  std::vector<std::string> kinds = draft.spec.protocol->message_kinds;
  if (draft.spec.has_membership())
    for (const std::string& kind : draft.spec.membership->message_kinds) kinds.push_back(kind);
  for (const std::string& kind : kinds) {
    if (!table.has(kind)) continue;
    if (const auto extra = table.cell(kind).duration()) draft.spec.network.latency_by_kind.push_back({kind, *extra});
  }
  for (const std::string& key : table.keys()) {
    if (std::find(kinds.begin(), kinds.end(), key) != kinds.end()) continue;
    table.elsewhere(key, fmt::format("\"{}\" sends no message of that kind; its kinds are {}",
                                     draft.spec.protocol->name, choices_text(kinds)));
  }
}

/// Keys of what nobody does.
void check_connection_keys(const Reader& root, const simulation::RunSpec& spec) {
  if (spec.has_membership() || spec.protocol->connects) return;
  const Reader network = root.table("network");
  for (const char* key : {"reconnect_delay", "connect_timeout", "inbound_cap"})
    if (const Cell cell = network.cell(key); cell.present())
      cell.error(
          "nobody makes a connection: the peers are static, and none can break; write transport = \"reliable\", "
          "keep_alive = \"1 s\", or a [membership], or remove it");
}

}  // namespace

void resolve_protocol(const Reader& root, Draft& draft) {
  const Reader table = root.cell("protocol").required("[protocol] with name = \"flood\"").table();
  if (table.present()) {
    const auto name = table.cell("name").required("name = \"flood\"").choice(protocol_names());
    if (name) draft.spec.protocol = simulation::find_protocol(*name);
    if (!name) table.give_up();
  }
  resolve_latency_by_kind(root, draft);
  if (draft.spec.protocol == nullptr) return;
  const auto& own = *draft.spec.protocol;
  draft.spec.params = own.make_params();
  read_machine(table, "name", {own.name, &own.params}, machine_entries(simulation::all_protocols()), *draft.spec.params,
               draft);
  check_connection_keys(root, draft.spec);
}

}  // namespace hearsay::scenario
