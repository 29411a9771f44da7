#include "sim/scenario/resolve.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "sim/document/key_path.hpp"
#include "sim/membership/message.hpp"
#include "sim/scenario/params_reader.hpp"

namespace hearsay::scenario {
namespace {

using document::Cell;
using document::CellDiagnostic;
using document::choices_text;
using document::Reader;
using document::split_key;
using document::text_value;
using document::Type;
using document::Value;

std::vector<std::string> protocol_names() {
  std::vector<std::string> names;
  for (const auto* entry : simulation::all_protocols()) names.push_back(entry->name);
  return names;
}

const protocol::ParamInfo* find_param(const simulation::ProtocolEntry& entry, const std::string& name) {
  const auto found =
      std::find_if(entry.params.begin(), entry.params.end(), [&](const auto& p) { return p.name == name; });
  return found == entry.params.end() ? nullptr : &*found;
}

/// The nested table of parameters that has one of that name; "" if none has.
std::string part_with(const simulation::ProtocolEntry& entry, const std::string& name) {
  for (const auto& param : entry.params) {
    if (param.type != protocol::ParamType::kTable) continue;
    if (std::any_of(param.children.begin(), param.children.end(),
                    [&](const auto& child) { return child.name == name; }))
      return param.name;
  }
  return "";
}

/// Parameters of other protocols get the reason why this one does not read them.
void name_foreign_keys(const Reader& table, const simulation::ProtocolEntry& own) {
  for (const std::string& key : table.keys()) {
    if (key == "name" || find_param(own, key) != nullptr) continue;
    if (const std::string part = part_with(own, key); !part.empty()) {
      table.elsewhere(key,
                      fmt::format("it belongs to a part of \"{}\"; write {}.{}.{}", own.name, table.path(), part, key));
      continue;
    }
    std::vector<std::string> owners;
    for (const auto* other : simulation::all_protocols()) {
      if (find_param(*other, key) != nullptr) owners.push_back(other->name);
    }
    if (!owners.empty())
      table.elsewhere(key, fmt::format("not a parameter of \"{}\"; it belongs to {}", own.name, choices_text(owners)));
  }
}

/// An upper bound of every link's latency, without faults.
double max_latency_ns(const network::NetworkSpec& spec) {
  double extra = 0, by_kind = 0;
  for (const auto& group : spec.groups) extra = std::max(extra, static_cast<double>(group.extra_latency.ns));
  for (const auto& kind : spec.latency_by_kind) by_kind = std::max(by_kind, static_cast<double>(kind.extra.ns));
  const auto& latency = spec.latency;
  double bound = latency.distribution.upper_bound();
  if (latency.kind == network::LatencyKind::kEuclidean) bound = latency.scale_ns * 1.4142135623730951;
  if (latency.kind == network::LatencyKind::kMatrix) {
    bound = latency.matrix_ns.empty() ? 0 : *std::max_element(latency.matrix_ns.begin(), latency.matrix_ns.end());
    if (latency.jitter.kind == network::Jitter::Kind::kFactor) bound *= latency.jitter.factor.upper_bound();
    if (latency.jitter.kind == network::Jitter::Kind::kParetoOffset) bound = std::numeric_limits<double>::infinity();
  }
  return bound + 2 * extra + by_kind;
}

double max_file_latency_ns(const network::TopologySpec& topology) {
  double bound = 0;
  for (const auto& edge : topology.file_edges) bound = std::max(bound, static_cast<double>(edge.latency_ns));
  return bound;
}

bool has_bandwidth(const simulation::RunSpec& spec) {
  const auto& net = spec.network;
  bool limited = net.uplink_bit_per_s.value_or(0) > 0 || net.downlink_bit_per_s.value_or(0) > 0;
  for (const auto& r : net.regions) {
    limited = limited || (!net.uplink_bit_per_s && r.uplink_bit_per_s > 0) ||
              (!net.downlink_bit_per_s && r.downlink_bit_per_s > 0);
  }
  for (const auto& g : net.groups)
    limited = limited || g.uplink_bit_per_s.value_or(0) > 0 || g.downlink_bit_per_s.value_or(0) > 0;
  for (const auto& e : spec.topology.file_edges) limited = limited || e.bandwidth_bit_per_s > 0;
  return limited;
}

protocol::Setting setting_of(const simulation::RunSpec& spec) {
  protocol::Setting setting;
  setting.nodes = spec.topology.nodes;
  const bool full_mesh = spec.membership.kind == membership::Kind::kRegistry;
  setting.complete_graph = full_mesh || spec.topology.kind == network::TopologyKind::kComplete;
  setting.has_edges = full_mesh || spec.topology.kind != network::TopologyKind::kNone;
  setting.duration = spec.duration;
  setting.classes = spec.classes;
  setting.max_latency_ns = max_latency_ns(spec.network);
  if (spec.network.latency.kind == network::LatencyKind::kFile)
    setting.max_latency_ns += max_file_latency_ns(spec.topology);
  setting.has_bandwidth = has_bandwidth(spec);
  return setting;
}

/// Points at the value that a diagnostic of the protocol names, or at the table if it is a default.
void report(const Reader& table, const protocol::Diagnostic& diagnostic) {
  const auto path = split_key(diagnostic.key);
  const Value* value = path ? look_up(*table.self().value(), *path) : nullptr;
  const std::string key = diagnostic.key.empty() ? table.path() : table.path() + "." + diagnostic.key;
  const Cell cell(table.context(), value, key, "", table.self().value()->where);
  diagnostic.warning ? cell.warning(diagnostic.message) : cell.error(diagnostic.message);
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
  for (std::string& kind : membership::message_kinds(draft.spec.membership)) kinds.push_back(std::move(kind));
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

/// Which parameters the others leave in use is not known once one of them is wrong.
void give_up_known_params(const Reader& table, const simulation::ProtocolEntry& entry) {
  for (const auto& param : entry.params) {
    if (table.has(param.name)) table.cell(param.name).give_up();
  }
}

void read_and_validate(const Reader& table, Draft& draft) {
  const simulation::ProtocolEntry& entry = *draft.spec.protocol;
  auto& diagnostics = table.context().diagnostics;
  const auto errors = [&] {
    return std::count_if(diagnostics.begin(), diagnostics.end(), [](const CellDiagnostic& c) { return !c.warning; });
  };
  const auto before = errors();
  name_foreign_keys(table, entry);
  draft.spec.params = entry.make_params();
  const auto params = draft.spec.params->fields();
  read_params(entry.params, *params, table, draft.spec.classes);
  if (errors() > before) give_up_known_params(table, entry);
  // Parameters that are wrong one by one need not be judged together, nor in a setting that is not known.
  if (errors() == before && draft.nodes_known && draft.duration_known) {
    protocol::Diagnostics found;
    draft.spec.params->validate(setting_of(draft.spec), found);
    for (const auto& diagnostic : found) report(table, diagnostic);
  }
  Value record = params_value(entry.params, *params);
  record.items.insert(record.items.begin(), text_value(entry.name));
  record.items.front().key = "name";
  table.self().record(record);
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
  if (draft.spec.protocol != nullptr) read_and_validate(table, draft);
}

}  // namespace hearsay::scenario
